-- Sealed documents: what left the house with its signature, what replaced it, what was taken back. Some of them speak of the
-- exam, so that their very existence is the exam's: a student's transaction cannot name this schema, and the lines of the
-- journal about them name no student.
create table certification.scelle (
    etablissement_id bigint not null,
    id           text   not null constraint un_numero_de_scelle check (id ~ '^[0-9a-f]{32}$'),
    promotion_id bigint not null,
    etudiant_id  bigint,                                          -- null: of the whole promotion
    genre        text   not null constraint un_genre_de_scelle
                        check (genre in ('synthese', 'dossier', 'livret_scolaire', 'fiche_evaluation', 'archive')),
    titre        text   not null constraint un_titre_de_scelle check (length(titre) between 1 and 200),
    fond         bytea  not null constraint un_fond_de_scelle check (length(fond) = 32),        -- what it says, its number and dates aside
    empreinte    bytea  not null constraint une_empreinte_de_scelle check (length(empreinte) = 32),
    fichier      text   not null,                                 -- as it was signed: the same content is given out again
    emis_le      timestamptz not null,
    par          bigint not null,
    version      bigint not null,                                 -- line of the journal that says it was issued
    remplace_le  timestamptz,
    remplace_par text,
    revoque_le   timestamptz,
    revoque_par  bigint,
    motif        text   constraint un_motif_de_revocation check (length(motif) between 1 and 1000),
    revoque_version bigint,
    primary key (etablissement_id, id),
    constraint un_scelle_par_numero unique (id),
    foreign key (etablissement_id, promotion_id, etudiant_id)
        references livret.inscription (etablissement_id, promotion_id, etudiant_id),
    foreign key (etablissement_id, promotion_id) references livret.promotion (etablissement_id, promotion_id),
    foreign key (etablissement_id, par)             references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, revoque_par)     references livret.personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)         references livret.evenement (etablissement_id, seq),
    foreign key (etablissement_id, revoque_version) references livret.evenement (etablissement_id, seq),
    foreign key (etablissement_id, remplace_par)    references certification.scelle (etablissement_id, id) deferrable initially deferred,
    constraint un_remplacement_est_entier check ((remplace_le is null) = (remplace_par is null)),
    constraint une_revocation_est_entiere check ((revoque_le is null) = (revoque_par is null)
        and (revoque_le is null) = (motif is null) and (revoque_le is null) = (revoque_version is null))
);
create unique index un_scelle_en_vigueur
    on certification.scelle (etablissement_id, promotion_id, coalesce(etudiant_id, 0), genre, titre)
    where remplace_le is null and revoque_le is null;
call livret.cloisonner('certification.scelle');

-- Who prints seals: a teacher, a member of the jury. A teacher takes back.
grant select, insert on certification.scelle to livret_enseignant, livret_jury;
grant update (remplace_le, remplace_par) on certification.scelle to livret_enseignant, livret_jury;
grant update (revoque_le, revoque_par, motif, revoque_version) on certification.scelle to livret_enseignant;

-- So a member of the jury writes one more act in the journal, always in her own name.
grant insert on livret.evenement to livret_jury;
grant update (seq, empreinte) on livret.tete to livret_jury;
do $$
declare
    dit text;
begin
    for dit in select pg_get_expr(polwithcheck, polrelid) from pg_policy
                where polrelid = 'livret.evenement'::regclass and polname = 'ses_actes_d_examen' loop
        execute format('alter policy ses_actes_d_examen on livret.evenement
            with check ((%s) or (acteur_id = livret.moi() and genre = ''sceller''))', dit);
    end loop;
end $$;

-- What anybody may ask, with the number that only the document tells. The day is the school's.
create function acces.etat_scelle(numero text) returns table (etat text, le timestamptz, jour date)
language sql stable security definer set search_path = livret, pg_temp as $$
    select case when s.revoque_le is not null then 'revoque' when s.remplace_le is not null then 'remplace' else 'en_vigueur' end,
           coalesce(s.revoque_le, s.remplace_le), (coalesce(s.revoque_le, s.remplace_le) at time zone e.fuseau)::date
      from certification.scelle s join livret.etablissement e using (etablissement_id)
     where s.id = numero
$$;
revoke execute on function acces.etat_scelle from public;
grant execute on function acces.etat_scelle to livret_app;
