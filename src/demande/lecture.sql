-- Demandes with what they ask, oldest first. $1 promotion, $2 student, $3 preuve, $4 one of them, each null for any; $5 only
-- those that wait.
select d.demande_id, d.promotion_id, d.etudiant_id, q.nom, q.prenom, d.preuve_id, p.titre, p.situation_id, s.contexte,
       s.organisation, s.vecue_le, d.etat, d.demandee_le at time zone e.fuseau as "demandee_le!",
       case when d.par is not null then concat_ws(' ', r.civilite, case when r.civilite is null then r.prenom end, r.nom)
       end as par,
       d.repondue_le at time zone e.fuseau as repondue_le, d.motif, d.version,
       coalesce((select json_agg(json_build_object('code', l.code, 'niveau', l.niveau, 'pourquoi', l.pourquoi,
                                                   'donne', n.niveau) order by l.code)
                   from livret.demande_ligne l
                   left join livret.positionnement n on n.etablissement_id = l.etablissement_id
                         and n.etudiant_id = d.etudiant_id and n.edition_id = l.edition_id and n.code = l.code
                         and n.situation_id = p.situation_id
                  where l.etablissement_id = d.etablissement_id and l.demande_id = d.demande_id), '[]')
       as "lignes!: Json<Vec<Ligne>>"
  from livret.demande d
  join livret.etablissement e using (etablissement_id)
  join livret.preuve p using (etablissement_id, preuve_id)
  join livret.situation s on s.etablissement_id = p.etablissement_id and s.situation_id = p.situation_id
  join livret.personne q on q.etablissement_id = d.etablissement_id and q.personne_id = d.etudiant_id
  left join livret.personne r on r.etablissement_id = d.etablissement_id and r.personne_id = d.par
 where d.etablissement_id = livret.ici()
   and ($1::bigint is null or d.promotion_id = $1)
   and ($2::bigint is null or d.etudiant_id = $2)
   and ($3::bigint is null or d.preuve_id = $3)
   and ($4::bigint is null or d.demande_id = $4)
   and (not $5 or d.etat = 'attente')
 order by d.demandee_le, d.demande_id
