-- The class grid: a line a student, with every cell that was touched. $1 promotion, $2 edition, $3 today, $4 the situation
-- or null for all together, $5 only what was touched after this line of the journal, $6 these students or null for all,
-- $7 whose seating plan, $8 where a level given now goes.
with inscrit as (
     select i.etablissement_id, i.etudiant_id, p.nom, p.prenom
       from livret.inscription i
       join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
      where i.etablissement_id = livret.ici() and i.promotion_id = $1
        and i.du <= $3 and (i.au is null or $3 <= i.au)
        and ($6::bigint[] is null or i.etudiant_id = any ($6))),
cellule as (
     select n.etudiant_id, n.code, max(n.version) as version,
            count(*) filter (where v.rang is not null) as situations,
            (array_agg(n.niveau order by n.vecu_le desc, n.version desc)
                filter (where v.rang is not null))[1] as niveau,
            (array_agg(n.niveau order by n.vecu_le desc, n.version desc)
                filter (where n.niveau is not null))[1] as dit,
            max(n.niveau) filter (where n.situation_id = $8) as ici,
            (array_agg(n.par order by n.version desc))[1] as par,
            max(n.saisi_le) as saisi_le,
            coalesce(bool_or(n.remarque <> '') filter (where n.niveau is not null), false) as remarque
       from livret.positionnement n
       join inscrit using (etablissement_id, etudiant_id)
       left join livret.niveau v on v.edition_id = n.edition_id and v.code = n.niveau
      where n.edition_id = $2 and ($4::bigint is null or n.situation_id = $4)
      group by n.etudiant_id, n.code
     having max(n.version) > $5)
select i.etudiant_id as "etudiant_id!", i.nom as "nom!", i.prenom as "prenom!",
       exists (select from livret.arret a
                where a.etablissement_id = i.etablissement_id and a.etudiant_id = i.etudiant_id
                  and a.leve_le is null) as "arrete!",
       array(select m.groupe_id from livret.membre m
               join livret.groupe g using (etablissement_id, groupe_id)
              where m.etablissement_id = i.etablissement_id and m.etudiant_id = i.etudiant_id
                and g.promotion_id = $1 and g.ferme_le is null) as "groupes!",
       array(select distinct ps.code from livret.preuve_etudiant pe
               join livret.preuve_sous_competence ps using (etablissement_id, preuve_id)
              where pe.etablissement_id = i.etablissement_id and pe.etudiant_id = i.etudiant_id
                and ps.edition_id = $2) as "montrees!",
       l.rangee as "rangee?", l.colonne as "colonne?",
       coalesce(json_agg(c) filter (where c.code is not null), '[]') as "cases!: Json<Vec<Lue>>"
  from inscrit i
  left join lateral (
       select c.code, c.niveau, c.dit, c.ici, c.version, c.situations, c.remarque,
              concat_ws(' ', q.civilite, q.nom) as par,
              extract(epoch from c.saisi_le at time zone e.fuseau)::bigint as le
         from cellule c
         join livret.etablissement e on e.etablissement_id = i.etablissement_id
         join livret.personne q on q.etablissement_id = i.etablissement_id and q.personne_id = c.par
        where c.etudiant_id = i.etudiant_id) c on true
  left join livret.place l on l.etablissement_id = i.etablissement_id and l.promotion_id = $1
                          and l.enseignant_id = $7 and l.etudiant_id = i.etudiant_id
 group by i.etablissement_id, i.etudiant_id, i.nom, i.prenom, l.rangee, l.colonne
 order by i.nom collate "fr-x-icu", i.prenom collate "fr-x-icu", i.etudiant_id
