-- The student asks that a preuve be judged; a teacher answers with levels, asks for more, or refuses with a reason.
set local search_path = livret, public;

create table demande (
    etablissement_id bigint not null,
    demande_id   bigint generated always as identity,
    promotion_id bigint not null,
    etudiant_id  bigint not null,
    preuve_id    bigint not null,
    etat         text   not null default 'attente'
                        constraint un_etat_de_demande check (etat in ('attente', 'validee', 'complement', 'refusee', 'retiree')),
    demandee_le  timestamptz not null,
    par          bigint,                                          -- who ended it: a teacher, or herself
    repondue_le  timestamptz,
    motif        text   not null default '' constraint un_motif_bref check (length(motif) <= 2000),
    version      bigint not null,                                 -- seq of the event that wrote it
    primary key (etablissement_id, demande_id),
    constraint une_demande_par_numero unique (demande_id),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, preuve_id, etudiant_id) references preuve_etudiant,
    foreign key (etablissement_id, par)          references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)      references evenement (etablissement_id, seq),
    constraint une_reponse_est_de_quelqu_un check ((etat = 'attente') = (par is null)),
    constraint un_refus_a_son_motif check (etat not in ('complement', 'refusee') or motif <> '')
);
create unique index une_demande_ouverte_par_preuve on demande (etablissement_id, preuve_id, etudiant_id)
    where etat = 'attente';
create index on demande (etablissement_id, promotion_id, demandee_le) where etat = 'attente';
create index on demande (etablissement_id, etudiant_id, demandee_le);
call livret.cloisonner('livret.demande');
call livret.reserver('livret.demande');

create table demande_ligne (                                      -- what is asked, with where she thinks she stands
    etablissement_id bigint not null,
    demande_id bigint not null,
    edition_id uuid   not null,
    code       text   not null,
    niveau     text,                                              -- her own level: beside the team's, never merged
    pourquoi   text   not null default '' constraint un_pourquoi_bref check (length(pourquoi) <= 500),
    primary key (etablissement_id, demande_id, edition_id, code),
    foreign key (etablissement_id, demande_id) references demande (etablissement_id, demande_id),
    foreign key (edition_id, code)   references sous_competence,
    foreign key (edition_id, niveau) references niveau (edition_id, code)
);
call livret.cloisonner('livret.demande_ligne');
create policy les_siennes on demande_ligne as restrictive to livret_etudiant using (
    exists (select from demande d where d.etablissement_id = demande_ligne.etablissement_id
                                    and d.demande_id = demande_ligne.demande_id));

create table phrase (                                             -- what one teacher often answers
    etablissement_id bigint not null,
    phrase_id     bigint generated always as identity,
    enseignant_id bigint not null,
    texte         text   not null constraint une_phrase_breve check (length(texte) between 1 and 300),
    primary key (etablissement_id, phrase_id),
    foreign key (etablissement_id, enseignant_id) references personne (etablissement_id, personne_id),
    constraint une_phrase_une_fois unique (etablissement_id, enseignant_id, texte)
);
call livret.cloisonner('livret.phrase');

grant select, insert on demande, demande_ligne to livret_etudiant;
grant update (etat, par, repondue_le, version) on demande to livret_etudiant;
grant select on demande, demande_ligne to livret_enseignant;
grant update (etat, par, repondue_le, motif, version) on demande to livret_enseignant;
grant select, insert, delete on phrase to livret_enseignant;

-- Searching without accents, with the French endings taken off. No extension: this much is enough, and immutable.
create function livret.plier(texte text) returns text language sql immutable parallel safe as
$$ select replace(replace(translate(lower(texte), 'àâäáãåçéèêëíìîïóòôöõúùûüÿñ’', 'aaaaaaceeeeiiiiooooouuuuyn'''),
                          'œ', 'oe'), 'æ', 'ae') $$;
alter table preuve add column recherche tsvector
    generated always as (to_tsvector('french', livret.plier(titre || ' ' || texte))) stored;
create index on preuve using gin (recherche);

grant usage on all sequences in schema livret to livret_enseignant, livret_etudiant, livret_administrateur;
