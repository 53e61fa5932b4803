-- The files of the candidates $2 of the promotion $1: those of their preuves, the last deposit of each paper, and what is last
-- joined to each sheet that is kept. `rang`: the place of what each belongs to among hers, from the first.
with lieu as (
    select 'preuve' as origine, pe.etudiant_id, p.titre || ', ' || to_char(s.vecue_le, 'DD/MM/YYYY') as titre, f.fichier_id,
           s.vecue_le::text || lpad(p.preuve_id::text, 12, '0') as ordre
      from livret.preuve_etudiant pe
      join livret.preuve p using (etablissement_id, preuve_id)
      join livret.situation s using (etablissement_id, situation_id)
      join livret.fichier f using (etablissement_id, preuve_id)
     where pe.etablissement_id = livret.ici() and pe.etudiant_id = any ($2)
       and pe.declinee_le is null and pe.acceptee_le is not null
    union all
    select 'attestation', a.etudiant_id,
           coalesce('Attestation, ' || a.organisation || ', ' || to_char(a.du, 'DD/MM/YYYY'), 'Pièce du candidat'), a.fichier_id,
           coalesce(a.du::text, '') || lpad(a.piece_id::text, 12, '0')
      from (select distinct on (a.etudiant_id, a.periode_id) a.etudiant_id, a.piece_id, a.fichier_id, p.du, o.nom as organisation
              from livret.piece a
              left join livret.periode p on p.etablissement_id = a.etablissement_id and p.periode_id = a.periode_id
              left join livret.organisation o on o.etablissement_id = p.etablissement_id
                                             and o.organisation_id = p.organisation_id
             where a.etablissement_id = livret.ici() and a.promotion_id = $1 and a.etudiant_id = any ($2)
               and not coalesce(p.annulee, false)
             order by a.etudiant_id, a.periode_id, a.piece_id desc) a
    union all
    select 'annexe', x.etudiant_id, 'Annexe de la fiche ' || x.epreuve || ' n° ' || x.numero, x.fichier_id,
           x.epreuve || lpad(x.numero::text, 4, '0')
      from (select distinct on (x.fiche_id) x.etudiant_id, x.fichier_id, f.epreuve, f.numero
              from livret.fiche_annexe x
              join livret.fiche f using (etablissement_id, fiche_id)
             where x.etablissement_id = livret.ici() and f.promotion_id = $1 and x.etudiant_id = any ($2)
               and not f.retiree and f.etat in ('retenue', 'deposee')
             order by x.fiche_id, x.annexe_id desc) x)
select l.origine as "origine!", l.etudiant_id as "etudiant_id!", l.titre as "titre!", f.nom, f.genre, f.taille, f.pages,
       dense_rank() over (partition by l.origine, l.etudiant_id order by l.ordre) as "rang!", f.empreinte,
       concat_ws(' ', coalesce(q.civilite, q.prenom), q.nom) as "par!", f.depose_le at time zone e.fuseau as "depose_le!"
  from lieu l
  join livret.fichier f using (fichier_id)
  join livret.etablissement e using (etablissement_id)
  left join livret.personne q on q.etablissement_id = f.etablissement_id and q.personne_id = f.par
 where f.etablissement_id = livret.ici()
 order by l.etudiant_id, l.origine, l.ordre, f.rang, f.fichier_id
