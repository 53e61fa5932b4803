-- The commissions of the exam: who sits, whom they examine, when; the official grids, ticked alone then compared; the fiche
-- d'évaluation and its mark; what is communicated after the jury. All of it is certification: a student's transaction
-- cannot even name this schema, and the lines of the journal that speak of it name no student (she reads those that do).
create table certification.commission (
    etablissement_id bigint not null,
    commission_id bigint generated always as identity,
    promotion_id  bigint not null,
    epreuve text not null constraint une_epreuve_de_commission check (epreuve ~ '^[A-Z0-9]{1,8}$'),
    forme   text not null constraint une_forme_de_commission check (forme in ('ccf', 'ponctuelle')),
    numero  text not null constraint un_numero_de_commission check (length(numero) between 1 and 20),
    version bigint not null,                                      -- seq of the event that said its composition last
    primary key (etablissement_id, commission_id),
    constraint une_commission_par_numero unique (commission_id),
    constraint une_commission_par_epreuve unique (etablissement_id, promotion_id, epreuve, numero),
    foreign key (etablissement_id, promotion_id) references livret.promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.commission');

-- A member without an account is a name on the papers; only who has one may examine, for a tick has an author.
create table certification.membre (
    etablissement_id bigint not null,
    commission_id bigint not null,
    rang          int    not null,
    personne_id   bigint,
    nom           text   not null constraint un_nom_de_membre check (length(nom) between 1 and 120),
    qualite       text   not null default '' constraint une_qualite_de_membre check (length(qualite) <= 120),
    examine       boolean not null default false,
    primary key (etablissement_id, commission_id, rang),
    constraint un_membre_une_fois unique (etablissement_id, commission_id, personne_id),
    constraint qui_examine_a_un_compte check (not examine or personne_id is not null),
    foreign key (etablissement_id, commission_id) references certification.commission (etablissement_id, commission_id),
    foreign key (etablissement_id, personne_id)   references livret.personne (etablissement_id, personne_id)
);
create index on certification.membre (etablissement_id, personne_id);
call livret.cloisonner('certification.membre');

create table certification.candidat (
    etablissement_id bigint not null,
    promotion_id  bigint not null,
    etudiant_id   bigint not null,
    epreuve       text   not null,
    commission_id bigint not null,
    constraint un_candidat_dans_une_commission primary key (etablissement_id, promotion_id, etudiant_id, epreuve),
    foreign key (etablissement_id, commission_id) references certification.commission (etablissement_id, commission_id),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id)
);
create index on certification.candidat (etablissement_id, commission_id);
call livret.cloisonner('certification.candidat');

