-- Bringing people in from what the school already has. What was read waits here until she who reads it says « confirm »,
-- then it is forgotten; what was done can be undone for a week, then that is forgotten too.
set local search_path = livret, public;

create table etat_civil (                                         -- what tells two people of the same name apart
    etablissement_id bigint not null,
    personne_id bigint not null,
    nom_usage   text not null default '' constraint un_nom_d_usage check (length(nom_usage) <= 100),
    naissance   date,
    ine         text constraint un_ine check (ine ~ '^[0-9A-Z]{11}$'),
    primary key (etablissement_id, personne_id),
    constraint un_ine_par_personne unique (etablissement_id, ine),
    foreign key (etablissement_id, personne_id) references personne (etablissement_id, personne_id)
);
call livret.cloisonner('livret.etat_civil');
call livret.reserver('livret.etat_civil', 'personne_id');

create table identifiant_externe (                                -- who she is for another program, or on a row of a list
    etablissement_id bigint not null,
    personne_id bigint not null,
    source      text not null constraint une_source_d_identifiant check (source in ('siecle', 'sts', 'ent', 'tableau', 'liste')),
    valeur      text not null constraint une_valeur_d_identifiant check (length(valeur) between 1 and 100),
    primary key (etablissement_id, source, valeur),
    foreign key (etablissement_id, personne_id) references personne (etablissement_id, personne_id)
);
create index on identifiant_externe (etablissement_id, personne_id);
call livret.cloisonner('livret.identifiant_externe');
call livret.reserver('livret.identifiant_externe', 'personne_id');
-- Each reads her own; an administrator answers for all. A teacher's act reads them through the function below.
grant select on etat_civil, identifiant_externe to livret_etudiant, livret_administrateur;

create table import (
    etablissement_id bigint not null references etablissement,
    import_id   bigint generated always as identity,
    par_id      bigint not null,
    cle         uuid   not null,                                  -- idempotency key of the form that began it
    quoi        text   not null constraint un_genre_de_gens check (quoi in ('etudiant', 'enseignant')),
    source      text   not null constraint une_source_d_import check (source in ('collage', 'csv', 'classeur', 'siecle', 'sts')),
    nom         text   not null constraint un_nom_d_import check (length(nom) between 1 and 120),
    empreinte   bytea  not null,                                  -- SHA-256 of the bytes that came
    commence_le timestamptz not null,
    etat        text   not null default 'en_cours'
                constraint un_etat_d_import check (etat in ('en_cours', 'fini', 'annule', 'abandonne')),
    fini_le     timestamptz,
    lu          jsonb,                                            -- the rows, while it goes on
    choix       jsonb  not null default '{}',                     -- columns, classes, answers
    bilan       jsonb  not null default '{}',                     -- how many of each: no name
    fait        jsonb,                                            -- what it wrote, for a week
    version     bigint not null default 1,
    primary key (etablissement_id, import_id),
    constraint un_import_par_numero unique (import_id),
    constraint un_import_par_cle unique (etablissement_id, par_id, cle),
    constraint un_import_fini_a_une_date check ((fini_le is null) = (etat in ('en_cours', 'abandonne'))),
    foreign key (etablissement_id, par_id) references personne (etablissement_id, personne_id)
);
create index on import (etablissement_id, par_id);
call livret.cloisonner('livret.import');
-- A list waits for who sent it, and for nobody else.
create policy le_sien on import as restrictive using (par_id = livret.moi()) with check (par_id = livret.moi());
grant select, insert on import to livret_enseignant, livret_administrateur;
grant update (etat, fini_le, lu, choix, bilan, fait, version, cle) on import to livret_enseignant, livret_administrateur;

-- She manages something: else nothing below answers.
create function gere_quelque_chose() returns boolean
language sql stable security definer set search_path = livret, pg_temp as $$
    select current_setting('role') = 'livret_administrateur'
        or exists (select from livret.promotion p where p.etablissement_id = livret.ici() and livret.gere(p.promotion_id))
$$;
revoke execute on function gere_quelque_chose from public;

-- The people of the school whom a list is compared with, students or staff: a namesake of another class must be seen to
-- be asked about, and whoever administers may also teach.
create function gens_connus(fonction_voulue text)
returns table (personne_id bigint, nom text, prenom text, nom_usage text, naissance date, ine text, sources text[], valeurs text[],
               promotions bigint[], fins date[], coordonnees boolean[])
