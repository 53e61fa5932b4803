-- The class grid: a line a student, with every cell that was touched. $1 promotion, $2 edition, $3 today, $4 the situation
-- or null for all together, $5 only what was touched after this line of the journal, $6 these students or null for all,
-- $7 whose seating plan, $8 where a level given now goes. Sorted once: the aggregates below keep that order.
with inscrit as materialized (
    select i.etablissement_id, i.etudiant_id, p.nom, p.prenom
      from livret.inscription i
      join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
     where i.etablissement_id = livret.ici() and i.promotion_id = $1
       and i.du <= $3 and (i.au is null or $3 <= i.au)
       and ($6::bigint[] is null or i.etudiant_id = any ($6))),
tri as (
    select n.etudiant_id, n.code, n.niveau, v.rang, n.version, n.par, n.saisi_le, n.situation_id,
           n.niveau is not null and n.remarque <> '' as remarque
      from livret.positionnement n
      left join livret.niveau v on v.edition_id = n.edition_id and v.code = n.niveau
     where n.etablissement_id = livret.ici() and n.edition_id = $2
       and n.etudiant_id in (select etudiant_id from inscrit)
       and ($4::bigint is null or n.situation_id = $4)
     order by n.etudiant_id, n.code, n.vecu_le desc, n.version desc),
cellule as (
    select etudiant_id, code, max(version) as version, count(rang) as situations,
           (array_agg(niveau) filter (where rang is not null))[1] as niveau,
           (array_agg(niveau) filter (where niveau is not null))[1] as dit,
           max(niveau) filter (where situation_id = $8) as ici,
           (max(array[version, par]))[2] as par, max(saisi_le) as saisi_le, bool_or(remarque) as remarque
      from tri
     group by etudiant_id, code
    having max(version) > $5),
cases as materialized (
    select c.etudiant_id,
           json_agg(json_build_array(c.code, c.niveau, c.dit, c.ici, c.version, c.situations, c.remarque,
                                     concat_ws(' ', q.civilite, q.nom),
                                     extract(epoch from c.saisi_le at time zone e.fuseau)::bigint)) as cases
      from cellule c
      join livret.etablissement e on e.etablissement_id = livret.ici()
      join livret.personne q on q.etablissement_id = livret.ici() and q.personne_id = c.par
     group by c.etudiant_id),
montre as materialized (
    select pe.etudiant_id, array_agg(distinct ps.code) as codes
      from livret.preuve_etudiant pe
      join livret.preuve_sous_competence ps using (etablissement_id, preuve_id)
     where pe.etablissement_id = livret.ici() and pe.acceptee_le is not null and ps.edition_id = $2
       and pe.etudiant_id in (select etudiant_id from inscrit)
     group by pe.etudiant_id),
membre as materialized (
    select m.etudiant_id, array_agg(m.groupe_id) as groupes
      from livret.membre m
      join livret.groupe g using (etablissement_id, groupe_id)
     where m.etablissement_id = livret.ici() and g.promotion_id = $1 and g.ferme_le is null
     group by m.etudiant_id)
select i.etudiant_id as "etudiant_id!", i.nom as "nom!", i.prenom as "prenom!", a.etudiant_id is not null as "arrete!",
       coalesce(m.groupes, '{}') as "groupes!", coalesce(s.codes, '{}') as "montrees!",
       l.rangee as "rangee?", l.colonne as "colonne?", coalesce(c.cases, '[]') as "cases!: Json<Vec<Lue>>"
  from inscrit i
  left join cases c using (etudiant_id)
  left join montre s using (etudiant_id)
  left join membre m using (etudiant_id)
  left join livret.arret a on a.etablissement_id = i.etablissement_id and a.etudiant_id = i.etudiant_id
                          and a.leve_le is null
  left join livret.place l on l.etablissement_id = i.etablissement_id and l.promotion_id = $1
                          and l.enseignant_id = $7 and l.etudiant_id = i.etudiant_id
 order by i.nom collate "fr-x-icu", i.prenom collate "fr-x-icu", i.etudiant_id
