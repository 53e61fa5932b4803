-- The lines that speak of these students ($1) up to the end of a minute ($2), and those of the situations where they were
-- judged, with who acted and what each cited preuve was called then. Each part of the union has its own index.
with fin as materialized (
    select ($2::timestamp + interval '1 minute') at time zone fuseau as le
      from livret.etablissement where etablissement_id = livret.ici()),
acte as materialized (
    select e.*
      from livret.evenement e
     where e.etablissement_id = livret.ici() and e.etudiant_id = any ($1) and e.genre in ('positionner', 'annuler')
    union all
    select e.*
      from livret.evenement e
     where e.etablissement_id = livret.ici() and e.etudiant_id = any ($1)
       and e.genre in ('valider', 'retirer_validation', 'arreter_livret', 'demander_reouverture',
                       'confirmer_reouverture', 'ecarter_reouverture')
    union all
    select e.*
      from livret.evenement e
     where e.etablissement_id = livret.ici() and e.genre in ('ouvrir_situation', 'corriger_situation')
       and e.situation_id in (select n.situation_id from livret.positionnement n
                               where n.etablissement_id = livret.ici() and n.etudiant_id = any ($1)))
select e.seq as "seq!", e.le as "le!", e.acteur_id as "acteur_id!", e.genre as "genre!", e.etudiant_id, e.edition_id,
       e.code, e.situation_id, e.preuve_id, e.vers, e.vecu_le, e.contenu as "contenu!",
       coalesce(v.titre, pr.titre) as "preuve?",
       concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!", true as "avant!"
  from acte e
  join livret.personne p on p.etablissement_id = livret.ici() and p.personne_id = e.acteur_id
  left join livret.preuve pr on pr.etablissement_id = livret.ici() and pr.preuve_id = e.preuve_id
                            and e.genre = 'positionner'
  left join lateral (
       select d.contenu ->> 'titre' as titre
         from livret.evenement d
        where d.etablissement_id = livret.ici() and d.preuve_id = pr.preuve_id
          and d.genre in ('deposer_preuve', 'completer_preuve') and d.le < (select le from fin)
        order by d.seq desc limit 1) v on true
 where e.le < (select le from fin)
 order by e.seq
