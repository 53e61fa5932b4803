-- An occasion to judge: a date, a context, a title. A teacher opens one for a promotion; a student's preuve lives in
-- one of her own.
set local search_path = livret, public;

create table situation (
    etablissement_id bigint not null,
    situation_id     bigint generated always as identity,
    promotion_id     bigint not null,
    titre     text not null constraint un_titre_de_situation check (length(titre) between 1 and 200),
    contexte  text not null constraint un_contexte_connu
                   check (contexte in ('cours', 'atelier', 'stage', 'alternance', 'simulation')),
    organisation text,                                            -- where: a company, the school when null
    vecue_le  date not null,
    jusqu_au  date,
    nature    text not null default 'formatif' constraint une_nature_connue
                   check (nature in ('formatif', 'preparation')), -- never certification: that has its own schema
    visible_le date not null,                                     -- students see it, and what it says, from this day
    observation boolean not null default false,                   -- opened by a first level given outside any situation
    par       bigint not null,
    etudiant_id bigint,                                           -- hers alone when it came with a preuve
    version   bigint not null,                                    -- seq of the event that wrote it
    primary key (etablissement_id, situation_id),
    constraint une_situation_par_numero unique (situation_id),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, par)          references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, etudiant_id)  references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)      references evenement (etablissement_id, seq),
    constraint une_situation_finit_apres_son_debut check (jusqu_au >= vecue_le)
);
create index on situation (etablissement_id, promotion_id, vecue_le);
call livret.cloisonner('livret.situation');
create policy les_siennes on situation as restrictive to livret_etudiant
    using (etudiant_id is null or etudiant_id = livret.moi())
    with check (etudiant_id = livret.moi());
create policy pas_avant_son_jour on situation as restrictive for select to livret_etudiant
    using (visible_le <= livret.jour() or par = livret.moi());
-- What the journal says of a situation is seen when the situation is.
create policy pas_avant_son_jour on evenement as restrictive for select to livret_etudiant
    using (acteur_id = livret.moi() or situation_id is null
           or exists (select from situation s where s.etablissement_id = evenement.etablissement_id
                                                and s.situation_id = evenement.situation_id));
grant select, insert on situation to livret_enseignant, livret_etudiant;
create unique index une_observation_par_jour on situation (etablissement_id, promotion_id, par, vecue_le) where observation;
grant update (titre, contexte, organisation, vecue_le, nature, visible_le, observation, version) on situation to livret_enseignant;
grant select on situation to livret_jury, livret_administrateur;
