-- The official text: shared by all schools, immutable once published.
set local search_path = livret, public;

create table edition (
    edition_id uuid primary key,                                  -- from the SHA-256 of the text: same text, same edition
    code       text not null,
    intitule   text not null,
    empreinte  bytea not null constraint une_edition_par_texte unique,
    texte      text not null,                                     -- the TOML as it was read
    publiee_le timestamptz not null
);

-- Every element of the text has its code, its address, its source and its certainty.
create table element (
    edition_id uuid not null references edition,
    code       text not null,
    genre      text not null,                                     -- bloc, competence, sous_competence, critere, savoir, epreuve, …
    parent     text,
    rang       int  not null,                                     -- order of reading in the whole text
    intitule   text not null,
    contenu    jsonb not null default '{}',                       -- what else the text says of it
    source     text not null,
    certitude  text not null,                                     -- officiel, secondaire, incertain
    primary key (edition_id, code),
    foreign key (edition_id, parent) references element deferrable initially deferred
);

-- What is judged, and on which scale: the projections that every judgement points to.
create table sous_competence (
    edition_id uuid not null,
    code       text not null,
    bloc       text not null,
    intitule   text not null,
    rang       int  not null,
    primary key (edition_id, code),
    foreign key (edition_id, code) references element deferrable initially deferred
);
create table niveau (
    edition_id uuid not null references edition,
    code       text not null,                                     -- TI I S TS, then absent, dispense, non_evalue, non_rendu
    intitule   text not null,
    rang       int,                                               -- null: counts in nothing
    primary key (edition_id, code)
);

create function le_texte_ne_change_pas() returns trigger language plpgsql as
$$ begin raise exception 'une édition publiée ne change pas' using errcode = 'LV002'; end $$;
do $$
declare nom text;
begin
    foreach nom in array array['edition', 'element', 'sous_competence', 'niveau'] loop
        execute format('create trigger le_texte_ne_change_pas before update or delete on livret.%I
                        for each row execute function livret.le_texte_ne_change_pas()', nom);
        execute format('create trigger le_texte_ne_se_vide_pas before truncate on livret.%I
                        for each statement execute function livret.le_texte_ne_change_pas()', nom);
    end loop;
end $$;
grant usage on schema livret to livret_app;                       -- the official text is public
grant select on edition, element, sous_competence, niveau
    to livret_app, livret_enseignant, livret_etudiant, livret_jury, livret_administrateur;
