-- The school: the tenant. Its identifier leads every key of what belongs to it.
set local search_path = livret, public;

create table etablissement (
    etablissement_id bigint generated always as identity primary key,
    uai     text not null constraint un_etablissement_par_uai unique,
    nom     text not null,
    fuseau  text not null default 'Europe/Paris',                -- IANA zone: every instant is shown in it
    fictif  boolean not null default false                       -- a demonstration, said on every page
);
alter table etablissement enable row level security;
alter table etablissement force  row level security;
create policy ici on etablissement using (etablissement_id = livret.ici()) with check (etablissement_id = livret.ici());
grant select on etablissement to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur;

create table personne (
    etablissement_id bigint not null references etablissement,
    personne_id      bigint generated always as identity,
    civilite text constraint une_civilite_d_usage check (civilite in ('Mme', 'M.')),   -- optional
    nom      text not null constraint un_nom_de_personne check (length(nom) between 1 and 100),
    prenom   text not null constraint un_prenom check (length(prenom) between 1 and 100),
    primary key (etablissement_id, personne_id),
    constraint une_personne_par_numero unique (personne_id)
);
call livret.cloisonner('livret.personne');
grant select on personne to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur;
grant insert on personne to livret_administrateur;
