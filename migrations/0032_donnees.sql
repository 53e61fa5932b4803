-- Personal data: what is known of a person, given to her; corrected when she asks; forgotten when its day has come.
set local search_path = livret, public;

-- What each table knows of people, as the program's own annotation says it: written at every start by the owner of the
-- database, from the text that the program holds. The functions below run what it says and nothing that somebody sends, so
-- that no transaction opened in somebody's name can read or forget through them anything else.
create table donnee (
    nom     text primary key,                                     -- schema.table
    rang    int    not null,                                      -- in the order of forgetting: before what it points to
    champs  text[] not null,                                      -- what is exported
    sujet   text,                                                 -- of whom a line speaks: $1 the school, $2 the person
    auteur  text,                                                 -- who acted
    visible text,                                                 -- what she may read herself, today
    secret  boolean not null,                                     -- of the exam
    perdu   text,                                                 -- what goes: $3 preuves, $4 situations, $5 files of hers alone
    vide    text                                                  -- what is emptied in a line that stays
);

-- How long a school keeps what it keeps: where it said nothing, what the product proposes.
create table conservation (
    etablissement_id bigint not null references etablissement,
    duree   text   not null,
    valeur  int    not null constraint une_duree_plausible check (valeur between 0 and 240),
    version bigint not null,
    primary key (etablissement_id, duree),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.conservation');
grant select on conservation to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur,
    livret_direction;
grant insert, update (valeur, version) on conservation to livret_administrateur;

-- What the register of processing says that only the school knows: who answers for it, whom to write to.
create table registre (
    etablissement_id bigint not null references etablissement,
    champ   text   not null constraint un_champ_du_registre check (length(champ) between 1 and 40),
    texte   text   not null constraint un_texte_du_registre check (length(texte) <= 500),
    version bigint not null,
    primary key (etablissement_id, champ),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.registre');
grant select on registre to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur,
    livret_direction;
grant insert, update (texte, version) on registre to livret_administrateur;

-- A dispute: nothing of this person is forgotten until its end.
create table conservation_judiciaire (
    etablissement_id bigint not null,
    conservation_judiciaire_id bigint generated always as identity,
    personne_id bigint not null,
    motif      text   not null constraint un_motif_de_conservation check (length(motif) between 1 and 1000),
    jusqu_au   date   not null,
    posee_le   timestamptz not null,
    par        bigint not null,
    levee_le   timestamptz,
    levee_par  bigint,
    version    bigint not null,
    primary key (etablissement_id, conservation_judiciaire_id),
    constraint une_conservation_par_numero unique (conservation_judiciaire_id),
    foreign key (etablissement_id, personne_id) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, par)         references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, levee_par)   references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)     references evenement (etablissement_id, seq),
    constraint une_levee_est_entiere check ((levee_le is null) = (levee_par is null))
);
create unique index une_conservation_a_la_fois on conservation_judiciaire (etablissement_id, personne_id) where levee_le is null;
call livret.cloisonner('livret.conservation_judiciaire');
grant select, insert on conservation_judiciaire to livret_administrateur;
grant update (levee_le, levee_par, version) on conservation_judiciaire to livret_administrateur;

-- « This is wrong »: a person asks, somebody of the school answers, both see it.
create table rectification (
    etablissement_id bigint not null,
    rectification_id bigint generated always as identity,
    personne_id bigint not null,
    quoi        text   not null constraint une_donnee_nommee check (length(quoi) between 1 and 200),
    demande     text   not null constraint une_demande_de_rectification check (length(demande) between 1 and 2000),
    demandee_le timestamptz not null,
    limite      date   not null,                                  -- one month after
    etat        text   not null default 'attente' constraint un_etat_de_rectification
                       check (etat in ('attente', 'acceptee', 'refusee')),
    reponse     text   constraint une_reponse_de_rectification check (length(reponse) between 1 and 2000),
    par         bigint,
    repondue_le timestamptz,
    version     bigint not null,
    primary key (etablissement_id, rectification_id),
    constraint une_rectification_par_numero unique (rectification_id),
    foreign key (etablissement_id, personne_id) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, par)         references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)     references evenement (etablissement_id, seq),
    constraint une_reponse_est_entiere check ((etat = 'attente') = (par is null) and (par is null) = (reponse is null)
                                              and (par is null) = (repondue_le is null)),
    constraint qui_demande_une_rectification_n_y_repond_pas check (par is null or par <> personne_id)
);
create index on rectification (etablissement_id, personne_id);
call livret.cloisonner('livret.rectification');
call livret.reserver('livret.rectification', 'personne_id');
create policy les_miennes on rectification as restrictive to livret_jury, livret_direction
    using (personne_id = livret.moi());
