-- Access: papillons made again face to face, one's own sessions and devices, a second factor, throttles that stop a
-- robot and no class, the reset of a whole school. As the rest of `acces`: read before anybody is known, under no policy.
set local search_path = acces, livret, public;

alter table compte
    add column poignee uuid not null default gen_random_uuid()
               constraint un_compte_par_poignee unique,           -- what a passkey knows of her: no name
    add column reinitialise_le timestamptz;                       -- her last access was taken back, whatever it was
grant update (reinitialise_le) on compte to livret_app;

create table appareil (                                           -- a browser from which this account came in once
    appareil_id bigint generated always as identity primary key,
    empreinte   bytea not null,                                   -- SHA-256 of its cookie
    compte_id   bigint not null references compte,
    connu_le    timestamptz not null,
    vu_le       timestamptz not null,
    lu_jusqu_au timestamptz not null,                             -- it was told of the newer ones up to then
    constraint un_appareil_par_compte unique (compte_id, empreinte)
);
grant select, insert, update (vu_le, lu_jusqu_au) on appareil to livret_app;

alter table session
    add column session_id   bigint generated always as identity constraint une_session_par_numero unique,
    add column appareil_id  bigint references appareil on delete set null,
    add column navigateur   text not null default '' constraint un_navigateur check (length(navigateur) <= 60),
    add column nouvelle     boolean not null default false,       -- from an appareil that was not known, when others were
    add column partielle    boolean not null default false,       -- the second factor is still to be given
    add column confirmee_le timestamptz;                          -- password or factor last given
update session set confirmee_le = ouverte_le;
alter table session alter column confirmee_le set not null;
create index on session (appareil_id);
grant update (confirmee_le) on session to livret_app;

create table facteur (
    facteur_id  bigint generated always as identity primary key,
    compte_id   bigint not null references compte,
    genre       text   not null constraint un_genre_de_facteur check (genre in ('totp', 'cle')),
    nom         text   not null constraint un_nom_de_facteur check (length(nom) between 1 and 60),
    graine      bytea,                                            -- of a totp, sealed by a key that is not in the database
    cle         jsonb,                                            -- of a passkey: its public half
    dernier_pas bigint,                                           -- no earlier code serves any more
    ecartes     bigint[] not null default '{}',                   -- codes read from a clock that was wrong: never good later
    ajoute_le   timestamptz not null,
    servi_le    timestamptz,
    retire_le   timestamptz,
    constraint un_facteur_a_de_quoi_servir check ((graine is not null) = (genre = 'totp') and (cle is not null) = (genre = 'cle'))
);
create index on facteur (compte_id) where retire_le is null;
grant select, insert, update (cle, dernier_pas, ecartes, servi_le, retire_le) on facteur to livret_app;

create table secours (                                            -- recovery codes, printed
    compte_id bigint not null references compte,
    empreinte bytea  not null,                                    -- SHA-256
    cree_le   timestamptz not null,
    servi_le  timestamptz,
    primary key (compte_id, empreinte)
);
grant select, insert, delete, update (servi_le) on secours to livret_app;

create table defi (                                               -- what a passkey was asked to sign: once, for five minutes
    defi_id   uuid primary key,
    compte_id bigint not null references compte,
    genre     text   not null constraint un_genre_de_defi check (genre in ('ajout', 'preuve')),
    etat      jsonb  not null,
    jusqu_au  timestamptz not null
);
create index on defi (jusqu_au);
grant select, insert, delete on defi to livret_app;

create table exigence (                                           -- a school wants a second factor of whoever is that
    etablissement_id bigint not null references livret.etablissement,
    genre text not null references genre,
    primary key (etablissement_id, genre)
);
grant select on exigence to livret_app;

-- Which accounts failed from an address, lately: many of them are one robot, a class that mistypes is not.
create table essai_adresse (
    adresse     bytea not null,                                   -- hash, with a key of the installation
    identifiant bytea not null,
    le          timestamptz not null,
    primary key (adresse, identifiant)
);
create index on essai_adresse (le);
grant select, insert, update, delete on essai_adresse to livret_app;

-- Takes the right to try once: 0, or the seconds to wait. The try counts as failed until it is said to be good, so that
-- fifty at once are not fifty tries. `ou` is null for whoever came from there before.
create function essayer(qui bytea, ou bytea, maintenant timestamptz) returns bigint
language plpgsql volatile set search_path = acces, pg_temp as $$
declare
    libres   constant int := 5;
    comptes  bigint;
    dernier  timestamptz;
    attendre timestamptz;
