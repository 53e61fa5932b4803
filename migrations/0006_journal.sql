-- The journal: one line per act, signed, chained, never changed. What pages read is a projection of it.
--   feuille   = SHA-256(0x00 ‖ sel ‖ JCS(act))          JCS: RFC 8785
--   empreinte = SHA-256(0x01 ‖ etablissement_id ‖ seq ‖ precedent ‖ feuille)      integers on 8 bytes, big-endian
--   signature = Ed25519(cle_id, "livret/ev/1\n" ‖ empreinte)
-- An erased line keeps feuille, empreinte and signature: the chain still verifies and the leaf says nothing.
set local search_path = livret, public;

create table evenement (
    etablissement_id bigint not null references etablissement,
    seq         bigint not null,                                  -- gap-free inside a school
    le          timestamptz not null,                             -- when it was done, given by the program
    acteur_id   bigint not null,
    genre       text   not null,                                  -- positionner, annuler, ouvrir_situation, deposer_preuve, …
    cle         uuid   not null,                                  -- idempotency key of the form
    etudiant_id bigint,
    edition_id  uuid,
    code        text,                                             -- sous-compétence
    situation_id bigint,
    preuve_id   bigint,
    de          text,                                             -- level before
    vers        text,                                             -- level after
    vecu_le     date,                                             -- date of the situation
    contenu     jsonb  not null default '{}',                     -- what else the act says
    sel         bytea,
    feuille     bytea not null,
    precedent   bytea not null,
    empreinte   bytea not null,
    cle_id      text  not null,
    signature   bytea not null,
    primary key (etablissement_id, seq),
    constraint un_acte_par_cle unique (etablissement_id, acteur_id, cle),
    foreign key (etablissement_id, acteur_id)   references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, etudiant_id) references personne (etablissement_id, personne_id),
    foreign key (edition_id, code) references sous_competence,
    foreign key (edition_id, vers) references niveau (edition_id, code)
);
create index on evenement (etablissement_id, etudiant_id, edition_id, code, seq);
call livret.cloisonner('livret.evenement');
-- A student reads the acts about herself and writes only her own.
create policy les_siens on evenement as restrictive to livret_etudiant
    using (etudiant_id = livret.moi() or acteur_id = livret.moi())
    with check (acteur_id = livret.moi());

create function le_journal_ne_change_pas() returns trigger language plpgsql as
$$ begin raise exception 'le journal ne change pas' using errcode = 'LV001'; end $$;
create trigger le_journal_ne_change_pas before update or delete on evenement
    for each row execute function le_journal_ne_change_pas();     -- even for the owner
create trigger le_journal_ne_se_vide_pas before truncate on evenement
    for each statement execute function le_journal_ne_change_pas();

create table tete (                                               -- head of a chain: the lock that orders a school's acts
    etablissement_id bigint primary key references etablissement,
    seq       bigint not null,
    empreinte bytea  not null
);
call livret.cloisonner('livret.tete');

grant select, insert on evenement to livret_enseignant, livret_etudiant, livret_administrateur;
grant select on evenement to livret_jury;
grant select on tete to livret_enseignant, livret_etudiant, livret_administrateur, livret_jury;
grant update (seq, empreinte) on tete to livret_enseignant, livret_etudiant, livret_administrateur;