create policy les_miennes_ou_gerees on rectification as restrictive to livret_enseignant
    using (personne_id = livret.moi() or exists (
        select from inscription i where i.etablissement_id = rectification.etablissement_id
                                    and i.etudiant_id = rectification.personne_id and livret.gere(i.promotion_id)));
create policy en_son_nom on rectification as restrictive for insert
    with check (personne_id = livret.moi() and etat = 'attente' and par is null);
create policy repondue_en_son_nom on rectification as restrictive for update
    using (etat = 'attente') with check (par = livret.moi());
grant select, insert on rectification to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur,
    livret_direction;
grant update (etat, reponse, par, repondue_le, version) on rectification to livret_enseignant, livret_administrateur;
grant usage on all sequences in schema livret to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur,
    livret_direction;
grant update (seq, empreinte) on tete to livret_jury, livret_direction;

-- So a student, and a member of a jury, write one more act in the journal, always in their own name.
do $$
declare
    p record;
begin
    for p in select polname, pg_get_expr(polwithcheck, polrelid) as dit from pg_policy
              where polrelid = 'livret.evenement'::regclass and polname in ('ses_actes_d_examen', 'les_siens_a_ecrire') loop
        execute format('alter policy %I on livret.evenement
            with check ((%s) or (acteur_id = livret.moi() and genre = ''demander_rectification''
                                 and (etudiant_id is null or etudiant_id = livret.moi())))', p.polname, p.dit);
    end loop;
end $$;

-- The direction too, and nothing else.
grant select, insert on evenement to livret_direction;
grant select on tete to livret_direction;
create policy les_siens_de_direction on evenement as restrictive to livret_direction
    using (acteur_id = livret.moi())
    with check (acteur_id = livret.moi() and genre = 'demander_rectification' and etudiant_id is null);

-- Who has no name any more. The number stays, the journal too; the list of erased lines is in the act that says so.
create table anonymisation (
    etablissement_id bigint not null,
    personne_id bigint not null,
    par         bigint not null,
    le          timestamptz not null,
    finie_le    timestamptz,                                      -- null while it is being done, in one transaction
    lignes      bigint not null default 0,                        -- of the journal: their content is gone
    mentions    bigint not null default 0,                        -- other lines where her name was replaced by her number
    comptes     jsonb  not null default '[]',                     -- what went, for the certificate
    temoin      bigint,                                           -- first line that was about her: it tells her from another
                                                                  -- to whom the number would have been given after a restore
    version     bigint,                                           -- the act
    primary key (etablissement_id, personne_id),
    foreign key (etablissement_id, personne_id) references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, par)         references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)     references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.anonymisation');
grant select, update (comptes, version) on anonymisation to livret_administrateur;

-- What is left of the levels of those who left: numbers, shown from five people on.
create table statistique (
    etablissement_id bigint not null,
    promotion_id bigint not null,
    edition_id   uuid   not null,
    code         text   not null,
    niveau       text   not null,
    nombre       int    not null,
    primary key (etablissement_id, promotion_id, edition_id, code, niveau),
    foreign key (etablissement_id, promotion_id) references promotion (etablissement_id, promotion_id),
    foreign key (edition_id, niveau) references niveau (edition_id, code)
);
call livret.cloisonner('livret.statistique');
grant select on statistique to livret_administrateur;