begin
    if ou is not null then
        perform pg_advisory_xact_lock(hashtextextended(encode(ou, 'hex'), 29));
        delete from essai_adresse where le < maintenant - interval '1 hour';
        select count(*), max(le) into comptes, dernier from essai_adresse
         where adresse = ou and identifiant <> qui and le > maintenant - interval '10 minutes';
        if comptes >= 30 and dernier > maintenant - interval '20 seconds' then
            return 1 + extract(epoch from dernier + interval '20 seconds' - maintenant)::bigint;
        end if;
    end if;
    insert into essai as e (identifiant, echecs, jusqu_au) values (qui, 1, maintenant)
    on conflict (identifiant) do update
       set echecs   = case when e.jusqu_au < maintenant - interval '1 day' then 1 else e.echecs + 1 end,
           jusqu_au = case when e.jusqu_au < maintenant - interval '1 day' or e.echecs + 1 < libres then maintenant
                      else maintenant + least(900, power(2, least(e.echecs + 1 - libres, 10))) * interval '1 second' end
     where e.jusqu_au <= maintenant;
    if not found then
        select jusqu_au into attendre from essai where identifiant = qui;
        return 1 + floor(extract(epoch from attendre - maintenant))::bigint;
    end if;
    if ou is not null then
        insert into essai_adresse values (ou, qui, maintenant)
        on conflict (adresse, identifiant) do update set le = excluded.le;
    end if;
    return 0;
end $$;
revoke execute on function essayer from public;
grant execute on function essayer to livret_app;

-- Opens a session for an account whose owner proved herself; `deux`: by a second factor too. Null for no such account,
-- else whether the factor is still to be given. A session that waits for it enters nowhere.
create function ouvrir_session(cookie bytea, qui text, deux boolean, quoi text, machine bytea, maintenant timestamptz)
returns boolean language plpgsql volatile set search_path = acces, pg_temp as $$
declare
    c       compte;
    attend  boolean;
    laquelle bigint;
    neuve   boolean := false;
begin
    select * into c from compte where identifiant = qui and ferme_le is null;
    if not found then return null; end if;
    attend := not deux and (
        exists (select from facteur f where f.compte_id = c.compte_id and f.retire_le is null)
        or exists (select from exigence e join fonction f using (etablissement_id, genre)
                    where e.etablissement_id = c.etablissement_id and f.personne_id = c.personne_id
                      and f.du <= maintenant and (f.au is null or maintenant < f.au)));
    if machine is not null and not attend then
        update appareil set vu_le = maintenant where compte_id = c.compte_id and empreinte = machine
        returning appareil_id into laquelle;
        if laquelle is null then
            neuve := exists (select from appareil a where a.compte_id = c.compte_id);
            insert into appareil (empreinte, compte_id, connu_le, vu_le, lu_jusqu_au)
                 values (machine, c.compte_id, maintenant, maintenant, maintenant)
            returning appareil_id into laquelle;
        end if;
    end if;
    insert into session (empreinte, compte_id, ouverte_le, vue_le, confirmee_le, partielle, navigateur, appareil_id, nouvelle)
         values (cookie, c.compte_id, maintenant, maintenant, maintenant, attend, left(quoi, 60), laquelle, neuve);
    return attend;
end $$;
revoke execute on function ouvrir_session from public;
grant execute on function ouvrir_session to livret_app;

drop function entrer;
-- As before, and which account and session it is, when she last proved herself, and how many others came in from an
-- appareil newer than this one, of which this one was not told.
create function entrer(cookie bytea, maintenant timestamptz)
returns table (compte_id bigint, session_id bigint, confirmee_le timestamptz, inconnues bigint,
               etablissement_id bigint, personne_id bigint, civilite text, nom text, prenom text, genres text[],
               etablissement text, fictif boolean, ici_le timestamp, vue_le timestamptz)
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
#variable_conflict use_column
declare
    s record;
