-- A cohort, who is in it, who teaches it, who examines it.
set local search_path = livret, public;

create table promotion (
    etablissement_id bigint not null references etablissement,
    promotion_id     bigint generated always as identity,
    nom              text not null constraint un_nom_de_promotion check (length(nom) between 1 and 80),
    edition_id       uuid not null references edition,
    annee_examen     int  not null constraint une_annee_examen_plausible check (annee_examen between 2018 and 2100),
    debut            date not null,                               -- first day of training: nothing was lived before
    primary key (etablissement_id, promotion_id),
    constraint une_promotion_par_numero unique (promotion_id),
    constraint une_promotion_par_nom unique (etablissement_id, nom)
);
call livret.cloisonner('livret.promotion');

create table inscription (
    etablissement_id bigint not null,
    promotion_id     bigint not null,
    etudiant_id      bigint not null,
    du date not null,
    au date,
    primary key (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, etudiant_id)  references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id),
    constraint une_inscription_finit_apres_son_debut check (au >= du)
);
create index on inscription (etablissement_id, etudiant_id);
call livret.cloisonner('livret.inscription');
call livret.reserver('livret.inscription');

-- A student sees her own name and those of the people who judge her, nobody else's of her promotion. « Is this person
-- a student? » must see every line of inscription, where she sees only her own, and say nothing else.
create function est_etudiant(ecole bigint, qui bigint) returns boolean
language sql stable security definer set search_path = livret, pg_temp as $$
    select exists (select from inscription where etablissement_id = ecole and etudiant_id = qui)
$$;
revoke execute on function est_etudiant from public;
grant execute on function est_etudiant to livret_etudiant;
create policy ni_ses_camarades on personne as restrictive to livret_etudiant
    using (personne_id = livret.moi() or not livret.est_etudiant(etablissement_id, personne_id));

create table suivi (                                              -- this enseignant teaches this promotion, from, to
    etablissement_id bigint not null,
    promotion_id     bigint not null,
    enseignant_id    bigint not null,
    du date not null,
    au date,
    primary key (etablissement_id, promotion_id, enseignant_id, du),
    foreign key (etablissement_id, enseignant_id) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, promotion_id)  references promotion (etablissement_id, promotion_id),
    constraint un_suivi_finit_apres_son_debut check (au >= du)
);
call livret.cloisonner('livret.suivi');

create table mandat (                                             -- this member of a jury examines this promotion
    etablissement_id bigint not null,
    promotion_id     bigint not null,
    jury_id          bigint not null,
    primary key (etablissement_id, promotion_id, jury_id),
    foreign key (etablissement_id, jury_id)      references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id)
);
call livret.cloisonner('livret.mandat');

create table groupe (                                             -- a part of a promotion, or a team inside it
    etablissement_id bigint not null,
    groupe_id        bigint generated always as identity,
    promotion_id     bigint not null,
    nom              text   not null constraint un_nom_de_groupe check (length(nom) between 1 and 60),
    equipe           boolean not null default false,              -- what is said of one is offered to each
    ferme_le         timestamptz,
    version          bigint not null,                             -- seq of the event that wrote it
    primary key (etablissement_id, groupe_id),
    constraint un_groupe_par_numero unique (groupe_id),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id)
);
create unique index un_groupe_ouvert_par_nom on groupe (etablissement_id, promotion_id, nom) where ferme_le is null;
call livret.cloisonner('livret.groupe');

create table membre (
    etablissement_id bigint not null,
    groupe_id        bigint not null,
    etudiant_id      bigint not null,
    primary key (etablissement_id, groupe_id, etudiant_id),
    foreign key (etablissement_id, groupe_id)   references groupe (etablissement_id, groupe_id),
    foreign key (etablissement_id, etudiant_id) references personne (etablissement_id, personne_id)
);
create index on membre (etablissement_id, etudiant_id);
call livret.cloisonner('livret.membre');

create table place (                                              -- where a student sits in front of one teacher
    etablissement_id bigint not null,
    promotion_id     bigint not null,
    enseignant_id    bigint not null,
    etudiant_id      bigint not null,
    rangee           int    not null constraint une_rangee_plausible check (rangee between 1 and 99),
    colonne          int    not null constraint une_colonne_plausible check (colonne between 1 and 99),
    primary key (etablissement_id, promotion_id, enseignant_id, etudiant_id),
    foreign key (etablissement_id, promotion_id)  references promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, enseignant_id) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, etudiant_id)   references personne (etablissement_id, personne_id)
);
call livret.cloisonner('livret.place');

grant select, insert on groupe to livret_enseignant;
grant update (nom, equipe, ferme_le, version) on groupe to livret_enseignant;
grant select, insert, delete on membre, place to livret_enseignant;
grant update (rangee, colonne) on place to livret_enseignant;
grant select on promotion, inscription to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur;
grant select on suivi  to livret_enseignant, livret_administrateur;
grant select on mandat to livret_jury, livret_administrateur;
grant insert on promotion, inscription, suivi, mandat to livret_administrateur;
grant update (au) on inscription, suivi to livret_administrateur;
