-- What the team decides of a livret: the level it settles on, the day it stops, the reopening that takes two people;
-- and who looked at it.
set local search_path = livret, public;

-- The level that the team settles on, beside the one that the rule proposes; null when the decision was withdrawn.
create table validation (
    etablissement_id bigint not null,
    etudiant_id      bigint not null,
    edition_id       uuid   not null,
    code             text   not null,
    niveau    text,
    propose   text,                                               -- what was proposed when it was decided
    motif     text not null default '' constraint un_motif_de_decision check (length(motif) <= 2000),
    par       bigint not null,
    decide_le timestamptz not null,
    version   bigint not null,                                    -- seq of the event that wrote it: what a form sends back
    primary key (etablissement_id, etudiant_id, edition_id, code),
    foreign key (etablissement_id, etudiant_id) references personne (etablissement_id, personne_id),
    foreign key (edition_id, code)              references sous_competence,
    foreign key (edition_id, niveau)            references niveau (edition_id, code),
    foreign key (edition_id, propose)           references niveau (edition_id, code),
    foreign key (etablissement_id, par)         references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)     references evenement (etablissement_id, seq),
    constraint un_ecart_a_son_motif check (niveau is not distinct from propose or motif <> '')
);
call livret.cloisonner('livret.validation');
call livret.reserver('livret.validation');
grant select on validation to livret_enseignant, livret_etudiant, livret_jury;
grant insert, update on validation to livret_enseignant;

-- What an arret froze, and the act that lifted it.
alter table arret add column empreinte bytea;                     -- SHA-256 of the statement of what it froze
alter table arret add column leve_version bigint;
alter table arret add foreign key (etablissement_id, leve_version) references evenement (etablissement_id, seq);
alter table arret add constraint un_arret_leve_l_est_par_un_acte check ((leve_le is null) = (leve_version is null));
grant update (leve_le, leve_version) on arret to livret_enseignant;

-- One person asks that a livret be opened again, another one confirms.
create table reouverture (
    etablissement_id bigint not null,
    etudiant_id   bigint not null,
    version       bigint not null,                                -- seq of the event that asked
    arret         bigint not null,                                -- version of what would be lifted
    motif         text   not null constraint un_motif_de_reouverture check (length(motif) between 1 and 2000),
    par           bigint not null,
    demandee_le   timestamptz not null,
    etat          text   not null default 'attente'
                  constraint un_etat_de_reouverture check (etat in ('attente', 'confirmee', 'ecartee')),
    close_par     bigint,
    close_le      timestamptz,
    close_version bigint,
    primary key (etablissement_id, etudiant_id, version),
    foreign key (etablissement_id, etudiant_id, arret) references arret (etablissement_id, etudiant_id, version),
    foreign key (etablissement_id, par)           references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, close_par)     references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)       references evenement (etablissement_id, seq),
    foreign key (etablissement_id, close_version) references evenement (etablissement_id, seq),
    constraint une_reouverture_close_l_est_par_quelqu_un check ((etat = 'attente') = (close_par is null)),
    constraint deux_personnes_pour_rouvrir check (etat <> 'confirmee' or close_par <> par)
);
create unique index une_reouverture_a_la_fois on reouverture (etablissement_id, etudiant_id) where etat = 'attente';
call livret.cloisonner('livret.reouverture');
call livret.reserver('livret.reouverture');
grant select on reouverture to livret_enseignant, livret_etudiant;
grant insert on reouverture to livret_enseignant;
grant update (etat, close_par, close_le, close_version) on reouverture to livret_enseignant;
create policy en_son_nom on reouverture as restrictive for insert to livret_enseignant with check (par = livret.moi());
create policy close_en_son_nom on reouverture as restrictive for update to livret_enseignant
    using (etat = 'attente') with check (close_par = livret.moi());

-- Who looked at the livret of a student, once a day: she reads it, nobody else.
create table consultation (
    etablissement_id bigint not null,
    etudiant_id bigint not null,
    jour        date   not null,
    personne_id bigint not null,
    fonction    text   not null constraint une_fonction_qui_consulte
                check (fonction in ('enseignant', 'jury', 'administrateur')),
    primary key (etablissement_id, etudiant_id, jour, personne_id, fonction),
    foreign key (etablissement_id, etudiant_id) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, personne_id) references personne (etablissement_id, personne_id)
);
create index on consultation (jour);
call livret.cloisonner('livret.consultation');
call livret.reserver('livret.consultation');
create policy en_son_nom on consultation as restrictive for insert
    with check (personne_id = livret.moi() and jour = livret.jour() and 'livret_' || fonction = current_user);
grant select on consultation to livret_etudiant;
grant insert on consultation to livret_enseignant, livret_jury, livret_administrateur;
create function acces.oublier_consultations(avant date) returns bigint
language sql volatile security definer set search_path = livret, pg_temp as $$
    with oubliees as (delete from consultation where jour < avant returning 1) select count(*) from oubliees
$$;
revoke execute on function acces.oublier_consultations from public;
grant execute on function acces.oublier_consultations to livret_app;

-- Her livret as it was on a past day follows the dates of the situations where she was judged: a student reads what the
-- journal says of these, and of no other.
alter policy les_siens on evenement
    using (etudiant_id = livret.moi() or acteur_id = livret.moi()
           or genre in ('deposer_preuve', 'completer_preuve')
              and exists (select from preuve_etudiant pe
                           where pe.etablissement_id = evenement.etablissement_id
                             and pe.preuve_id = evenement.preuve_id and pe.declinee_le is null)
           or genre in ('ouvrir_situation', 'corriger_situation')
              and exists (select from positionnement n
                           where n.etablissement_id = evenement.etablissement_id
                             and n.etudiant_id = livret.moi() and n.situation_id = evenement.situation_id));
