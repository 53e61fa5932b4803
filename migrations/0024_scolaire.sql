-- The livret scolaire: averages, appréciations and the avis of the council, as the jury of deliberation reads them. It is of
-- the exam, so it lives where a student's transaction cannot even look: the avis is the council's, and it is the school that
-- hands the livret over, on paper, when the council has spoken. No right is granted to students in this version, and the
-- acts are lines of the journal that name no student as such. The INSEE number of the official workbook is stored nowhere.
create table certification.scolaire (                             -- how a promotion's is kept
    etablissement_id bigint not null,
    promotion_id bigint not null,
    decoupage    text   not null constraint un_decoupage check (decoupage in ('semestre', 'trimestre')),
    sessions     jsonb  not null default '[]' constraint cinq_sessions_au_plus
                        check (jsonb_typeof(sessions) = 'array' and jsonb_array_length(sessions) <= 5),
    arrete_le    timestamptz,                                     -- nothing is written while it is
    arrete_par   bigint,
    version      bigint not null,                                 -- seq of the event that said it last
    primary key (etablissement_id, promotion_id),
    foreign key (etablissement_id, promotion_id) references livret.promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, arrete_par)   references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)      references livret.evenement (etablissement_id, seq),
    constraint un_arrete_a_son_auteur check ((arrete_le is null) = (arrete_par is null))
);
call livret.cloisonner('certification.scolaire');

create table certification.scolaire_bulletin (                    -- what an enseignement says of a student
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    enseignement text   not null constraint un_enseignement check (enseignement ~ '^[A-Z0-9]{1,8}$'),
    moyennes     int[]  not null constraint six_moyennes_sur_vingt     -- hundredths; three a year, null: not said
                        check (cardinality(moyennes) = 6 and 0 <= all (array_remove(moyennes, null))
                                                         and 2000 >= all (array_remove(moyennes, null))),
    appreciation text   not null default '' constraint une_appreciation check (length(appreciation) <= 400),
    version      bigint not null,
    primary key (etablissement_id, promotion_id, etudiant_id, enseignement),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.scolaire_bulletin');
call livret.reserver('certification.scolaire_bulletin');

create table certification.scolaire_conseil (                     -- what the last council said of her
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    avis         text   constraint un_avis_du_conseil check (avis ~ '^[a-z_]{1,30}$'),
    observations text   not null default '' constraint des_observations check (length(observations) <= 400),
    pix          boolean,                                         -- null: not said
    version      bigint not null,
    primary key (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.scolaire_conseil');
call livret.reserver('certification.scolaire_conseil');

create table certification.scolaire_candidat (                    -- what the head of the sheet asks of her
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    naissance    date,
    lieu         text   not null default '' constraint un_lieu_de_naissance check (length(lieu) <= 80),
    ine          text   constraint un_ine check (ine ~ '^[0-9A-Z]{11}$'),
    langue       text   not null default '' constraint une_langue_vivante check (length(langue) <= 40),
    version      bigint not null,
    primary key (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, version) references livret.evenement (etablissement_id, seq)
);
call livret.cloisonner('certification.scolaire_candidat');
call livret.reserver('certification.scolaire_candidat');

grant select, insert on certification.scolaire, certification.scolaire_bulletin, certification.scolaire_conseil,
                        certification.scolaire_candidat to livret_enseignant;
grant update (decoupage, sessions, arrete_le, arrete_par, version) on certification.scolaire to livret_enseignant;
grant update (moyennes, appreciation, version) on certification.scolaire_bulletin to livret_enseignant;
grant update (avis, observations, pix, version) on certification.scolaire_conseil to livret_enseignant;
grant update (naissance, lieu, ine, langue, version) on certification.scolaire_candidat to livret_enseignant;
-- The jury of deliberation reads the whole sheet, its head included.
grant select on certification.scolaire, certification.scolaire_bulletin, certification.scolaire_conseil,
                certification.scolaire_candidat to livret_jury;