begin
    select c.compte_id, c.etablissement_id, c.personne_id, n.ouverte_le, n.vue_le, n.session_id, n.confirmee_le,
           (select count(*) from session n2
             where n2.compte_id = n.compte_id and n2.nouvelle and n2.appareil_id <> n.appareil_id
               and n2.ouverte_le > a.lu_jusqu_au) as inconnues into s
      from session n join compte c using (compte_id) left join appareil a on a.appareil_id = n.appareil_id
     where n.empreinte = cookie and n.fermee_le is null and not n.partielle and c.ferme_le is null;
    if not found then return; end if;
    perform set_config('livret.etablissement', s.etablissement_id::text, true);
    return query
        select s.compte_id, s.session_id, s.confirmee_le, s.inconnues,
               s.etablissement_id, s.personne_id, p.civilite, p.nom, p.prenom, f.genres, e.nom, e.fictif,
               maintenant at time zone e.fuseau, s.vue_le
          from (select array_agg(genre order by genre) as genres, min(g.repos) as repos, min(g.duree) as duree
                  from fonction f join genre g using (genre)
                 where f.etablissement_id = s.etablissement_id and f.personne_id = s.personne_id
                   and f.du <= maintenant and (f.au is null or maintenant < f.au)) f
          join livret.personne p on p.etablissement_id = s.etablissement_id and p.personne_id = s.personne_id
          join livret.etablissement e on e.etablissement_id = s.etablissement_id
         where f.genres is not null
           and maintenant - s.vue_le < f.repos and maintenant - s.ouverte_le < f.duree;
    perform set_config('livret.etablissement', '', true);
end $$;
revoke execute on function entrer from public;
grant execute on function entrer to livret_app;

-- The words that a password of hers must not be made of: her names and her school's.
create function mots_de(qui bigint) returns text
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    c    compte;
    mots text;
begin
    select * into c from compte where compte_id = qui;
    perform set_config('livret.etablissement', c.etablissement_id::text, true);
    select concat_ws(' ', c.identifiant, p.nom, p.prenom, e.nom) into mots
      from livret.personne p join livret.etablissement e using (etablissement_id)
     where p.etablissement_id = c.etablissement_id and p.personne_id = c.personne_id;
    perform set_config('livret.etablissement', '', true);
    return mots;
end $$;
revoke execute on function mots_de from public;
grant execute on function mots_de to livret_app;

-- Whose access she may make again, face to face: an administrator, anybody's of the school; a teacher, her students' and,
-- where she coordinates, her colleagues'. Never her own, which a stolen session would then keep; never of somebody who may
-- do more than she.
create function peut_renouveler(qui bigint) returns boolean
language sql stable security definer set search_path = acces, livret, pg_temp as $$
    select qui <> livret.moi()
       and exists (select from compte where etablissement_id = livret.ici() and personne_id = qui and ferme_le is null)
       and (current_setting('role') = 'livret_administrateur'
            or current_setting('role') = 'livret_enseignant' and (
               exists (select from inscription i join suivi s using (etablissement_id, promotion_id)
                        where i.etablissement_id = livret.ici() and i.etudiant_id = qui and s.enseignant_id = livret.moi()
                          and i.du <= livret.jour() and (i.au is null or livret.jour() <= i.au)
                          and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au))
               and not exists (select from fonction f
                                where f.etablissement_id = livret.ici() and f.personne_id = qui and f.genre <> 'etudiant'
                                  and (f.au is null or f.au >= livret.jour()))
            or exists (select from suivi s
                        where s.etablissement_id = livret.ici() and s.enseignant_id = qui
                          and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au)
                          and livret.gere(s.promotion_id))
               and not exists (select from fonction f
                                where f.etablissement_id = livret.ici() and f.personne_id = qui
                                  and f.genre not in ('etudiant', 'enseignant')
                                  and (f.au is null or f.au >= livret.jour()))))
$$;

-- The accounts of a promotion's students and teachers, or, without one, of the staff that is in none: how each stands.
create function acces_de(promotion bigint, seul bigint, maintenant timestamptz)
returns table (personne_id bigint, civilite text, nom text, prenom text, etudiant boolean, promotions text, identifiant text,
               ferme boolean, secret boolean, code_jusqu_au timestamptz, connecte_le timestamptz, facteurs bigint,
               reinitialise boolean, renouvelable boolean)