language sql stable security definer set search_path = livret, acces, pg_temp as $$
    with place as (
        select i.etudiant_id as qui, i.promotion_id, i.au, false as coordonne from livret.inscription i
         where i.etablissement_id = livret.ici() and fonction_voulue = 'etudiant'
        union all
        select s.enseignant_id, s.promotion_id, case when bool_or(s.au is null) then null else max(s.au) end,
               bool_or(s.coordonne and (s.au is null or livret.jour() <= s.au))
          from livret.suivi s where s.etablissement_id = livret.ici() and fonction_voulue = 'enseignant'
         group by s.enseignant_id, s.promotion_id)
    select p.personne_id, p.nom, p.prenom, coalesce(c.nom_usage, ''), c.naissance, c.ine,
           coalesce(x.sources, '{}'), coalesce(x.valeurs, '{}'),
           coalesce(l.promotions, '{}'), coalesce(l.fins, '{}'), coalesce(l.coordonnees, '{}')
      from livret.personne p
      left join livret.etat_civil c on c.etablissement_id = p.etablissement_id and c.personne_id = p.personne_id
      left join (select e.personne_id as qui, array_agg(e.source order by e.source, e.valeur) as sources,
                        array_agg(e.valeur order by e.source, e.valeur) as valeurs
                   from livret.identifiant_externe e where e.etablissement_id = livret.ici() group by 1) x on x.qui = p.personne_id
      left join (select qui, array_agg(promotion_id order by promotion_id) as promotions,
                        array_agg(au order by promotion_id) as fins,
                        array_agg(coordonne order by promotion_id) as coordonnees
                   from place group by 1) l on l.qui = p.personne_id
     where p.etablissement_id = livret.ici() and livret.gere_quelque_chose()
       and (l.qui is not null
            or exists (select from acces.fonction f
                        where f.etablissement_id = p.etablissement_id and f.personne_id = p.personne_id
                          and (f.genre = 'etudiant') = (fonction_voulue = 'etudiant')))
     order by p.personne_id
$$;
revoke execute on function gens_connus from public;
grant execute on function gens_connus to livret_enseignant, livret_administrateur;

-- Who manages a promotion, or nobody writes there.
create procedure exiger_de_gerer(promotion bigint) language plpgsql as $$
begin
    if not livret.gere(promotion) then
        raise exception 'la promotion % n''est pas gérée', promotion using errcode = '42501';
    end if;
end $$;

create procedure dire_identite(qui bigint, g jsonb) language plpgsql as $$
begin
    insert into livret.etat_civil as c (etablissement_id, personne_id, nom_usage, naissance, ine)
         values (livret.ici(), qui, coalesce(g->>'nom_usage', ''), (g->>'naissance')::date, g->>'ine')
    on conflict (etablissement_id, personne_id) do update
        set nom_usage = excluded.nom_usage, naissance = excluded.naissance, ine = excluded.ine;
end $$;

-- A number that is somebody else's already stays hers.
create procedure dire_externes(qui bigint, externes jsonb) language sql as $$
    insert into livret.identifiant_externe (etablissement_id, personne_id, source, valeur)
    select livret.ici(), qui, e->>0, e->>1 from jsonb_array_elements(externes) e
    on conflict do nothing
$$;

create procedure placer(qui bigint, fonction_voulue text, promotion bigint) language plpgsql as $$
begin
    call livret.exiger_de_gerer(promotion);
    if fonction_voulue = 'etudiant' then
        insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
             values (livret.ici(), promotion, qui, livret.jour());
    else
        insert into livret.suivi (etablissement_id, promotion_id, enseignant_id, du)
             values (livret.ici(), promotion, qui, livret.jour())
        on conflict (etablissement_id, promotion_id, enseignant_id, du) do update set au = null;
    end if;
end $$;

-- She had come in by mistake: as if she never had, unless something was said of her there since.
create procedure deplacer(qui bigint, fonction_voulue text, promotion bigint) language plpgsql as $$
begin
    call livret.exiger_de_gerer(promotion);
    begin
        if fonction_voulue = 'etudiant' then
            delete from livret.inscription i
             where i.etablissement_id = livret.ici() and i.promotion_id = promotion and i.etudiant_id = qui;
        else
            delete from livret.suivi s
             where s.etablissement_id = livret.ici() and s.promotion_id = promotion and s.enseignant_id = qui and not s.coordonne;
        end if;
    exception when foreign_key_violation then
        update livret.inscription i set au = greatest(du, livret.jour() - 1)
         where i.etablissement_id = livret.ici() and i.promotion_id = promotion and i.etudiant_id = qui;
    end;
end $$;

-- New people, each with an account that no code opens yet: many at once, so a statement a table. The answer is their
-- numbers, in order.
create function acces.faire_entrer(gens jsonb, fonction_voulue text, depuis timestamptz) returns setof bigint
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    ids bigint[];
    p   bigint;
