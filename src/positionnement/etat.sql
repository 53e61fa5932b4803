-- What a sending of levels must know before it writes, a line a cell, in its order. $1 to $4 its students, codes, keys and
-- preuves; $5 the promotion, $6 today, $7 who writes, $8 where, $9 the edition.
select coalesce(i.du <= $6 and (i.au is null or $6 <= i.au), false) as "present!", i.au as "partie_le?",
       ar.arrete_le at time zone et.fuseau as arrete_le,
       e.seq as "deja?", e.etudiant_id as "deja_etudiant?", e.code as "deja_code?", e.vers as "deja_vers?",
       e.situation_id as "deja_situation?", e.preuve_id as "deja_preuve?", e.contenu ->> 'remarque' as "deja_remarque?",
       s.situation_id as "situation_id?", s.vecue_le as "vecue_le?",
       coalesce(c.version, 0) as "version_cible!", c.niveau as "c_niveau?", c.remarque as "c_remarque?",
       c.preuve_id as "c_preuve?", c.par as "c_par?", concat_ws(' ', cp.civilite, cp.nom) as "c_nom!",
       coalesce(m.version, 0) as "version_case!",
       d.niveau as "d_niveau?", d.remarque as "d_remarque?", d.preuve_id as "d_preuve?", d.par as "d_par?",
       concat_ws(' ', dp.civilite, dp.nom) as "d_nom!", d.situation_id as "d_situation?",
       d.vecu_le as "d_vecu_le?",
       (v.preuve_id is null or exists (
           select from livret.preuve_etudiant pe
            where pe.etablissement_id = livret.ici() and pe.preuve_id = v.preuve_id
              and pe.etudiant_id = v.etudiant_id and pe.acceptee_le is not null)) as "preuve_sienne!",
       livret.juge($5, $9, v.code) as "juge!", coalesce(pr.close_du <= $6, false) as "close!"
  from unnest($1::bigint[], $2::text[], $3::uuid[], $4::bigint[]) with ordinality
       v (etudiant_id, code, cle, preuve_id, rang)
  join livret.etablissement et on et.etablissement_id = livret.ici()
  join livret.promotion pr on pr.etablissement_id = livret.ici() and pr.promotion_id = $5
  left join livret.inscription i on i.etablissement_id = livret.ici() and i.promotion_id = $5
                                and i.etudiant_id = v.etudiant_id
  left join livret.arret ar on ar.etablissement_id = livret.ici() and ar.etudiant_id = v.etudiant_id
                           and ar.leve_le is null
  left join livret.evenement e on e.etablissement_id = livret.ici() and e.acteur_id = $7 and e.cle = v.cle
  left join livret.situation s on s.etablissement_id = livret.ici() and s.situation_id = $8
                              and s.promotion_id = $5
                              and (s.etudiant_id is null or s.etudiant_id = v.etudiant_id
                                   or exists (select from livret.preuve p
                                                join livret.preuve_etudiant pe using (etablissement_id, preuve_id)
                                               where p.etablissement_id = livret.ici()
                                                 and p.situation_id = s.situation_id
                                                 and pe.etudiant_id = v.etudiant_id and pe.acceptee_le is not null))
  left join livret.positionnement c on c.etablissement_id = livret.ici() and c.etudiant_id = v.etudiant_id
                                   and c.edition_id = $9 and c.code = v.code and c.situation_id = $8
  left join livret.personne cp on cp.etablissement_id = livret.ici() and cp.personne_id = c.par
  left join lateral (
       select max(version) as version from livret.positionnement n
        where n.etablissement_id = livret.ici() and n.etudiant_id = v.etudiant_id and n.edition_id = $9
          and n.code = v.code) m on true
  left join lateral (
       select n.* from livret.positionnement n
         join livret.niveau x on x.edition_id = n.edition_id and x.code = n.niveau
        where n.etablissement_id = livret.ici() and n.etudiant_id = v.etudiant_id and n.edition_id = $9
          and n.code = v.code
        order by (x.rang is null), n.vecu_le desc, n.version desc limit 1) d on true
  left join livret.personne dp on dp.etablissement_id = livret.ici() and dp.personne_id = d.par
 order by v.rang
