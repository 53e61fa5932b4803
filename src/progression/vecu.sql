-- What the page of a student tells beside the levels that she was given, in one row. $1 she, $2 her edition; $3 and $4 pairs:
-- a sous-compétence, a word of its text; $5 in how many of them a word may be and still tell them apart; $6 with the
-- situations that she lived.
with sienne as (
    select p.preuve_id, p.titre, p.situation_id, p.recherche, s.vecue_le,
           array(select c.code from livret.preuve_sous_competence c
                  where c.etablissement_id = p.etablissement_id and c.preuve_id = p.preuve_id and c.edition_id = $2
                  order by c.code) as codes
      from livret.preuve_etudiant pe
      join livret.preuve p using (etablissement_id, preuve_id)
      join livret.situation s using (etablissement_id, situation_id)
     where pe.etablissement_id = livret.ici() and pe.etudiant_id = $1),
mot as (
    select m.code, m.mot, (tsvector_to_array(to_tsvector('french', livret.plier(m.mot))))[1] as racine
      from unnest($3::text[], $4::text[]) m (code, mot)),
rare as (select racine from mot where racine is not null group by racine having count(distinct code) <= $5),
commun as (
    select s.preuve_id, m.code, m.racine, min(m.mot) as mot
      from sienne s
     cross join lateral unnest(s.recherche) l
      join rare r on r.racine = l.lexeme
      join mot m on m.racine = l.lexeme
     where not exists (select from sienne d where m.code = any (d.codes))
     group by s.preuve_id, m.code, m.racine),
soi as (
    select distinct on (l.code) l.code, l.niveau
      from livret.demande d
      join livret.demande_ligne l using (etablissement_id, demande_id)
     where d.etablissement_id = livret.ici() and d.etudiant_id = $1 and l.edition_id = $2
       and l.niveau is not null and d.etat <> 'retiree'
     order by l.code, d.demandee_le desc, d.demande_id desc),
reponse as (
    select distinct on (d.preuve_id) d.demande_id, d.preuve_id, s.titre, d.etat, d.motif, d.lue_le is not null as lue,
           concat_ws(' ', r.civilite, case when r.civilite is null then r.prenom end, r.nom) as par
      from livret.demande d
      join sienne s using (preuve_id)
      left join livret.personne r on r.etablissement_id = d.etablissement_id and r.personne_id = d.par
     where d.etablissement_id = livret.ici() and d.etudiant_id = $1 and d.etat <> 'retiree'
     order by d.preuve_id, d.demandee_le desc, d.demande_id desc),
donne as (
    select n.situation_id, json_agg(json_build_object('code', n.code, 'niveau', n.niveau) order by n.code) as niveaux
      from livret.positionnement n
     where $6 and n.etablissement_id = livret.ici() and n.etudiant_id = $1 and n.edition_id = $2 and n.niveau is not null
     group by n.situation_id)
select (select coalesce(json_object_agg(code, niveau), '{}') from soi) as "soi!: Json<Soi>",
       (select coalesce(json_agg(json_build_object('preuve_id', preuve_id, 'titre', titre, 'vecue_le', vecue_le, 'codes', codes)
                                 order by vecue_le desc, preuve_id desc), '[]') from sienne) as "preuves!: Json<Vec<Sienne>>",
       (select coalesce(json_agg(json_build_object('preuve_id', preuve_id, 'code', code, 'mot', mot)
                                 order by code, preuve_id, mot), '[]') from commun) as "communs!: Json<Vec<Commun>>",
       (select coalesce(json_agg(reponse order by demande_id desc), '[]') from reponse) as "reponses!: Json<Vec<Reponse>>",
       (select coalesce(json_agg(json_build_object('titre', s.titre, 'contexte', s.contexte, 'organisation', s.organisation,
                                                   'vecue_le', s.vecue_le,
                                                   'preuve_id', (select min(p.preuve_id) from sienne p
                                                                  where p.situation_id = s.situation_id),
                                                   'niveaux', coalesce(d.niveaux, '[]'))
                                 order by s.vecue_le, s.situation_id), '[]')
          from livret.situation s
          left join donne d using (situation_id)
         where $6 and s.etablissement_id = livret.ici()
           and s.situation_id in (select situation_id from donne union select situation_id from sienne))
       as "passages!: Json<Vec<Passage>>"
