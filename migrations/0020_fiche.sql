-- The official descriptive sheets: what she writes of what she did, version after version; what her teachers say of each
-- rubric; and whether the team keeps it for the file. Acts are lines of the journal, these tables their projections, except
-- the working copy, which is hers alone until she records it.
set local search_path = livret, public;

create table fiche (
    etablissement_id bigint not null,
    fiche_id     bigint generated always as identity,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    epreuve      text not null constraint une_epreuve_de_fiche check (epreuve ~ '^[A-Z0-9]{1,8}$'),
    numero       int  not null constraint un_numero_de_fiche check (numero between 1 and 99),
    etat         text not null default 'brouillon' constraint un_etat_de_fiche
                      check (etat in ('brouillon', 'relue', 'retenue', 'deposee')),
    -- What the last recorded version says; null while there is none.
    rang         int,
    titre        text not null default '' constraint un_titre_de_fiche check (length(titre) <= 200),
    nature       text constraint une_nature_de_fiche check (nature ~ '^[a-z_]{1,30}$'), -- of the model of the session
    vecue        boolean,
    visee_le     date,                                            -- the printed sheet is signed: seen by a teacher
    deposee_le   date,
    retiree      boolean not null default false,
    commencee_le timestamptz not null,
    version      bigint not null,                                 -- seq of the event that said it last
    primary key (etablissement_id, fiche_id),
    constraint une_fiche_par_numero unique (fiche_id),
    constraint une_fiche_est_a_elle unique (etablissement_id, fiche_id, etudiant_id),
    foreign key (etablissement_id, promotion_id, etudiant_id) references inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq),
    constraint une_fiche_deposee_a_sa_date check ((etat = 'deposee') = (deposee_le is not null)),
    constraint une_fiche_lue_a_ete_ecrite  check (etat = 'brouillon' or rang is not null)
);
create index on fiche (etablissement_id, promotion_id);
create unique index une_fiche_de_ce_numero on fiche (etablissement_id, promotion_id, etudiant_id, epreuve, numero) where not retiree;
call livret.cloisonner('livret.fiche');
call livret.reserver('livret.fiche');

create table fiche_version (                                      -- each stays readable
    etablissement_id bigint not null,
    fiche_id    bigint not null,
    etudiant_id bigint not null,
    rang        int    not null,
    titre       text   not null constraint un_titre_de_version check (length(titre) <= 200),
    nature      text,
    vecue       boolean,
    contenu     jsonb  not null,                                  -- rubric -> what it says, row after row
    ecrite_le   timestamptz not null,
    version     bigint not null,
    primary key (etablissement_id, fiche_id, rang),
    foreign key (etablissement_id, fiche_id, etudiant_id) references fiche (etablissement_id, fiche_id, etudiant_id),
    foreign key (etablissement_id, version)  references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.fiche_version');
call livret.reserver('livret.fiche_version');

create table fiche_preuve (                                       -- what it was made from
    etablissement_id bigint not null,
    fiche_id    bigint not null,
    etudiant_id bigint not null,
    preuve_id   bigint not null,
    primary key (etablissement_id, fiche_id, preuve_id),
    foreign key (etablissement_id, fiche_id, etudiant_id) references fiche (etablissement_id, fiche_id, etudiant_id),
    foreign key (etablissement_id, preuve_id) references preuve (etablissement_id, preuve_id)
);
create index on fiche_preuve (etablissement_id, preuve_id);
call livret.cloisonner('livret.fiche_preuve');
call livret.reserver('livret.fiche_preuve');

create table fiche_copie (                                        -- the working copy: hers alone
    etablissement_id bigint not null,
    fiche_id    bigint not null,
    etudiant_id bigint not null,
    champs      jsonb  not null,
    repris_le   timestamptz not null,
    version     int    not null default 1,                        -- two tabs do not undo each other
    primary key (etablissement_id, fiche_id),
    foreign key (etablissement_id, fiche_id, etudiant_id) references fiche (etablissement_id, fiche_id, etudiant_id)
);
call livret.cloisonner('livret.fiche_copie');
call livret.reserver('livret.fiche_copie');

create table fiche_remarque (                                     -- what a teacher says of a rubric
    etablissement_id bigint not null,
    remarque_id bigint generated always as identity,
    fiche_id    bigint not null,
    etudiant_id bigint not null,
    rubrique    text   not null default '' constraint une_rubrique check (rubrique ~ '^[a-z_]{0,30}$'), -- empty: the whole sheet
    texte       text   not null constraint un_texte_de_remarque check (length(texte) between 1 and 2000),
    rang        int    not null,                                  -- of the version that was read
    par         bigint not null,
    le          timestamptz not null,
    levee       boolean not null default false,
    version     bigint not null,
    primary key (etablissement_id, remarque_id),
    constraint une_remarque_par_numero unique (remarque_id),
    foreign key (etablissement_id, fiche_id, etudiant_id) references fiche (etablissement_id, fiche_id, etudiant_id),
    foreign key (etablissement_id, fiche_id, rang) references fiche_version (etablissement_id, fiche_id, rang),
    foreign key (etablissement_id, par)     references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
create index on fiche_remarque (etablissement_id, fiche_id);
call livret.cloisonner('livret.fiche_remarque');
call livret.reserver('livret.fiche_remarque');

create table fiche_annexe (                                       -- what is joined to it: each deposit stays, the last one counts
    etablissement_id bigint not null,
    annexe_id   bigint generated always as identity,
    fiche_id    bigint not null,
    etudiant_id bigint not null,
    fichier_id  bigint not null,
    jointe_le   timestamptz not null,
    version     bigint not null,
    primary key (etablissement_id, annexe_id),
    constraint une_annexe_par_numero unique (annexe_id),
    foreign key (etablissement_id, fiche_id, etudiant_id) references fiche (etablissement_id, fiche_id, etudiant_id),
    foreign key (etablissement_id, fichier_id) references fichier (etablissement_id, fichier_id),
    foreign key (etablissement_id, version)    references evenement (etablissement_id, seq)
);
create index on fiche_annexe (etablissement_id, fiche_id);
call livret.cloisonner('livret.fiche_annexe');
call livret.reserver('livret.fiche_annexe');

-- The file of an annexe is read by who reads the annexe, and is neither swept nor taken away.
do $$
declare
    dit text;
begin
    foreach dit in array array['les_siens', 'les_siens_ou_donnes', 'donnes'] loop
        execute format('alter policy %I on livret.fichier using (%s or exists (
            select from livret.fiche_annexe a where a.etablissement_id = fichier.etablissement_id
                                                and a.fichier_id = fichier.fichier_id))', dit,
            (select pg_get_expr(polqual, polrelid) from pg_policy
              where polrelid = 'livret.fichier'::regclass and polname = dit));
    end loop;
    -- What a student may write in the journal, with what she could before.
    execute format('alter policy les_siens_a_ecrire on livret.evenement with check ((%s) or
        (acteur_id = livret.moi() and etudiant_id = livret.moi()
         and genre in (''commencer_fiche'', ''ecrire_fiche'', ''retirer_fiche'', ''joindre_annexe'')))',
        (select pg_get_expr(polwithcheck, polrelid) from pg_policy
          where polrelid = 'livret.evenement'::regclass and polname = 'les_siens_a_ecrire'));
