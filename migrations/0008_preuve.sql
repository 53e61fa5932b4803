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
    fichier_id       bigint generated always as identity,
    par              bigint not null,                             -- who deposited it
    cle              uuid   not null,                             -- of the deposit: the same one twice is one file
    depose_le        timestamptz not null,
    preuve_id        bigint,                                      -- null until a preuve takes it
    rang             int,
    nom              text   not null constraint un_nom_de_fichier check (length(nom) between 1 and 100),
    genre            text   not null constraint un_genre_de_fichier check (genre in ('pdf', 'jpg', 'png', 'webp', 'heic',
                                'mp4', 'm4a', 'mp3', 'odt', 'docx', 'xlsx', 'pptx', 'csv', 'txt')),
    taille           bigint not null constraint un_fichier_non_vide check (taille > 0),    -- bytes
    empreinte        bytea  not null constraint une_empreinte check (length(empreinte) = 32),
    vignette         bytea  constraint une_empreinte_de_vignette check (length(vignette) = 32),
    pages            int,
    primary key (etablissement_id, fichier_id),
    constraint un_fichier_par_numero unique (fichier_id),
    constraint un_fichier_par_depot unique (etablissement_id, par, cle),
    constraint un_fichier_par_rang unique (etablissement_id, preuve_id, rang),
    constraint un_rang_dans_sa_preuve check ((preuve_id is null) = (rang is null)),
    foreign key (etablissement_id, preuve_id) references preuve (etablissement_id, preuve_id),
    foreign key (etablissement_id, par)       references personne (etablissement_id, personne_id)
);
create index on fichier (empreinte);
create index on fichier (vignette) where vignette is not null;
call livret.cloisonner('livret.fichier');
-- What one deposited, and what belongs to a preuve that one sees; what one writes is one's own, for a preuve of one's own.
create policy les_siens on fichier as restrictive to livret_etudiant
    using (par = livret.moi() or exists (select from preuve p where p.etablissement_id = fichier.etablissement_id
                                                                and p.preuve_id = fichier.preuve_id))
    with check (par = livret.moi());
create policy les_siens_ou_donnes on fichier as restrictive to livret_enseignant
    using (par = livret.moi() or preuve_id is not null) with check (par = livret.moi());
create policy donnes on fichier as restrictive to livret_jury using (preuve_id is not null);
create policy a_sa_preuve on fichier as restrictive for update to livret_etudiant, livret_enseignant
    using (par = livret.moi() and preuve_id is null)
    with check (exists (select from preuve p where p.etablissement_id = fichier.etablissement_id
                                               and p.preuve_id = fichier.preuve_id and p.par = livret.moi()));
create policy pas_ce_qui_est_donne on fichier as restrictive for delete to livret_etudiant, livret_enseignant
    using (par = livret.moi() and preuve_id is null);

do $$
declare nom text;
begin
    foreach nom in array array['preuve_sous_competence', 'preuve_lien'] loop
        execute format('create policy les_siennes on livret.%1$I as restrictive to livret_etudiant using (
            exists (select from livret.preuve p where p.etablissement_id = %1$I.etablissement_id
                                                  and p.preuve_id = %1$I.preuve_id))', nom);
    end loop;
end $$;
grant select, insert on preuve, preuve_etudiant, preuve_sous_competence, preuve_lien, fichier
    to livret_enseignant, livret_etudiant;
grant select on preuve, preuve_etudiant, preuve_sous_competence, preuve_lien, fichier to livret_jury;
grant update (preuve_id, rang), delete on fichier to livret_enseignant, livret_etudiant;

-- A file on its way: announced, received in pieces, not recognised yet. The pieces are on the disk; how much of it is
-- there, the disk says.
create table depot (
    etablissement_id bigint not null,
    par              bigint not null,
    cle              uuid   not null,                             -- made by the browser
    nom              text   not null constraint un_nom_de_depot check (length(nom) <= 1000),  -- as it came
    taille           bigint not null constraint un_depot_non_vide check (taille > 0),         -- announced, in bytes
    commence_le      timestamptz not null,
    primary key (etablissement_id, par, cle),
    foreign key (etablissement_id, par) references personne (etablissement_id, personne_id)
);
call livret.cloisonner('livret.depot');
create policy les_siens on depot as restrictive to livret_etudiant, livret_enseignant
    using (par = livret.moi()) with check (par = livret.moi());
grant select, insert, delete on depot to livret_etudiant, livret_enseignant;

-- The store holds the files of all schools, each once: who sweeps it asks which of these bytes some school still names.
create function acces.fichiers_nommes(demandes bytea[]) returns setof bytea
language sql stable security definer set search_path = livret, pg_temp as $$
    select empreinte from fichier where empreinte = any (demandes)
    union
    select vignette from fichier where vignette = any (demandes)
$$;

-- Deposits that nobody finished are forgotten; those that are still under way, so that their pieces are kept.
create function acces.oublier_depots(avant timestamptz) returns bigint
language sql volatile security definer set search_path = livret, pg_temp as $$
    with oublies as (delete from depot where commence_le < avant returning 1) select count(*) from oublies
$$;
create function acces.depots_en_cours(avant timestamptz)
returns table (etablissement_id bigint, par bigint, cle uuid)
language sql stable security definer set search_path = livret, pg_temp as $$
    select etablissement_id, par, cle from depot where commence_le >= avant
$$;
revoke execute on function acces.fichiers_nommes, acces.oublier_depots, acces.depots_en_cours from public;
grant execute on function acces.fichiers_nommes, acces.oublier_depots, acces.depots_en_cours to livret_app;