-- The journal does not change, but for one thing: while the anonymisation of somebody is being done, a line may lose its salt
-- and what it said. Its place, its author's number and its seals stay, so that the chain still verifies.
create or replace function le_journal_ne_change_pas() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.sel is null
       and (new.etablissement_id, new.seq, new.le, new.acteur_id, new.genre, new.cle)
           = (old.etablissement_id, old.seq, old.le, old.acteur_id, old.genre, old.cle)
       and (new.feuille, new.precedent, new.empreinte, new.cle_id, new.signature)
           = (old.feuille, old.precedent, old.empreinte, old.cle_id, old.signature)
       and exists (select from livret.anonymisation a
                    where a.etablissement_id = old.etablissement_id and a.finie_le is null
                      and a.personne_id = nullif(current_setting('livret.efface', true), '')::bigint) then
        return new;
    end if;
    raise exception 'le journal ne change pas' using errcode = 'LV001';
end $$;

-- ---- what is known of somebody

create function lignes_de(qui bigint, elle_meme boolean) returns table (nom text, ligne jsonb)
language plpgsql stable security definer set search_path = livret, pg_temp as $$
declare
    d donnee;
    delibere boolean := not elle_meme and not exists (
        select from inscription i left join certification.deliberation x using (etablissement_id, promotion_id)
         where i.etablissement_id = livret.ici() and i.etudiant_id = qui and (x.le is null or livret.jour() <= x.le));
