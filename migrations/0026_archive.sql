-- What leaves the house: what a jury reads of a livret, the dossiers that are being made, and those that are kept sealed.
set local search_path = livret, public;

-- What she last said of herself is beside the level that the team settled on; of remarks, only how many are open.
grant select (etablissement_id, demande_id, edition_id, code, niveau) on demande_ligne to livret_jury;
grant select (etablissement_id, fiche_id, levee) on fiche_remarque to livret_jury;

-- Dossiers that somebody asked for: made apart from any page, kept some hours. Each is of who asked.
create table certification.tirage (
    etablissement_id bigint not null,
    tirage_id    bigint generated always as identity,
    promotion_id bigint not null,
    etudiant_id  bigint,                                          -- null: all
    scelle       boolean not null default false,                  -- to be kept sealed: then nothing is handed over
    par          bigint not null,
    cle          uuid   not null,                                 -- of the form: the same sending twice is one
    demande_le   timestamptz not null,
    battu_le     timestamptz not null,                            -- last sign of life: one that gives none was interrupted
    etat         text   not null default 'en_cours' constraint un_etat_de_tirage
                        check (etat in ('en_cours', 'fait', 'annule', 'echoue', 'interrompu', 'efface')),
    fait         int    not null default 0,
    total        int    not null default 0,
    fini_le      timestamptz,
    lieu         text,                                            -- in the store, while it is kept
    taille       bigint,
    empreinte    bytea  constraint un_sha256_de_tirage check (length(empreinte) = 32),
    primary key (etablissement_id, tirage_id),
    constraint un_tirage_par_numero unique (tirage_id),
    constraint un_tirage_par_envoi unique (etablissement_id, par, cle),
    foreign key (etablissement_id, promotion_id) references livret.promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, etudiant_id)  references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, par)          references livret.personne (etablissement_id, personne_id)
);
create unique index un_tirage_a_la_fois on certification.tirage (etablissement_id, par) where etat = 'en_cours';
call livret.cloisonner('certification.tirage');
create policy les_siens on certification.tirage as restrictive to livret_enseignant, livret_jury
    using (par = livret.moi()) with check (par = livret.moi());
grant select, insert on certification.tirage to livret_enseignant, livret_jury;
grant update (battu_le, etat, fait, total, fini_le, lieu, taille, empreinte) on certification.tirage
    to livret_enseignant, livret_jury;

-- The dossier d'évaluation of a candidate, sealed at the jury's disposal until its day, then destroyed by an act. Its row and
-- the lines of the journal stay. No student reads this schema, and the lines name no student as such.
create table certification.archive (
    etablissement_id bigint not null,
    archive_id   bigint generated always as identity,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    appel        text   not null,
    archivee_le  timestamptz not null,
    par          bigint not null,
    purge_le     date   not null,                                 -- destroyed from that day on, never before
    lieu         text   not null,                                 -- in the store
    taille       bigint not null,
    empreinte    bytea  not null constraint un_sha256_d_archive check (length(empreinte) = 32),
    version      bigint not null,
    detruite_le  timestamptz,
    detruite_par bigint,
    destruction  bigint,                                          -- seq of the act that destroyed it
    effacee      boolean not null default false,                  -- its bytes are gone too
    primary key (etablissement_id, archive_id),
    constraint une_archive_par_numero unique (archive_id),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, par)          references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)      references livret.evenement (etablissement_id, seq),
    foreign key (etablissement_id, detruite_par) references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, destruction)  references livret.evenement (etablissement_id, seq),
    constraint une_destruction_a_son_acte check ((detruite_le is null) = (destruction is null)
                                                 and (detruite_le is null) = (detruite_par is null)
                                                 and (not effacee or detruite_le is not null))
);
create index on certification.archive (etablissement_id, promotion_id);
call livret.cloisonner('certification.archive');
grant select on certification.archive to livret_enseignant, livret_jury;
grant insert on certification.archive to livret_enseignant;
grant update (detruite_le, detruite_par, destruction) on certification.archive to livret_enseignant;
grant usage on all sequences in schema certification to livret_enseignant, livret_jury;

create function certification.pas_avant_son_jour() returns trigger language plpgsql as
$$ begin
    if old.detruite_le is not null or (new.detruite_le is not null and livret.jour() < new.purge_le) then
        raise exception 'une archive ne se détruit ni avant son jour ni deux fois' using errcode = 'LV026';
    end if;
    return new;
end $$;
create trigger pas_avant_son_jour before update of detruite_le on certification.archive
    for each row execute function certification.pas_avant_son_jour();

-- What the sweep takes out of the store, of every school: what was made before that instant, and what an act destroyed.
create function acces.paquets_perimes(avant timestamptz) returns setof text
language sql stable security definer set search_path = certification, pg_temp as $$
    select lieu from tirage where lieu is not null and fini_le < avant
    union all
    select lieu from archive where detruite_le is not null and not effacee
$$;
create function acces.paquets_effaces(lieux text[]) returns void
language sql volatile security definer set search_path = certification, pg_temp as $$
    update tirage set lieu = null, etat = 'efface' where lieu = any (lieux);
    update archive set effacee = true where lieu = any (lieux) and detruite_le is not null;
$$;
revoke execute on function acces.paquets_perimes, acces.paquets_effaces from public;
grant execute on function acces.paquets_perimes, acces.paquets_effaces to livret_app;
