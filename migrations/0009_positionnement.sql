-- What pages read of the judgements: the level of one student on one sous-compétence in one situation. Rebuilt from
-- the journal at will, and compared with it by `livret verifier`.
set local search_path = livret, public;

create table positionnement (
    etablissement_id bigint not null,
    etudiant_id      bigint not null,
    edition_id       uuid   not null,
    code             text   not null,
    situation_id     bigint not null,
    niveau    text,                                               -- null: cancelled
    preuve_id bigint,                                             -- the evidence cited
    remarque  text not null default '' constraint une_remarque_breve check (length(remarque) <= 2000),
    par       bigint not null,
    vecu_le   date not null,
    saisi_le  timestamptz not null,
    version   bigint not null,                                    -- seq of the event that wrote it: what a form sends back
    primary key (etablissement_id, etudiant_id, edition_id, code, situation_id),
    foreign key (etablissement_id, etudiant_id)  references personne (etablissement_id, personne_id),
    foreign key (edition_id, code)               references sous_competence,
    foreign key (edition_id, niveau)             references niveau (edition_id, code),
    foreign key (etablissement_id, situation_id) references situation (etablissement_id, situation_id),
    foreign key (etablissement_id, preuve_id)    references preuve (etablissement_id, preuve_id),
    foreign key (etablissement_id, par)          references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)      references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.positionnement');
call livret.reserver('livret.positionnement');
create policy pas_avant_son_jour on positionnement as restrictive for select to livret_etudiant
    using (exists (select from situation s where s.etablissement_id = positionnement.etablissement_id
                                             and s.situation_id = positionnement.situation_id));
create index on positionnement (etablissement_id, situation_id);

-- A livret that was stopped: nothing more is written in it until it is opened again, by an act.
create table arret (
    etablissement_id bigint not null,
    etudiant_id      bigint not null,
    version          bigint not null,                             -- seq of the event that stopped it
    arrete_le        timestamptz not null,
    par              bigint not null,
    leve_le          timestamptz,
    primary key (etablissement_id, etudiant_id, version),
    foreign key (etablissement_id, etudiant_id) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, par)         references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)     references evenement (etablissement_id, seq)
);
create unique index un_seul_arret_a_la_fois on arret (etablissement_id, etudiant_id) where leve_le is null;
call livret.cloisonner('livret.arret');
call livret.reserver('livret.arret');
grant select on arret to livret_enseignant, livret_etudiant, livret_jury;
grant insert on arret to livret_enseignant;
grant select on positionnement to livret_enseignant, livret_etudiant, livret_jury;
grant insert, update on positionnement to livret_enseignant;

-- Numbers are drawn before the line of the journal that names them.
grant usage on all sequences in schema livret to livret_enseignant, livret_etudiant, livret_administrateur;
