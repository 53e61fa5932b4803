-- Preuves of the students $1, latest first. $2 one of them, or null; $3 words to find, or empty; $4 how many at most.
select pe.etudiant_id, p.preuve_id, p.situation_id, p.titre, p.texte, s.contexte, s.organisation, p.avec, s.vecue_le,
       s.jusqu_au, p.reelle, p.ia, p.ia_precision, p.personnes, p.confidentiel,
       concat_ws(' ', par.civilite, case when par.civilite is null then par.prenom end, par.nom) as "par!",
       p.par as par_id, p.deposee_le at time zone e.fuseau as "deposee_le!", p.version,
       pe.acceptee_le is not null as "acceptee!",
       livret.jugee(p.situation_id) as "jugee!",
       (select d.etat from livret.demande d
         where d.etablissement_id = p.etablissement_id and d.preuve_id = p.preuve_id and d.etudiant_id = pe.etudiant_id
         order by d.demande_id desc limit 1) as demande,
       array(select d.demande_id from livret.demande d
              where d.etablissement_id = p.etablissement_id and d.preuve_id = p.preuve_id
                and d.etudiant_id = pe.etudiant_id and d.etat in ('validee', 'complement', 'refusee')
                and d.lue_le is null) as "a_lire!",
       array(select code from livret.preuve_sous_competence c
              where c.etablissement_id = p.etablissement_id and c.preuve_id = p.preuve_id order by code) as "codes!",
       array(select code from livret.preuve_savoir c
              where c.etablissement_id = p.etablissement_id and c.preuve_id = p.preuve_id order by code) as "savoirs!",
       array(select adresse from livret.preuve_lien l
              where l.etablissement_id = p.etablissement_id and l.preuve_id = p.preuve_id order by rang) as "liens!",
       array(select nom from livret.fichier f
              where f.etablissement_id = p.etablissement_id and f.preuve_id = p.preuve_id order by rang) as "fichiers!"
  from livret.preuve_etudiant pe
  join livret.preuve p using (etablissement_id, preuve_id)
  join livret.situation s using (etablissement_id, situation_id)
  join livret.etablissement e using (etablissement_id)
  left join livret.personne par on par.etablissement_id = p.etablissement_id and par.personne_id = p.par
 where pe.etablissement_id = livret.ici() and pe.etudiant_id = any ($1)
   and ($2::bigint is null or p.preuve_id = $2)
   and pe.declinee_le is null and (pe.acceptee_le is not null or pe.etudiant_id = livret.moi())
   and ($3::text = '' or p.recherche @@ websearch_to_tsquery('french', livret.plier($3)))
 order by s.vecue_le desc, p.preuve_id desc
 limit $4