begin
    if fonction_voulue not in ('etudiant', 'enseignant')
       or exists (select from jsonb_array_elements(gens) g where jsonb_array_length(g->'promotions') = 0) then
        raise exception 'une liste ne fait pas entrer ainsi' using errcode = '42501';
    end if;
    for p in select distinct (e#>>'{}')::bigint from jsonb_array_elements(gens) g, jsonb_array_elements(g->'promotions') e loop
        call livret.exiger_de_gerer(p);
    end loop;
    select array_agg(nextval(pg_get_serial_sequence('livret.personne', 'personne_id'))) into ids
      from generate_series(1, jsonb_array_length(gens));
    insert into livret.personne (etablissement_id, personne_id, civilite, nom, prenom) overriding system value
    select livret.ici(), ids[n], g->>'civilite', g->>'nom', g->>'prenom'
      from jsonb_array_elements(gens) with ordinality x(g, n);
    insert into livret.etat_civil (etablissement_id, personne_id, nom_usage, naissance, ine)
    select livret.ici(), ids[n], coalesce(g->>'nom_usage', ''), (g->>'naissance')::date, g->>'ine'
      from jsonb_array_elements(gens) with ordinality x(g, n) where fonction_voulue = 'etudiant';
    insert into livret.identifiant_externe (etablissement_id, personne_id, source, valeur)
    select livret.ici(), ids[n], e->>0, e->>1
      from jsonb_array_elements(gens) with ordinality x(g, n), jsonb_array_elements(g->'externes') e
    on conflict do nothing;
    insert into acces.fonction (etablissement_id, personne_id, genre, du)
    select livret.ici(), i, fonction_voulue, depuis from unnest(ids) i;
    insert into acces.compte (etablissement_id, personne_id, identifiant)
    select livret.ici(), ids[n], g->>'identifiant' from jsonb_array_elements(gens) with ordinality x(g, n);
    insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
    select livret.ici(), (e#>>'{}')::bigint, ids[n], livret.jour()
      from jsonb_array_elements(gens) with ordinality x(g, n), jsonb_array_elements(g->'promotions') e
     where fonction_voulue = 'etudiant';
    insert into livret.suivi (etablissement_id, promotion_id, enseignant_id, du)
    select livret.ici(), (e#>>'{}')::bigint, ids[n], livret.jour()
      from jsonb_array_elements(gens) with ordinality x(g, n), jsonb_array_elements(g->'promotions') e
     where fonction_voulue = 'enseignant';
    return query select unnest(ids);
end $$;

-- People who are known: what a list corrects, where they come in, come back or leave. The same function undoes it.
create function acces.reprendre_gens(gens jsonb, fonction_voulue text, depuis timestamptz) returns void
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    g    jsonb;
    m    jsonb;
    p    bigint;
    elle bigint;
begin
    if not livret.gere_quelque_chose() or fonction_voulue not in ('etudiant', 'enseignant') then
        raise exception 'rien à reprendre' using errcode = '42501';
    end if;
    for g in select e from jsonb_array_elements(gens) with ordinality x(e, n) order by n loop
        elle := (g->>'personne')::bigint;
        perform from livret.personne where etablissement_id = livret.ici() and personne_id = elle;
        if not found then continue; end if;
        for p in select (e#>>'{}')::bigint from jsonb_array_elements(g->'entrees') e loop
            call livret.placer(elle, fonction_voulue, p);
        end loop;
        -- A last day said, taken back, or never said.
        for m in select e from jsonb_array_elements(g->'fins') e loop
            call livret.exiger_de_gerer((m->>0)::bigint);
            if fonction_voulue = 'etudiant' then
                update livret.inscription set au = case when m->>1 is null then null else greatest(du, (m->>1)::date) end
                 where etablissement_id = livret.ici() and promotion_id = (m->>0)::bigint and etudiant_id = elle;
            else
                update livret.suivi set au = case when m->>1 is null then null else greatest(du, (m->>1)::date) end
                 where etablissement_id = livret.ici() and promotion_id = (m->>0)::bigint and enseignant_id = elle
                   and not coordonne
                   and du = (select max(s.du) from livret.suivi s where s.etablissement_id = livret.ici()
                                and s.promotion_id = (m->>0)::bigint and s.enseignant_id = elle);
            end if;
        end loop;
        call livret.dire_externes(elle, g->'externes');
        delete from livret.identifiant_externe x using jsonb_array_elements(g->'oublies') e
         where x.etablissement_id = livret.ici() and x.personne_id = elle and x.source = e->>0 and x.valeur = e->>1;
        if fonction_voulue = 'etudiant' and jsonb_typeof(g->'etat') = 'object' then
            -- Hers to say: of her promotions, or an administrator.
            if not exists (select from livret.inscription i where i.etablissement_id = livret.ici() and i.etudiant_id = elle
                              and livret.gere(i.promotion_id)) then
                raise exception 'la personne % n''est pas gérée', elle using errcode = '42501';
            end if;
            update livret.personne set nom = g->'etat'->>'nom', prenom = g->'etat'->>'prenom'
             where etablissement_id = livret.ici() and personne_id = elle;
            call livret.dire_identite(elle, g->'etat');
        end if;
        for p in select (e#>>'{}')::bigint from jsonb_array_elements(g->'sorties') e loop
            call livret.deplacer(elle, fonction_voulue, p);
        end loop;
        insert into acces.fonction (etablissement_id, personne_id, genre, du)
        select livret.ici(), elle, fonction_voulue, depuis
         where jsonb_array_length(g->'entrees') > 0
           and not exists (select from acces.fonction f
                            where f.etablissement_id = livret.ici() and f.personne_id = elle and f.genre = fonction_voulue
                              and (f.au is null or depuis < f.au));
    end loop;
end $$;

-- She came in by a list that is taken back: gone without a trace when nothing speaks of her, her access closed when
-- something does, untouched when she has signed in or somebody has judged her.
create function acces.defaire_entree(qui bigint, maintenant timestamptz) returns text
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    p bigint;
begin
    perform from livret.personne where etablissement_id = livret.ici() and personne_id = qui;
    if not found then return 'retiree'; end if;
    for p in select i.promotion_id from livret.inscription i where i.etablissement_id = livret.ici() and i.etudiant_id = qui
             union select s.promotion_id from livret.suivi s where s.etablissement_id = livret.ici() and s.enseignant_id = qui loop
        if not livret.gere(p) then return 'gardee'; end if;
    end loop;
    if exists (select from acces.compte c left join acces.session s using (compte_id)
                where c.etablissement_id = livret.ici() and c.personne_id = qui and (c.secret is not null or s.compte_id is not null))
       or exists (select from livret.evenement e where e.etablissement_id = livret.ici() and (e.etudiant_id = qui or e.acteur_id = qui)) then
        return 'gardee';
    end if;
    begin
        delete from acces.compte where etablissement_id = livret.ici() and personne_id = qui;
        delete from acces.fonction where etablissement_id = livret.ici() and personne_id = qui;
        delete from livret.inscription where etablissement_id = livret.ici() and etudiant_id = qui;
        delete from livret.suivi where etablissement_id = livret.ici() and enseignant_id = qui;
        delete from livret.identifiant_externe where etablissement_id = livret.ici() and personne_id = qui;
        delete from livret.etat_civil where etablissement_id = livret.ici() and personne_id = qui;
        delete from livret.personne where etablissement_id = livret.ici() and personne_id = qui;
        return 'retiree';
    exception when foreign_key_violation then
        update acces.compte set ferme_le = maintenant where etablissement_id = livret.ici() and personne_id = qui and ferme_le is null;
        update livret.inscription set au = greatest(du, livret.jour() - 1)
         where etablissement_id = livret.ici() and etudiant_id = qui and au is null;
        update livret.suivi set au = greatest(du, livret.jour() - 1)
         where etablissement_id = livret.ici() and enseignant_id = qui and au is null and not coordonne;
        return 'fermee';
    end;
end $$;

-- Rows that nobody came back to, and what can no longer be undone: in every school.
create function acces.oublier_imports(avant timestamptz) returns bigint
language sql volatile security definer set search_path = livret, pg_temp as $$
    with oublies as (
        update import set etat = case etat when 'en_cours' then 'abandonne' else etat end,
                          lu = null, fait = null, choix = '{}', version = version + 1
         where (lu is not null or fait is not null) and coalesce(fini_le, commence_le) < avant returning 1)
    select count(*) from oublies
$$;

do $$
declare
    quoi text;
begin
    foreach quoi in array array['procedure livret.exiger_de_gerer', 'procedure livret.dire_identite', 'procedure livret.dire_externes',
                                'procedure livret.placer', 'procedure livret.deplacer', 'function acces.faire_entrer', 'function acces.reprendre_gens',
                                'function acces.defaire_entree', 'function acces.oublier_imports'] loop
        execute format('revoke execute on %s from public', quoi);
    end loop;
    foreach quoi in array array['faire_entrer', 'reprendre_gens', 'defaire_entree', 'identifiants_pris'] loop
        execute format('grant execute on function acces.%I to livret_enseignant, livret_administrateur', quoi);
    end loop;
end $$;
grant usage on schema acces to livret_enseignant;
grant execute on function acces.oublier_imports to livret_app;
