-- How each student sits the exam of her promotion, and until when each file may be handed in. What changed, when and by
-- whom is in the journal: these are its projections.
set local search_path = livret, public;

create table candidature (
    etablissement_id bigint not null,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    voie    text not null constraint une_voie check (voie ~ '^[a-z_]{1,30}$'), -- of the rules of the session
    numero  text constraint un_numero_de_candidat check (numero ~ '^[0-9A-Za-z-]{1,20}$'),
    version bigint not null,                                      -- seq of the event that said it last
    primary key (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, promotion_id, etudiant_id) references inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq),
    constraint un_numero_par_candidat unique (etablissement_id, promotion_id, numero)
                         deferrable initially deferred           -- two numbers may change hands in one form
);
call livret.cloisonner('livret.candidature');
call livret.reserver('livret.candidature');

create table echeance (                                           -- last day to hand in the file of an épreuve
    etablissement_id bigint not null,
    promotion_id bigint not null,
    epreuve text not null constraint une_epreuve check (epreuve ~ '^[A-Z0-9]{1,8}$'),
    le      date,                                                 -- null: not known any more
    version bigint not null,
    primary key (etablissement_id, promotion_id, epreuve),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.echeance');

grant select on candidature, echeance to livret_enseignant, livret_etudiant, livret_jury;
grant insert, update on candidature, echeance to livret_enseignant;