begin
    for d in select * from donnee where donnee.sujet is not null and cardinality(donnee.champs) > 0
                                    and (delibere or not donnee.secret) order by donnee.nom loop
        return query execute format(
            'select %L::text, (select jsonb_object_agg(k, l.j -> k) from unnest($3) k)
               from %s t cross join lateral (select to_jsonb(t)) l(j)
              where (%s) and (not $4 or (%s))', d.nom, d.nom, d.sujet, coalesce(d.visible, 'true'))
            using livret.ici(), qui, d.champs, elle_meme;
    end loop;
end $$;

create function actes_de(qui bigint, tout boolean) returns table (nom text, nombre bigint)
language plpgsql stable security definer set search_path = livret, pg_temp as $$
declare
    d donnee;
begin
    for d in select * from donnee where donnee.auteur is not null and (tout or not donnee.secret) order by donnee.nom loop
        return query execute format('select %L::text, count(*) from %s t where t.etablissement_id = $1 and (%s) having count(*) > 0',
                                    d.nom, d.nom, d.auteur) using livret.ici(), qui;
    end loop;
end $$;

-- Of me, and of nobody else: no number comes from outside.
create function mes_lignes() returns table (nom text, ligne jsonb)
language sql stable security definer set search_path = livret, pg_temp as
$$ select * from livret.lignes_de(livret.moi(), true) $$;
create function mes_actes() returns table (nom text, nombre bigint)
language sql stable security definer set search_path = livret, pg_temp as
$$ select * from livret.actes_de(livret.moi(), current_setting('role') <> 'livret_etudiant') $$;

create function administre() returns void language plpgsql stable as $$
begin
    if current_setting('role') <> 'livret_administrateur' then
        raise exception 'un acte d’administrateur' using errcode = 'LV032';
    end if;
end $$;

-- Of somebody who asks on paper, for an administrator of her school: the act is in the journal.
create function lignes_d_une(qui bigint) returns table (nom text, ligne jsonb)
language plpgsql stable security definer set search_path = livret, pg_temp as $$
begin
    perform livret.administre();
    return query select * from livret.lignes_de(qui, false);
end $$;
create function actes_d_une(qui bigint) returns table (nom text, nombre bigint)
language plpgsql stable security definer set search_path = livret, pg_temp as $$
begin
    perform livret.administre();
    return query select * from livret.actes_de(qui, true);
end $$;

-- What else names her: how she signs in, where she is written to.
create function traces_de(qui bigint) returns setof text
language plpgsql stable security definer set search_path = livret, pg_temp as $$
begin
    perform livret.administre();
    return query
        select c.identifiant from acces.compte c where c.etablissement_id = livret.ici() and c.personne_id = qui
        union
        select x from abonnement a, unnest(array[a.adresse, a.voulue]) x
         where a.etablissement_id = livret.ici() and a.personne_id = qui and x is not null
        union
        select m.adresse from courriel m
         where m.etablissement_id = livret.ici() and m.personne_id = qui and m.adresse is not null
        union
        select t.mel from tuteur t where t.etablissement_id = livret.ici() and t.tuteur_id = qui and t.mel <> '';
end $$;

-- ---- what is due

-- The promotion that a student's results belong to: the last one that she prepared.
create function derniere_promotion(qui bigint) returns bigint
language sql stable security definer set search_path = livret, pg_temp as $$
    select i.promotion_id from inscription i join promotion p using (etablissement_id, promotion_id)
     where i.etablissement_id = livret.ici() and i.etudiant_id = qui
     order by p.annee_examen desc, i.du desc limit 1
$$;

-- By promotion: the day of the results if it is known, how many livrets are left, how many are held back, how many accounts
-- are open.
create function echeancier() returns table (promotion_id bigint, nom text, annee_examen int, resultats date, livrets bigint,
                                            retenus bigint, comptes bigint)
language plpgsql stable security definer set search_path = livret, pg_temp as $$
begin
    perform livret.administre();
    return query
        select p.promotion_id, p.nom, p.annee_examen, d.le, count(e.etudiant_id),
               count(e.etudiant_id) filter (where exists (
                   select from conservation_judiciaire k where k.etablissement_id = p.etablissement_id
                      and k.personne_id = e.etudiant_id and k.levee_le is null and livret.jour() <= k.jusqu_au)),
               count(e.etudiant_id) filter (where exists (
                   select from acces.compte c where c.etablissement_id = p.etablissement_id
                      and c.personne_id = e.etudiant_id and c.ferme_le is null))
          from promotion p
          left join certification.deliberation d using (etablissement_id, promotion_id)
          left join (select distinct i.etablissement_id, i.promotion_id, i.etudiant_id from inscription i
                      where i.etablissement_id = livret.ici() and livret.derniere_promotion(i.etudiant_id) = i.promotion_id
                        and not exists (select from anonymisation a where a.etablissement_id = i.etablissement_id
                                                                      and a.personne_id = i.etudiant_id)) e
                 using (etablissement_id, promotion_id)
         where p.etablissement_id = livret.ici()
         group by p.promotion_id, p.nom, p.annee_examen, d.le
         order by p.annee_examen, p.nom;
end $$;

-- The accounts of the students whose last promotion this is are closed, and their sessions with them.
create function fermer_comptes(promotion bigint, maintenant timestamptz) returns bigint
language plpgsql volatile security definer set search_path = livret, pg_temp as $$
declare
    fermes bigint[];
begin
    perform livret.administre();
    with f as (update acces.compte c set ferme_le = maintenant
                where c.etablissement_id = livret.ici() and c.ferme_le is null
                  and livret.derniere_promotion(c.personne_id) = promotion
               returning c.compte_id)
    select coalesce(array_agg(compte_id), '{}') into fermes from f;
    update acces.session set fermee_le = maintenant where compte_id = any (fermes) and fermee_le is null;
    return cardinality(fermes);
end $$;

-- ---- forgetting

-- Texts of a value, at any depth, without what names her.
create function sans(valeur jsonb, motif text, mot text) returns jsonb language sql immutable as $$
    select case jsonb_typeof(valeur)
        when 'string' then to_jsonb(regexp_replace(valeur #>> '{}', motif, mot, 'g'))
        when 'array'  then (select coalesce(jsonb_agg(livret.sans(v, motif, mot) order by n), '[]')
                              from jsonb_array_elements(valeur) with ordinality as e(v, n))
        when 'object' then (select coalesce(jsonb_object_agg(k, livret.sans(v, motif, mot)), '{}') from jsonb_each(valeur) as e(k, v))
        else valeur end
$$;

-- The columns of a school where somebody may have written a name.
create view colonne_de_texte as
select n.nspname || '.' || c.relname as nom, a.attname::text as colonne,
       case a.atttypid when 'jsonb'::regtype then 'jsonb' when 'text[]'::regtype then 'liste' else 'texte' end as genre
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
  join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('livret', 'certification')
 where a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
   and a.atttypid in ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
   and exists (select from pg_attribute e where e.attrelid = c.oid and e.attname = 'etablissement_id')
   -- names of others, and the journal and the locked papers of the exam of others, which have their own rules
   and (n.nspname || '.' || c.relname) not in ('livret.personne', 'livret.etablissement', 'livret.evenement',
                                               'certification.grille', 'certification.evaluation');

-- Forgets a person, or says what would go. `motif`: what names her, as a regular expression; « mot » takes its place in
-- what others wrote. Answers with what went, the lines of the journal, and the bytes to be taken out of the store.
create function effacer(qui bigint, motif text, mot text, maintenant timestamptz, pour_de_bon boolean)
returns table (quoi text, nom text, nombre bigint)
language plpgsql volatile security definer set search_path = livret, pg_temp as $$
declare
    ecole bigint := livret.ici();
    d record;
    n bigint;
    preuves bigint[]; situations bigint[]; fichiers bigint[]; tuteurs bigint[]; promotions bigint[];
    effacees bigint[]; mentionnees bigint[];
begin
    perform livret.administre();
    if not exists (select from personne p where p.etablissement_id = ecole and p.personne_id = qui) then
        raise exception 'aucune personne de ce numéro' using errcode = 'LV032';
    end if;
    if pour_de_bon then
        if exists (select from conservation_judiciaire k where k.etablissement_id = ecole and k.personne_id = qui
                                                           and k.levee_le is null and livret.jour() <= k.jusqu_au) then
            raise exception 'conservée pour un recours' using errcode = 'LV032', constraint = 'une_conservation_retient';
        end if;
        if exists (select from certification.archive a where a.etablissement_id = ecole and a.etudiant_id = qui
                                                         and a.detruite_le is null) then
            raise exception 'archivée pour le jury' using errcode = 'LV032', constraint = 'une_archive_retient';
        end if;
        insert into anonymisation (etablissement_id, personne_id, par, le) values (ecole, qui, livret.moi(), maintenant);
        perform set_config('livret.efface', qui::text, true);
    end if;

    -- What is hers alone: a preuve of a team stays to the others.
    select coalesce(array_agg(x.preuve_id), '{}') into preuves from (
        select pe.preuve_id from preuve_etudiant pe where pe.etablissement_id = ecole
         group by pe.preuve_id having bool_and(pe.etudiant_id = qui)
        union
        select p.preuve_id from preuve p where p.etablissement_id = ecole and p.par = qui
           and not exists (select from preuve_etudiant pe where pe.etablissement_id = ecole and pe.preuve_id = p.preuve_id)) x;
    select coalesce(array_agg(s.situation_id), '{}') into situations from situation s
     where s.etablissement_id = ecole and s.etudiant_id = qui
       and not exists (select from preuve p where p.etablissement_id = ecole and p.situation_id = s.situation_id
                                              and p.preuve_id <> all (preuves))
       and not exists (select from positionnement q where q.etablissement_id = ecole and q.situation_id = s.situation_id
                                                      and q.etudiant_id <> qui);
    select coalesce(array_agg(f.fichier_id), '{}') into fichiers from fichier f
     where f.etablissement_id = ecole
       and (f.preuve_id = any (preuves) or (f.par = qui and f.preuve_id is null and livret.est_etudiant(ecole, qui))
            or exists (select from piece a where a.etablissement_id = ecole and a.fichier_id = f.fichier_id and a.etudiant_id = qui)
            or exists (select from fiche_annexe a where a.etablissement_id = ecole and a.fichier_id = f.fichier_id
                                                    and a.etudiant_id = qui));
    select coalesce(array_agg(distinct p.tuteur_id), '{}') into tuteurs from periode p
     where p.etablissement_id = ecole and p.etudiant_id = qui and p.tuteur_id is not null
       and not exists (select from periode o where o.etablissement_id = ecole and o.tuteur_id = p.tuteur_id and o.etudiant_id <> qui);
    select coalesce(array_agg(distinct i.promotion_id), '{}') into promotions from inscription i
     where i.etablissement_id = ecole and i.etudiant_id = qui;

    return query
        select distinct 'octets', encode(x, 'hex'), 1::bigint from fichier f, unnest(array[f.empreinte, f.vignette]) x
         where f.etablissement_id = ecole and f.fichier_id = any (fichiers) and x is not null;

    if pour_de_bon then
        insert into statistique as s (etablissement_id, promotion_id, edition_id, code, niveau, nombre)
        select ecole, livret.derniere_promotion(qui), v.edition_id, v.code, v.niveau, 1 from validation v
         where v.etablissement_id = ecole and v.etudiant_id = qui and v.niveau is not null
            on conflict (etablissement_id, promotion_id, edition_id, code, niveau) do update set nombre = s.nombre + 1;
        delete from acces.essai e using acces.compte c
         where c.etablissement_id = ecole and c.personne_id = qui and e.identifiant = sha256(convert_to(c.identifiant, 'UTF8'));
        -- Dossiers made for the jury that hold hers: swept like those whose hours have passed.
        update certification.tirage t set fini_le = to_timestamp(0), etat = case when t.etat = 'en_cours' then 'annule' else t.etat end
         where t.etablissement_id = ecole and t.promotion_id = any (promotions) and (t.lieu is not null or t.etat = 'en_cours');
        update certification.scelle s set fichier = ''
         where s.etablissement_id = ecole and s.promotion_id = any (promotions) and s.etudiant_id is null;
    end if;

    for d in select x.nom as t, x.perdu as cond, x.rang from donnee x where x.perdu is not null order by x.rang loop
        if pour_de_bon then
            execute format('delete from %s t where %s', d.t, d.cond) using ecole, qui, preuves, situations, fichiers;
            get diagnostics n = row_count;
        else
            execute format('select count(*) from %s t where %s', d.t, d.cond) into n using ecole, qui, preuves, situations, fichiers;
        end if;
        if n > 0 then return query select 'supprime', d.t, n; end if;
    end loop;
    for d in select x.nom as t, x.sujet as cond, x.vide as dit from donnee x where x.vide is not null order by x.rang loop
        if pour_de_bon then
            execute format('update %s t set %s where %s', d.t, d.dit, d.cond) using ecole, qui;
            get diagnostics n = row_count;
        else
            execute format('select count(*) from %s t where %s', d.t, d.cond) into n using ecole, qui;
        end if;
        if n > 0 then return query select 'vide', d.t, n; end if;
    end loop;
    if cardinality(tuteurs) > 0 then
        if pour_de_bon then
            update personne p set civilite = null, nom = 'Personne', prenom = 'n° ' || p.personne_id
             where p.etablissement_id = ecole and p.personne_id = any (tuteurs);
            update tuteur t set fonction = '', mel = '', telephone = ''
             where t.etablissement_id = ecole and t.tuteur_id = any (tuteurs);
        end if;
        return query select 'vide', 'livret.tuteur', cardinality(tuteurs)::bigint;
    end if;

    -- The journal: what is about her, and what she did as a student, but for what the others of a team still read.
    with visees as (
        select e.seq from evenement e
         where e.etablissement_id = ecole and e.sel is not null
           and (e.etudiant_id = qui or (e.acteur_id = qui and e.etudiant_id is null and livret.est_etudiant(ecole, qui)))
           and not (e.preuve_id is not null and e.preuve_id <> all (preuves) and e.genre in ('deposer_preuve', 'completer_preuve'))
           and not (e.situation_id is not null and e.situation_id <> all (situations)
                    and e.genre in ('ouvrir_situation', 'corriger_situation')
                    and exists (select from situation s where s.etablissement_id = ecole and s.situation_id = e.situation_id)))
    select coalesce(array_agg(seq order by seq), '{}') into effacees from visees;
    select coalesce(array_agg(e.seq order by e.seq), '{}') into mentionnees from evenement e
     where e.etablissement_id = ecole and motif <> '' and e.seq <> all (effacees) and e.contenu::text ~ motif;
    if pour_de_bon then
        update evenement e set etudiant_id = null, edition_id = null, code = null, situation_id = null, preuve_id = null,
                               de = null, vers = null, vecu_le = null, contenu = '{}', sel = null
         where e.etablissement_id = ecole and e.seq = any (effacees);
        update evenement e set contenu = livret.sans(e.contenu, motif, mot), sel = null
         where e.etablissement_id = ecole and e.seq = any (mentionnees);
    end if;
    return query select 'effacees', array_to_string(effacees, ','), cardinality(effacees)::bigint;
    return query select 'mentionnees', array_to_string(mentionnees, ','), cardinality(mentionnees)::bigint;

    -- What others wrote.
    for d in select c.nom as t, c.colonne as col, c.genre as g from colonne_de_texte c where motif <> '' loop
        if not pour_de_bon then
            execute format('select count(*) from %s t where t.etablissement_id = $1 and t.%I::text ~ $2', d.t, d.col)
               into n using ecole, motif;
        else
            execute format('update %s t set %I = %s where t.etablissement_id = $1 and t.%I::text ~ $2', d.t, d.col,
                           case d.g when 'jsonb' then format('livret.sans(t.%I, $2, $3)', d.col)
                                    when 'liste' then format('array(select regexp_replace(x, $2, $3, ''g'') from unnest(t.%I) x)', d.col)
                                    else format('regexp_replace(t.%I, $2, $3, ''g'')', d.col) end, d.col)
              using ecole, motif, mot;
            get diagnostics n = row_count;
        end if;
        if n > 0 then return query select 'mention', d.t, n; end if;
    end loop;

    if pour_de_bon then
        update anonymisation a set finie_le = maintenant, lignes = cardinality(effacees), mentions = cardinality(mentionnees), temoin = effacees[1]
         where a.etablissement_id = ecole and a.personne_id = qui;
        perform set_config('livret.efface', '', true);
    end if;
end $$;

-- Where, in what others wrote, she is named: read before it is decided.
create function extraits(qui bigint, motif text) returns table (nom text, extrait text)
language plpgsql stable security definer set search_path = livret, pg_temp as $$
declare
    d record;
    condition text;
begin
    perform livret.administre();
    if motif = '' then return; end if;
    for d in select c.nom as t, c.colonne as col from colonne_de_texte c order by 1, 2 loop
        select coalesce(x.sujet, 'false') into condition from donnee x where x.nom = d.t;
        return query execute format(
            'select %L::text, substring(t.%I::text from ''.{0,60}(?:'' || $3 || '').{0,60}'')
               from %s t where t.etablissement_id = $1 and t.%I::text ~ $3 and not coalesce((%s), false) and $2 > 0 limit 20',
            d.t, d.col, d.t, d.col, coalesce(condition, 'false')) using livret.ici(), qui, motif;
    end loop;
end $$;

-- What has to be forgotten again after a restore, kept outside of the database: every school's list, without a name.
create function acces.effacements() returns table (uai text, personne_id bigint, par bigint, le timestamptz, temoin bigint, empreinte text)
language sql stable security definer set search_path = livret, pg_temp as $$
    select e.uai, a.personne_id, a.par, a.le, a.temoin, encode(v.empreinte, 'hex')
      from anonymisation a
      join etablissement e using (etablissement_id)
      left join evenement v on v.etablissement_id = a.etablissement_id and v.seq = a.temoin
     where a.finie_le is not null
     order by e.uai, a.personne_id
$$;

-- Whether that person is named again here: « oui »; « douteux » when nothing proves that the number is still hers.
create function acces.renommee(code text, qui bigint, ligne bigint, sceau text) returns table (ecole bigint, jour_ici date, dit text)
language sql stable security definer set search_path = livret, pg_temp as $$
    select e.etablissement_id, (now() at time zone e.fuseau)::date,
           case when exists (select from evenement v where v.etablissement_id = e.etablissement_id and v.seq = ligne
                                                       and encode(v.empreinte, 'hex') = sceau) then 'oui' else 'douteux' end
      from etablissement e
      join personne p on p.etablissement_id = e.etablissement_id and p.personne_id = qui
     where e.uai = code
       and not exists (select from anonymisation a where a.etablissement_id = e.etablissement_id and a.personne_id = qui)
$$;

revoke execute on function lignes_de, actes_de, mes_lignes, mes_actes, administre, lignes_d_une, actes_d_une, traces_de,
                           derniere_promotion, echeancier, fermer_comptes, sans, effacer, extraits, acces.effacements, acces.renommee from public;
grant execute on function mes_lignes, mes_actes to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur,
    livret_direction;
grant execute on function lignes_d_une, actes_d_une, traces_de, echeancier, fermer_comptes, effacer, extraits, derniere_promotion
    to livret_administrateur;
grant execute on function acces.effacements, acces.renommee to livret_app;