language sql stable security definer set search_path = acces, livret, pg_temp as $$
    with gens as (
        select etudiant_id as id, true as etudiant, promotion_id from inscription
         where etablissement_id = livret.ici() and du <= livret.jour() and (au is null or livret.jour() <= au)
        union
        select enseignant_id, false, promotion_id from suivi
         where etablissement_id = livret.ici() and du <= livret.jour() and (au is null or livret.jour() <= au)),
    choisis as (
        select id from gens where promotion_id = promotion
        union
        select c.personne_id from compte c
         where promotion is null and c.etablissement_id = livret.ici()
           and (seul is not null
                or c.personne_id not in (select id from gens)
                   and exists (select from fonction f
                                where f.etablissement_id = livret.ici() and f.personne_id = c.personne_id
                                  and f.genre <> 'etudiant' and (f.au is null or f.au >= livret.jour()))))
    select p.personne_id, p.civilite, p.nom, p.prenom,
           exists (select from fonction f
                    where f.etablissement_id = livret.ici() and f.personne_id = p.personne_id and f.genre = 'etudiant')
           and not exists (select from fonction f
                    where f.etablissement_id = livret.ici() and f.personne_id = p.personne_id and f.genre <> 'etudiant'
                      and (f.au is null or f.au >= livret.jour())),
           (select string_agg(distinct m.nom, ' · ') from gens g join promotion m on m.promotion_id = g.promotion_id
             where g.id = p.personne_id and m.etablissement_id = livret.ici()),
           c.identifiant, c.ferme_le is not null, c.secret is not null,
           case when c.code is not null then c.code_jusqu_au end,
           (select max(n.ouverte_le) from session n where n.compte_id = c.compte_id and not n.partielle),
           (select count(*) from facteur f where f.compte_id = c.compte_id and f.retire_le is null),
           c.reinitialise_le is not null, peut_renouveler(p.personne_id)
      from choisis x
      join personne p on p.etablissement_id = livret.ici() and p.personne_id = x.id
      join compte c on c.etablissement_id = livret.ici() and c.personne_id = x.id
     where (seul is null or x.id = seul)
       and (current_setting('role') = 'livret_administrateur' or peut_renouveler(p.personne_id) or livret.gere(promotion))
     order by 5 desc, p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", p.personne_id
$$;

-- What an account had is taken back: its sessions end, its password, its devices and its failures are forgotten.
create function reprendre(comptes bigint[], sauf_session bigint, le timestamptz) returns void
language plpgsql volatile set search_path = acces, pg_temp as $$
begin
    update session set fermee_le = le
     where compte_id = any (comptes) and fermee_le is null and session_id is distinct from sauf_session;
    delete from appareil where compte_id = any (comptes);
    delete from defi where compte_id = any (comptes);
    delete from essai
     where identifiant in (select sha256(convert_to(quoi || c.identifiant, 'UTF8'))
                             from compte c, unnest(array['secret:', 'code:']) quoi
                            where c.compte_id = any (comptes));
end $$;
revoke execute on function reprendre from public;

create function renouveler(qui bigint[], codes bytea[], fins timestamptz[], sans_facteur boolean, le timestamptz)
returns void language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    siens bigint[];
begin
    if exists (select from unnest(qui) q where not coalesce(peut_renouveler(q), false)) then
        raise exception 'ces accès ne sont pas les siens' using errcode = 'LV029';
    end if;
    select array_agg(compte_id) into siens from compte where etablissement_id = livret.ici() and personne_id = any (qui);
    update compte c set secret = null, code = n.code, code_jusqu_au = n.fin, reinitialise_le = le
      from unnest(qui, codes, fins) n (id, code, fin)
     where c.etablissement_id = livret.ici() and c.personne_id = n.id;
    perform reprendre(siens, null, le);
    if sans_facteur then
        update facteur set retire_le = le where compte_id = any (siens) and retire_le is null;
        delete from secours where compte_id = any (siens);
    end if;
end $$;

-- Everybody's of the school, but who does it: her session and her password stay, or nobody could hand out papillons.
create function tout_reprendre(le timestamptz) returns bigint
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    tous bigint[];
begin
    if current_setting('role') <> 'livret_administrateur' then
        raise exception 'ces accès ne sont pas les siens' using errcode = 'LV029';
    end if;
    select coalesce(array_agg(compte_id), '{}') into tous from compte
     where etablissement_id = livret.ici() and personne_id <> livret.moi();
    update compte set secret = null, code = null, code_jusqu_au = null, reinitialise_le = le
     where compte_id = any (tous);
    perform reprendre(tous, null, le);
    return cardinality(tous);
end $$;

create function exigences() returns table (fonction text, exige boolean)
language sql stable security definer set search_path = acces, livret, pg_temp as $$
    select g.genre, e.genre is not null from genre g
      left join exigence e on e.genre = g.genre and e.etablissement_id = livret.ici()
     order by g.genre
$$;

create function exiger(voulues text[]) returns void
language sql volatile security definer set search_path = acces, livret, pg_temp as $$
    delete from exigence where etablissement_id = livret.ici() and genre <> all (voulues);
    insert into exigence select livret.ici(), g from unnest(voulues) g on conflict do nothing;
$$;

revoke execute on function peut_renouveler, acces_de, renouveler, tout_reprendre, exigences, exiger from public;
grant usage on schema acces to livret_enseignant;
grant execute on function acces_de, renouveler to livret_enseignant, livret_administrateur;
grant execute on function tout_reprendre, exigences, exiger to livret_administrateur;
