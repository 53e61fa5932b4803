-- A file on its way: announced, received in pieces, not recognised yet. The pieces are on the disk; how much of it is
-- there, the disk says.
set local search_path = livret, public;

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
grant usage on all sequences in schema livret to livret_enseignant, livret_etudiant;

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
