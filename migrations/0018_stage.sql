-- Internships: where, with whom, when, how many hours; what was seen, noted and done there; and the paper that proves it.
-- Every act is a line of the journal; these tables are its projections, except the weekly notes, which are a diary.
set local search_path = livret, public;

create table organisation (                                       -- the school's address book
    etablissement_id bigint not null references etablissement,
    organisation_id bigint generated always as identity,
    nom         text not null constraint un_nom_d_organisation check (length(nom) between 1 and 120),
    siret       text constraint un_siret check (siret ~ '^[0-9]{14}$'),
    secteur     text not null default '' constraint un_secteur check (length(secteur) <= 120),
    adresse     text not null default '' constraint une_adresse check (length(adresse) <= 200),
    code_postal text not null default '' constraint un_code_postal check (code_postal ~ '^([0-9A-Z -]{2,10})?$'),
    ville       text not null default '' constraint une_ville check (length(ville) <= 80),
    telephone   text not null default '' constraint un_telephone check (length(telephone) <= 30),
    mel         text not null default '' constraint un_mel check (length(mel) <= 254),
    version     bigint not null,                                  -- seq of the event that said it last
    primary key (etablissement_id, organisation_id),
    constraint une_organisation_par_numero unique (organisation_id),
    constraint une_organisation_par_siret unique (etablissement_id, siret),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.organisation');

create table tuteur (                                             -- a person of an organisation: she has no account
    etablissement_id bigint not null,
    tuteur_id       bigint not null,                              -- her personne
    organisation_id bigint not null,
    fonction  text not null default '' constraint une_fonction_de_tuteur check (length(fonction) <= 80),
    mel       text not null default '' constraint un_mel_de_tuteur check (length(mel) <= 254),
    telephone text not null default '' constraint un_telephone_de_tuteur check (length(telephone) <= 30),
    version   bigint not null,
    primary key (etablissement_id, tuteur_id),
    foreign key (etablissement_id, tuteur_id)       references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, organisation_id) references organisation (etablissement_id, organisation_id),
    foreign key (etablissement_id, version)         references evenement (etablissement_id, seq)
);
create index on tuteur (etablissement_id, organisation_id);
call livret.cloisonner('livret.tuteur');

create table periode (
    etablissement_id bigint not null,
    periode_id      bigint generated always as identity,
    promotion_id    bigint not null,
    etudiant_id     bigint not null,
    organisation_id bigint not null,
    tuteur_id       bigint,
    referent_id     bigint,                                       -- enseignant référent (code de l'éducation, art. D. 124-3)
    du date not null,
    au date not null,
    interrompue_le date,                                          -- last day of presence of one that was cut short
    rythme int[] not null constraint sept_jours check (cardinality(rythme) = 7
                                                       and 0 <= all (rythme) and 1440 >= all (rythme)), -- minutes, Monday first
    version bigint not null,
    annulee boolean not null default false,                       -- it never was; the journal says who said it had been
    primary key (etablissement_id, periode_id),
    constraint une_periode_par_numero unique (periode_id),
    foreign key (etablissement_id, promotion_id, etudiant_id) references inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, organisation_id) references organisation (etablissement_id, organisation_id),
    foreign key (etablissement_id, tuteur_id)       references tuteur (etablissement_id, tuteur_id),
    foreign key (etablissement_id, referent_id)     references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)         references evenement (etablissement_id, seq),
    constraint une_periode_finit_apres_son_debut check (au >= du),
    constraint une_interruption_est_dedans check (interrompue_le >= du - 1 and interrompue_le <= au)
);
create index on periode (etablissement_id, promotion_id);
create index on periode (etablissement_id, etudiant_id);
create index on periode (etablissement_id, referent_id);
call livret.cloisonner('livret.periode');
call livret.reserver('livret.periode');

create table periode_absence (                                    -- days when she was not there, both counted
    etablissement_id bigint not null,
    periode_id  bigint not null,
    etudiant_id bigint not null,
    du    date not null,
    au    date not null,
    motif text not null default '' constraint un_motif_d_absence check (length(motif) <= 120),
    primary key (etablissement_id, periode_id, du),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id),
    constraint une_absence_finit_apres_son_debut check (au >= du)
);
call livret.cloisonner('livret.periode_absence');
call livret.reserver('livret.periode_absence');

