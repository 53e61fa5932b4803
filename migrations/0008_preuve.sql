-- Evidence: what, where, when, with whom, files and links, the sous-compétences that it shows.
set local search_path = livret, public;

create table preuve (
    etablissement_id bigint not null,
    preuve_id    bigint generated always as identity,
    situation_id bigint not null,                                 -- the occasion that it tells: dates, context, organisation
    titre        text   not null constraint un_titre_de_preuve check (length(titre) between 1 and 200),
    texte        text   not null default '' constraint un_texte_de_preuve check (length(texte) <= 20000),
    par          bigint not null,                                 -- who recorded it: the student, or a teacher for her
    deposee_le   timestamptz not null,
    version      bigint not null,
    primary key (etablissement_id, preuve_id),
    constraint une_preuve_par_numero unique (preuve_id),
    foreign key (etablissement_id, situation_id) references situation (etablissement_id, situation_id),
    foreign key (etablissement_id, par)          references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)      references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.preuve');

create table preuve_etudiant (                                    -- one preuve may serve a whole team
    etablissement_id bigint not null,
    preuve_id        bigint not null,
    etudiant_id      bigint not null,
    primary key (etablissement_id, preuve_id, etudiant_id),
    foreign key (etablissement_id, preuve_id)   references preuve (etablissement_id, preuve_id),
    foreign key (etablissement_id, etudiant_id) references personne (etablissement_id, personne_id)
);
create index on preuve_etudiant (etablissement_id, etudiant_id);
call livret.cloisonner('livret.preuve_etudiant');
call livret.reserver('livret.preuve_etudiant');
create policy les_siennes on preuve as restrictive for select to livret_etudiant using (
    par = livret.moi()
    or exists (select from preuve_etudiant pe where pe.etablissement_id = preuve.etablissement_id
                                                and pe.preuve_id = preuve.preuve_id));

create table preuve_sous_competence (
    etablissement_id bigint not null,
    preuve_id        bigint not null,
    edition_id       uuid   not null,
    code             text   not null,
    primary key (etablissement_id, preuve_id, edition_id, code),
    foreign key (etablissement_id, preuve_id) references preuve (etablissement_id, preuve_id),
    foreign key (edition_id, code) references sous_competence
);
call livret.cloisonner('livret.preuve_sous_competence');

create table preuve_lien (
    etablissement_id bigint not null,
    preuve_id        bigint not null,
    rang             int    not null,
    adresse          text   not null constraint une_adresse_web check (adresse ~ '^https?://' and length(adresse) <= 2000),
    primary key (etablissement_id, preuve_id, rang),
    foreign key (etablissement_id, preuve_id) references preuve (etablissement_id, preuve_id)
);
call livret.cloisonner('livret.preuve_lien');

create table fichier (                                            -- the bytes are in the file store, under their SHA-256
    etablissement_id bigint not null,
    preuve_id        bigint not null,
    rang             int    not null,
    nom              text   not null constraint un_nom_de_fichier check (length(nom) between 1 and 200),
    type_mime        text   not null,
    taille           bigint not null constraint un_fichier_non_vide check (taille > 0),    -- bytes
    empreinte        bytea  not null,
    primary key (etablissement_id, preuve_id, rang),
    foreign key (etablissement_id, preuve_id) references preuve (etablissement_id, preuve_id)
);
call livret.cloisonner('livret.fichier');

do $$
declare nom text;
begin
    foreach nom in array array['preuve_sous_competence', 'preuve_lien', 'fichier'] loop
        execute format('create policy les_siennes on livret.%1$I as restrictive to livret_etudiant using (
            exists (select from livret.preuve p where p.etablissement_id = %1$I.etablissement_id
                                                  and p.preuve_id = %1$I.preuve_id))', nom);
    end loop;
end $$;
grant select, insert on preuve, preuve_etudiant, preuve_sous_competence, preuve_lien, fichier
    to livret_enseignant, livret_etudiant;
grant select on preuve, preuve_etudiant, preuve_sous_competence, preuve_lien, fichier to livret_jury;
