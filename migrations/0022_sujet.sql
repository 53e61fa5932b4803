-- The subjects of the simulation: prepared by teachers for each candidate, unknown to students until they are handed over.
-- They belong to the exam: a student's transaction cannot even name this schema. Their acts are lines of the journal that
-- name no student, for she reads those that name her.
create table certification.sujet (
    etablissement_id bigint not null,
    sujet_id     bigint generated always as identity,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    epreuve      text   not null constraint une_epreuve_de_sujet check (epreuve ~ '^[A-Z0-9]{1,8}$'),
    fiche_id     bigint not null,                                 -- the sheet that it varies
    commission   text   not null default '' constraint une_commission_de_sujet check (length(commission) <= 40),
    le           date,
    contenu      jsonb  not null,                                 -- paper -> rubric -> what it says
    version      bigint not null,                                 -- seq of the event that said it last
    primary key (etablissement_id, sujet_id),
    constraint un_sujet_par_numero unique (sujet_id),
    constraint un_sujet_par_candidat unique (etablissement_id, promotion_id, etudiant_id, epreuve),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, fiche_id) references livret.fiche (etablissement_id, fiche_id),
    foreign key (etablissement_id, version)  references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.sujet');

create table certification.variante (                             -- the school's own bank
    etablissement_id bigint not null,
    variante_id bigint generated always as identity,
    epreuve     text   not null,
    rubrique    text   not null constraint une_rubrique_de_variante check (rubrique ~ '^[a-z_]{1,30}$'),
    nature      text   constraint une_nature_de_variante check (nature ~ '^[a-z_]{1,30}$'),   -- null: of all
    texte       text   not null constraint un_texte_de_variante check (length(texte) between 1 and 1000),
    retiree     boolean not null default false,
    version     bigint not null,
    primary key (etablissement_id, variante_id),
    constraint une_variante_par_numero unique (variante_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
create unique index une_variante_une_fois
    on certification.variante (etablissement_id, epreuve, rubrique, coalesce(nature, ''), texte) where not retiree;
call livret.cloisonner('certification.variante');

grant select, insert on certification.sujet, certification.variante to livret_enseignant;
grant update (fiche_id, commission, le, contenu, version) on certification.sujet to livret_enseignant;
grant update (retiree, version) on certification.variante to livret_enseignant;
grant usage on all sequences in schema certification to livret_enseignant;