create table amenagement (                                        -- fewer weeks than the rules ask, by decision
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    semaines int    not null constraint des_semaines check (semaines between 0 and 52),
    motif    text   not null constraint un_motif_d_amenagement check (length(motif) between 1 and 1000),
    par      bigint not null,
    le       timestamptz not null,
    version  bigint not null,
    primary key (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, promotion_id, etudiant_id) references inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, par)     references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.amenagement');
call livret.reserver('livret.amenagement');

create table mission (                                            -- what she is to do there, defined together
    etablissement_id bigint not null,
    mission_id  bigint generated always as identity,
    periode_id  bigint not null,
    etudiant_id bigint not null,
    intitule    text   not null constraint une_mission check (length(intitule) between 1 and 300),
    codes       text[] not null default '{}',                     -- sous-compétences of the edition that it serves
    par         bigint not null,
    retiree     boolean not null default false,
    version     bigint not null,
    primary key (etablissement_id, mission_id),
    constraint une_mission_par_numero unique (mission_id),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id),
    foreign key (etablissement_id, par)     references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
create index on mission (etablissement_id, periode_id);
call livret.cloisonner('livret.mission');
call livret.reserver('livret.mission');

create table visite (                                             -- the school goes there, or calls
    etablissement_id bigint not null,
    visite_id    bigint generated always as identity,
    periode_id   bigint not null,
    etudiant_id  bigint not null,
    le           date   not null,
    mode         text   not null constraint un_mode_de_visite check (mode in ('sur_place', 'telephone', 'visio')),
    rencontre    text   not null default '' constraint une_rencontre check (length(rencontre) <= 200),  -- who was met
    compte_rendu text   not null constraint un_compte_rendu check (length(compte_rendu) between 1 and 5000),
    par          bigint not null,
    version      bigint not null,
    primary key (etablissement_id, visite_id),
    constraint une_visite_par_numero unique (visite_id),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id),
    foreign key (etablissement_id, par)     references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
create index on visite (etablissement_id, periode_id);
call livret.cloisonner('livret.visite');
call livret.reserver('livret.visite');

create table note_hebdo (                                         -- her diary, a week each: read by the team, written by her
    etablissement_id bigint not null,
    periode_id  bigint not null,
    etudiant_id bigint not null,
    semaine     date   not null constraint un_lundi check (extract(isodow from semaine) = 1),
    texte       text   not null constraint une_note_de_semaine check (length(texte) between 1 and 5000),
    ecrite_le   timestamptz not null,
    version     int    not null default 1,                        -- two tabs do not undo each other
    primary key (etablissement_id, periode_id, semaine),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id)
);
call livret.cloisonner('livret.note_hebdo');
call livret.reserver('livret.note_hebdo');

-- The paper that proves a period (or, where the rules want one for the candidate, all of it): each deposit stays, the last
-- one counts.
create table piece (
    etablissement_id bigint not null,
    piece_id     bigint generated always as identity,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    periode_id   bigint,                                          -- null: the candidate's own
    fichier_id   bigint not null,
    deposee_le   timestamptz not null,
    par          bigint not null,
    etat         text   not null default 'deposee' constraint un_etat_de_piece
                        check (etat in ('deposee', 'non_signee', 'a_refaire', 'controlee')),
    remarque     text   not null default '' constraint une_remarque_de_piece check (length(remarque) <= 1000),
    controlee_le timestamptz,
    controlee_par bigint,
    version      bigint not null,
    primary key (etablissement_id, piece_id),
    constraint une_piece_par_numero unique (piece_id),
    foreign key (etablissement_id, promotion_id, etudiant_id) references inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id),
    foreign key (etablissement_id, fichier_id) references fichier (etablissement_id, fichier_id),
    foreign key (etablissement_id, par)           references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, controlee_par) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)       references evenement (etablissement_id, seq),
    constraint un_controle_a_son_auteur check ((etat = 'deposee') = (controlee_le is null)
                                               and (controlee_le is null) = (controlee_par is null))
);
create index on piece (etablissement_id, promotion_id);
create index on piece (etablissement_id, etudiant_id);
call livret.cloisonner('livret.piece');
call livret.reserver('livret.piece');

