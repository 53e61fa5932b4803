-- A cohort, who is in it, who teaches it, who examines it.
set local search_path = livret, public;

create table promotion (
    etablissement_id bigint not null references etablissement,
    promotion_id     bigint generated always as identity,
    nom              text not null constraint un_nom_de_promotion check (length(nom) between 1 and 80),
    edition_id       uuid not null references edition,
    annee_examen     int  not null constraint une_annee_examen_plausible check (annee_examen between 2018 and 2100),
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

grant select on promotion, inscription to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur;
grant select on suivi  to livret_enseignant, livret_administrateur;
grant select on mandat to livret_jury, livret_administrateur;
grant insert on promotion, inscription, suivi, mandat to livret_administrateur;
grant update (au) on inscription, suivi to livret_administrateur;