-- The planning of the situations: when each is due, and what came of it.
create table certification.passage (
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    epreuve      text   not null,
    temps        text   not null constraint un_temps_de_passage check (length(temps) between 1 and 4),
    le           date,
    heure        text   not null default '' constraint une_heure_de_passage check (heure ~ '^(\d\d:\d\d)?$'),
    salle        text   not null default '' constraint une_salle_de_passage check (length(salle) <= 40),
    etat         text   not null default 'du' constraint un_etat_de_passage
                 check (etat in ('du', 'fait', 'absent', 'reconvoque')),
    version      bigint not null,
    primary key (etablissement_id, promotion_id, etudiant_id, epreuve, temps),
    constraint fait_a_une_date check (etat <> 'fait' or le is not null),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.passage');

-- One per examiner. Handed in, it changes no more: the original is kept beside what they agreed on.
create table certification.grille (
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    epreuve      text   not null,
    par          bigint not null,
    coches       jsonb  not null,                                 -- line -> degree
    choix        text,                                            -- of the parts at choice, the one that was judged
    bonus        int    not null default 0 constraint un_bonus_plausible check (bonus between 0 and 20),
    rendue_le    timestamptz,
    version      bigint not null,
    primary key (etablissement_id, promotion_id, etudiant_id, epreuve, par),
    foreign key (etablissement_id, promotion_id, etudiant_id, epreuve) references certification.candidat,
    foreign key (etablissement_id, par) references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.grille');
create function certification.une_grille_rendue_ne_change_pas() returns trigger language plpgsql as
$$ begin raise exception 'une grille rendue ne change pas' using errcode = 'LV003'; end $$;
create trigger une_grille_rendue_ne_change_pas before update on certification.grille
    for each row when (old.rendue_le is not null) execute function certification.une_grille_rendue_ne_change_pas();

-- What they agreed on, and the fiche d'évaluation: appreciations, the mark that they typed, the lock.
create table certification.evaluation (
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    epreuve      text   not null,
    coches       jsonb,                                           -- null until they agreed
    choix        text,
    bonus        int    not null default 0 constraint un_bonus_accorde_plausible check (bonus between 0 and 20),
    contenu      jsonb  not null default '{}',                    -- of the fiche: fields, situations, appreciations
    note         int constraint une_note_sur_vingt check (note between 0 and 2000),   -- hundredths of a point
    verrouillee_le  timestamptz,
    verrouillee_par bigint,
    noms         text[] not null default '{}',                    -- of the members, as they were when it was locked
    version      bigint not null,
    primary key (etablissement_id, promotion_id, etudiant_id, epreuve),
    constraint un_verrou_a_un_auteur check ((verrouillee_le is null) = (verrouillee_par is null)),
    constraint rien_de_verrouille_sans_note check (verrouillee_le is null or note is not null),
    foreign key (etablissement_id, promotion_id, etudiant_id, epreuve) references certification.candidat,
    foreign key (etablissement_id, verrouillee_par) references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.evaluation');
create function certification.rien_ne_change_sous_verrou() returns trigger language plpgsql as
$$ begin raise exception 'une évaluation verrouillée ne change pas' using errcode = 'LV003'; end $$;
create trigger rien_ne_change_sous_verrou before update on certification.evaluation
    for each row when (old.verrouillee_le is not null and new.verrouillee_le is not null)
    execute function certification.rien_ne_change_sous_verrou();

-- The day after which a fiche may be communicated, and whether the school shows an indicative mark: its own conversion.
create table certification.deliberation (
    etablissement_id bigint not null,
    promotion_id bigint not null,
    le           date,
    indicatif    jsonb,                                           -- degree -> hundredths; null: no such mark is shown
    version      bigint not null,
    primary key (etablissement_id, promotion_id),
    foreign key (etablissement_id, promotion_id) references livret.promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.deliberation');

create table certification.communication (
    etablissement_id bigint not null,
    version      bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    epreuve      text   not null,
    demandee_le  date   not null,
    remise_le    date   not null,
    moyen        text   not null constraint un_moyen_de_communication check (length(moyen) between 1 and 200),
    par          bigint not null,
    primary key (etablissement_id, version),
    foreign key (etablissement_id, promotion_id, etudiant_id, epreuve) references certification.evaluation,
    foreign key (etablissement_id, par) references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq),
    constraint une_demande_precede_la_remise check (demandee_le <= remise_le)
);
call livret.cloisonner('certification.communication');

-- Does whoever asks sit in the commission of this candidate? Did its examiners all hand in their grids? Is it locked?
create function certification.siege(ecole bigint, quelle bigint) returns boolean
language sql stable security definer set search_path = certification, livret, pg_temp as $$
    select exists (select from membre where etablissement_id = ecole and commission_id = quelle and personne_id = livret.moi())
$$;
create function certification.commission_de(ecole bigint, promo bigint, qui bigint, quoi text) returns bigint
language sql stable security definer set search_path = certification, livret, pg_temp as $$
    select commission_id from candidat
     where etablissement_id = ecole and promotion_id = promo and etudiant_id = qui and epreuve = quoi
$$;
create function certification.toutes_rendues(ecole bigint, promo bigint, qui bigint, quoi text) returns boolean
language sql stable security definer set search_path = certification, livret, pg_temp as $$
    select not exists (
        select from candidat c join membre m using (etablissement_id, commission_id)
          left join grille g on (g.etablissement_id, g.promotion_id, g.etudiant_id, g.epreuve, g.par)
                              = (c.etablissement_id, c.promotion_id, c.etudiant_id, c.epreuve, m.personne_id)
         where c.etablissement_id = ecole and c.promotion_id = promo and c.etudiant_id = qui and c.epreuve = quoi
           and m.examine and g.rendue_le is null)
$$;
create function certification.verrouillee(ecole bigint, promo bigint, qui bigint, quoi text) returns boolean
language sql stable security definer set search_path = certification, livret, pg_temp as $$
    select exists (select from evaluation
                    where etablissement_id = ecole and promotion_id = promo and etudiant_id = qui and epreuve = quoi
                      and verrouillee_le is not null)
$$;
-- Candidates of a commission who have a grid or a fiche already, and whose: that there is one, not what it says.
create function certification.engages(quelle bigint) returns table (etudiant_id bigint, par bigint)
language sql stable security definer set search_path = certification, livret, pg_temp as $$
    select g.etudiant_id, g.par from candidat c join grille g using (etablissement_id, promotion_id, etudiant_id, epreuve)
     where c.etablissement_id = livret.ici() and c.commission_id = quelle
    union all
    select v.etudiant_id, null from candidat c join evaluation v using (etablissement_id, promotion_id, etudiant_id, epreuve)
     where c.etablissement_id = livret.ici() and c.commission_id = quelle
$$;
-- Once locked, the coordonnateur and the jury of the promotion read it too.
create function certification.preside(ecole bigint, promo bigint) returns boolean
language sql stable security definer set search_path = livret, pg_temp as $$
    select exists (select from mandat where etablissement_id = ecole and promotion_id = promo and jury_id = livret.moi())
        or exists (select from suivi where etablissement_id = ecole and promotion_id = promo and enseignant_id = livret.moi()
                      and coordonne and du <= livret.jour() and (au is null or livret.jour() <= au))
$$;
do $$
declare
    fonction text;
begin
    foreach fonction in array array['siege(bigint, bigint)', 'commission_de(bigint, bigint, bigint, text)',
            'toutes_rendues(bigint, bigint, bigint, text)', 'verrouillee(bigint, bigint, bigint, text)',
            'preside(bigint, bigint)', 'engages(bigint)'] loop
        execute format('revoke execute on function certification.%s from public', fonction);
        execute format('grant execute on function certification.%s to livret_enseignant, livret_jury', fonction);
    end loop;
end $$;

-- Mine while I tick; those of my commission once all are handed in; all once locked, for who presides.
create policy chacun_la_sienne on certification.grille as restrictive for select
    using (par = livret.moi()
           or certification.siege(etablissement_id,
                  certification.commission_de(etablissement_id, promotion_id, etudiant_id, epreuve))
              and certification.toutes_rendues(etablissement_id, promotion_id, etudiant_id, epreuve)
           or certification.verrouillee(etablissement_id, promotion_id, etudiant_id, epreuve)
              and certification.preside(etablissement_id, promotion_id));
create policy en_son_nom on certification.grille as restrictive for insert
    with check (par = livret.moi()
                and certification.siege(etablissement_id,
                        certification.commission_de(etablissement_id, promotion_id, etudiant_id, epreuve)));
create policy la_sienne on certification.grille as restrictive for update using (par = livret.moi()) with check (par = livret.moi());

create policy a_la_commission on certification.evaluation as restrictive for select
    using (certification.siege(etablissement_id,
               certification.commission_de(etablissement_id, promotion_id, etudiant_id, epreuve))
           or verrouillee_le is not null and certification.preside(etablissement_id, promotion_id));
create policy qui_siege_ecrit on certification.evaluation as restrictive for insert
    with check (certification.siege(etablissement_id,
                    certification.commission_de(etablissement_id, promotion_id, etudiant_id, epreuve)));
create policy qui_siege_corrige on certification.evaluation as restrictive for update
    using (certification.siege(etablissement_id,
               certification.commission_de(etablissement_id, promotion_id, etudiant_id, epreuve))
           or verrouillee_le is not null and certification.preside(etablissement_id, promotion_id));
-- Nothing is communicated before the jury has deliberated, whatever the program says.
create policy apres_le_jury on certification.communication as restrictive for insert
    with check (par = livret.moi() and remise_le <= livret.jour()
                and exists (select from certification.deliberation d
                             where d.etablissement_id = communication.etablissement_id
                               and d.promotion_id = communication.promotion_id and d.le <= livret.jour()));

-- What an examiner ticked alone is read by nobody else in the journal either.
create policy secret_de_l_examen on livret.evenement as restrictive for select to livret_enseignant, livret_jury
    using (acteur_id = livret.moi()
           or genre not in ('cocher_grille', 'rendre_grille', 'accorder_grille', 'ecrire_evaluation'));
-- A member of the jury who examines writes her own lines, and no other act.
create policy ses_actes_d_examen on livret.evenement as restrictive for insert to livret_jury
    with check (acteur_id = livret.moi()
                and genre in ('cocher_grille', 'rendre_grille', 'accorder_grille', 'ecrire_evaluation',
                              'verrouiller_evaluation', 'rouvrir_evaluation'));
grant insert on livret.evenement to livret_jury;
grant update (seq, empreinte) on livret.tete to livret_jury;

grant select on certification.commission, certification.membre, certification.candidat, certification.passage,
                certification.grille, certification.evaluation, certification.deliberation
    to livret_enseignant, livret_jury;
grant select on certification.communication to livret_enseignant;
grant insert, update, delete on certification.membre, certification.candidat to livret_enseignant;
grant insert on certification.commission, certification.deliberation, certification.communication to livret_enseignant;
grant update (numero, version) on certification.commission to livret_enseignant;
grant delete on certification.commission to livret_enseignant;
grant update (le, indicatif, version) on certification.deliberation to livret_enseignant;
grant insert on certification.passage to livret_enseignant;
grant update (le, heure, salle, etat, version) on certification.passage to livret_enseignant;
grant insert on certification.grille, certification.evaluation to livret_enseignant, livret_jury;
grant update (coches, choix, bonus, rendue_le, version) on certification.grille to livret_enseignant, livret_jury;
grant update (coches, choix, bonus, contenu, note, verrouillee_le, verrouillee_par, noms, version)
    on certification.evaluation to livret_enseignant, livret_jury;
grant usage on all sequences in schema certification to livret_enseignant;
grant select on livret.mandat to livret_enseignant;                -- who may sit
grant select (etablissement_id, fiche_id, levee) on livret.fiche_remarque to livret_jury; -- sheets say how many are open