-- The file of a piece is read by who reads the piece, and is neither swept nor taken away.
do $$
declare
    dit text;
begin
    foreach dit in array array['les_siens', 'les_siens_ou_donnes', 'donnes'] loop
        execute format('alter policy %I on livret.fichier using (%s or exists (
            select from livret.piece a where a.etablissement_id = fichier.etablissement_id
                                         and a.fichier_id = fichier.fichier_id))', dit,
            (select pg_get_expr(polqual, polrelid) from pg_policy
              where polrelid = 'livret.fichier'::regclass and polname = dit));
    end loop;
    -- What a student may write in the journal, with what she could before.
    execute format('alter policy les_siens_a_ecrire on livret.evenement with check ((%s) or
        (acteur_id = livret.moi() and etudiant_id = livret.moi()
         and genre in (''deposer_piece'', ''definir_mission'', ''retirer_mission'')))',
        (select pg_get_expr(polwithcheck, polrelid) from pg_policy
          where polrelid = 'livret.evenement'::regclass and polname = 'les_siens_a_ecrire'));
end $$;
create function une_piece_reste() returns trigger language plpgsql security definer
set search_path = livret, pg_temp as $$
begin
    if exists (select from piece a where a.etablissement_id = old.etablissement_id and a.fichier_id = old.fichier_id) then
        return null;
    end if;
    return old;
end $$;
create trigger une_piece_reste before delete on fichier for each row execute function une_piece_reste();

-- Her teachers write; she deposits, notes and adds missions of her own.
grant select on organisation, tuteur, periode, periode_absence, amenagement, mission, visite, note_hebdo, piece
    to livret_enseignant, livret_etudiant, livret_jury;
grant insert, update on organisation, tuteur, periode, mission, visite to livret_enseignant;
grant insert, delete on periode_absence to livret_enseignant;
grant insert, update, delete on amenagement to livret_enseignant;
grant insert on piece to livret_enseignant, livret_etudiant;
grant update (etat, remarque, controlee_le, controlee_par, version) on piece to livret_enseignant;
grant insert on mission to livret_etudiant;
grant update (retiree, version) on mission to livret_etudiant;
grant insert, update (texte, ecrite_le, version) on note_hebdo to livret_etudiant;
grant usage on all sequences in schema livret to livret_enseignant, livret_etudiant;

-- In a student's hand: her own file, her own mission, her own week.
create policy son_fichier on piece as restrictive for insert to livret_etudiant
    with check (par = livret.moi() and etat = 'deposee'
                and exists (select from fichier f where f.etablissement_id = piece.etablissement_id
                                                    and f.fichier_id = piece.fichier_id and f.par = livret.moi()));
create policy ses_missions on mission as restrictive for insert to livret_etudiant with check (par = livret.moi());
create policy ses_missions_retirees on mission as restrictive for update to livret_etudiant
    using (par = livret.moi()) with check (par = livret.moi());
create policy ses_semaines on note_hebdo as restrictive for insert to livret_etudiant
    with check (exists (select from periode p where p.etablissement_id = note_hebdo.etablissement_id
                                                and p.periode_id = note_hebdo.periode_id));

-- A tutor is a person of the school's book without an account. A teacher may make one, and no other person.
create function livret.nommer_tuteur(civ text, n text, p text) returns bigint
language sql volatile security definer set search_path = livret, pg_temp as $$
    insert into personne (etablissement_id, civilite, nom, prenom) values (livret.ici(), civ, n, p) returning personne_id
$$;
create function livret.corriger_tuteur(qui bigint, civ text, n text, p text) returns void
language sql volatile security definer set search_path = livret, pg_temp as $$
    update personne set civilite = civ, nom = n, prenom = p
     where etablissement_id = livret.ici() and personne_id = qui
       and exists (select from tuteur t where t.etablissement_id = livret.ici() and t.tuteur_id = qui)
$$;
revoke execute on function livret.nommer_tuteur, livret.corriger_tuteur from public;
grant execute on function livret.nommer_tuteur, livret.corriger_tuteur to livret_enseignant;