end $$;
create function une_annexe_reste() returns trigger language plpgsql security definer
set search_path = livret, pg_temp as $$
begin
    if exists (select from fiche_annexe a where a.etablissement_id = old.etablissement_id and a.fichier_id = old.fichier_id) then
        return null;
    end if;
    return old;
end $$;
create trigger une_annexe_reste before delete on fichier for each row execute function une_annexe_reste();

-- She writes; her teachers answer, keep, hand in.
grant select on fiche, fiche_version, fiche_preuve, fiche_annexe to livret_enseignant, livret_etudiant, livret_jury;
grant select on fiche_remarque to livret_enseignant, livret_etudiant;
grant insert (etablissement_id, promotion_id, etudiant_id, epreuve, numero, commencee_le, version) on fiche to livret_etudiant;
grant insert on fiche_version, fiche_preuve, fiche_annexe to livret_etudiant;
grant update (etat, rang, titre, nature, vecue, retiree, version) on fiche to livret_etudiant;
grant select, insert, delete, update (champs, repris_le, version) on fiche_copie to livret_etudiant;
grant update (etat, visee_le, deposee_le, version) on fiche to livret_enseignant;
grant insert, update (levee, version) on fiche_remarque to livret_enseignant;
grant usage on all sequences in schema livret to livret_enseignant, livret_etudiant;

-- Who writes a sheet does not keep it herself, and what is kept is written no more.
create function qui_ecrit_ne_retient_pas() returns trigger language plpgsql as
$$ begin
    if current_user = 'livret_etudiant'
       and (new.etat <> 'brouillon' or old.etat not in ('brouillon', 'relue')) then
        raise exception 'qui écrit ne retient pas' using errcode = 'LV006';
    end if;
    return new;
end $$;
create trigger qui_ecrit_ne_retient_pas before update on fiche
    for each row execute function qui_ecrit_ne_retient_pas();
create policy son_annexe on fiche_annexe as restrictive for insert to livret_etudiant
    with check (exists (select from fichier f where f.etablissement_id = fiche_annexe.etablissement_id
                                                and f.fichier_id = fiche_annexe.fichier_id and f.par = livret.moi()));
create policy tant_qu_elle_s_ecrit on fiche_version as restrictive for insert to livret_etudiant
    with check (exists (select from fiche f where f.etablissement_id = fiche_version.etablissement_id
                                              and f.fiche_id = fiche_version.fiche_id and f.etat in ('brouillon', 'relue')));
create policy sa_remarque on fiche_remarque as restrictive for insert to livret_enseignant
    with check (par = livret.moi());
