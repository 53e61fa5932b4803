-- How the level of a sous-compétence is proposed from what was judged: the rule that a promotion chose. A choice is
-- added to the former ones; the latest is in force. It changes no judgement.
set local search_path = livret, public;

create table regle (
    etablissement_id bigint not null,
    promotion_id bigint not null,
    regle        text   not null constraint une_regle_connue
                        check (regle in ('derniere', 'ponderees', 'majorite', 'meilleure')),
    n            int    constraint un_nombre_de_situations check (n between 1 and 20),
    fraicheur    int    not null constraint une_fraicheur_plausible check (fraicheur between 1 and 60), -- months
    par          bigint not null,
    choisie_le   timestamptz not null,
    version      bigint not null,                                 -- seq of the event that chose it
    primary key (etablissement_id, promotion_id, version),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, par)          references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)      references evenement (etablissement_id, seq),
    constraint un_nombre_quand_la_regle_en_veut check ((regle in ('majorite', 'meilleure')) = (n is not null))
);
call livret.cloisonner('livret.regle');

create table regle_defaut (                                       -- in force where nothing was chosen yet
    regle     text not null,
    n         int,
    fraicheur int  not null
);
create unique index une_seule_regle_par_defaut on regle_defaut ((true));
insert into regle_defaut values ('derniere', null, 6);

grant select on regle, regle_defaut to livret_enseignant, livret_etudiant, livret_jury;
grant insert on regle to livret_enseignant;                       -- never updated, never deleted
