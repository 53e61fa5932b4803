-- Coming in through the school's own portal (OpenID Connect, CAS). What a portal says is who it knows somebody as, never
-- who she is here: a teacher says that, once.
set local search_path = acces, livret, public;

create table portail (
    portail_id   bigint generated always as identity primary key,
    etablissement_id bigint not null references livret.etablissement,
    genre     text  not null constraint un_genre_de_portail check (genre in ('oidc', 'cas2', 'cas3')),
    nom       text  not null constraint un_nom_de_portail check (length(nom) between 1 and 60),      -- on the button
    adresse   text  not null constraint une_adresse_de_portail
                    check (length(adresse) <= 300 and adresse ~ '^(https://|http://(127\.0\.0\.1|localhost|\[::1\])(:|/|$))'),
    client    text  not null default '' constraint un_client check (length(client) <= 200),
    secret    bytea,                                              -- sealed by the server's key, for this address only
    portees   text  not null default '' constraint des_portees check (length(portees) <= 200),            -- beside openid
    attributs jsonb not null,                                     -- what is read where: cle, nom, prenom, naissance
    actif     boolean not null default true,
    version   bigint not null,                                    -- seq of the event that said it last
    constraint un_portail_par_nom unique (etablissement_id, nom)
);
create index on portail (etablissement_id);
alter table portail enable row level security;
alter table portail force  row level security;
create policy ici on portail to livret_administrateur
    using (etablissement_id = livret.ici()) with check (etablissement_id = livret.ici());
create policy avant_tous on portail for select to livret_app using (true);    -- read before anybody is known
grant select on portail to livret_app;
grant select, insert, update on portail to livret_administrateur;

-- Somebody on her way to the portal and back: her browser's cookie and the state must come back together, once, within
-- ten minutes. What she was doing waits here, sealed.
create table aller (
    navigateur     bytea primary key,                             -- SHA-256 of the cookie
    etat           bytea,                                         -- SHA-256 of the state; null once it came back
    portail_id bigint not null references portail,
    nonce          text not null,
    verificateur   text not null,                                 -- PKCE
    vers           text not null,
    reprise        bytea,                                         -- a form that was cut short
    commence_le    timestamptz not null,
    valeur         text,                                          -- what the portal proved
    dit            jsonb                                          -- and what else it said of her
);
create index on aller (commence_le);
grant select, insert, update (etat, valeur, dit), delete on aller to livret_app;

-- Whom the portal knows as that. Waiting, it holds what she said of herself; answered, only the number of the account.
create table rattachement (
    rattachement_id  bigint generated always as identity primary key,
    etablissement_id bigint not null references livret.etablissement,
    portail_id   bigint not null references portail,
    valeur     text not null constraint une_cle_d_identite check (length(valeur) between 1 and 255),
    etat       text not null default 'attente' constraint un_etat_de_rattachement
                    check (etat in ('attente', 'confirme', 'refuse')),
    nom        text constraint un_nom_dit check (length(nom) between 1 and 100),
    prenom     text constraint un_prenom_dit check (length(prenom) between 1 and 100),
    naissance  date,
    dit        text constraint ce_que_dit_le_portail check (length(dit) <= 300),
    dite_le    timestamptz not null,
    fois       int not null default 1,                            -- said again, it is another demand
    compte_id  bigint references compte,
    repondu_le timestamptz,
    constraint une_identite_par_portail unique (portail_id, valeur),
    constraint un_confirme_a_son_compte check ((etat = 'confirme') = (compte_id is not null)),
    constraint un_dit_seulement_en_attente check (etat = 'attente' or nom is null and prenom is null and naissance is null
                                                                     and dit is null),
    constraint un_dit_en_attente check (etat <> 'attente' or nom is not null and prenom is not null and naissance is not null)
);
create unique index un_rattachement_par_compte on rattachement (portail_id, compte_id) where compte_id is not null;
create index on rattachement (etablissement_id);
create index on rattachement (compte_id);
-- Before anybody is known one may only say who one is: no account.
grant select, delete on rattachement to livret_app;
grant insert (etablissement_id, portail_id, valeur, nom, prenom, naissance, dit, dite_le) on rattachement to livret_app;
grant update (etat, nom, prenom, naissance, dit, dite_le, fois, repondu_le) on rattachement to livret_app;

-- The portal that a session came through: leaving here does not leave there.
alter table session add column portail_id bigint references portail;
grant update (portail_id) on session to livret_app;

-- Portals of the schools of this server, or of one, for the sign-in page.
create function portails(ecole text)
returns table (portail_id bigint, nom text, etablissement text)
language sql stable security definer set search_path = acces, livret, pg_temp as $$
    select f.portail_id, f.nom, e.nom
      from portail f join livret.etablissement e using (etablissement_id)
     where f.actif and (ecole = '' or e.uai = upper(ecole))
     order by e.nom, f.nom, f.portail_id
$$;
revoke execute on function portails from public;
grant execute on function portails to livret_app;

-- « Le Goff », « LE-GOFF », « Lé goff » are one name.
create function nom_plie(texte text) returns text language sql immutable parallel safe as
$$ select regexp_replace(livret.plier(lower(texte)), '[^a-z0-9]+', '', 'g') $$;

-- Demands that wait (thirty days), each beside the people who bear that name. For a teacher: students of a promotion
-- that she follows. For an administrator: everybody of the school, and the demands that resemble nobody.
create function rattachements(promotion bigint, maintenant timestamptz)
returns table (rattachement_id bigint, portail text, nom text, prenom text, naissance date, dit text,
               dite_le date, fois int, personne_id bigint, candidat text, fonctions text[], classe text,
               meme boolean, ailleurs boolean, deja boolean)
language sql stable security definer set search_path = acces, livret, pg_temp as $$
    with attente as (
        select r.*, f.nom as portail, (r.dite_le at time zone e.fuseau)::date as jour, nom_plie(r.nom) as n, nom_plie(r.prenom) as p
          from rattachement r
          join portail f using (portail_id)
          join livret.etablissement e on e.etablissement_id = r.etablissement_id
         where r.etablissement_id = livret.ici() and r.etat = 'attente' and maintenant < r.dite_le + interval '30 days'
    ), gens as (
        select c.compte_id, q.personne_id, q.nom || ' ' || q.prenom as candidat, nom_plie(q.nom) as n, nom_plie(q.prenom) as p,
               array(select distinct genre from fonction x
                      where x.etablissement_id = c.etablissement_id and x.personne_id = c.personne_id
                        and x.du <= maintenant and (x.au is null or maintenant < x.au) order by genre) as fonctions,
               i.promotion_id, pr.nom as classe
          from compte c
          join livret.personne q using (etablissement_id, personne_id)
          left join livret.inscription i on i.etablissement_id = c.etablissement_id and i.etudiant_id = c.personne_id
                                        and i.du <= livret.jour() and (i.au is null or livret.jour() <= i.au)
          left join livret.promotion pr on pr.etablissement_id = i.etablissement_id and pr.promotion_id = i.promotion_id
         where c.etablissement_id = livret.ici() and c.ferme_le is null
    ), rapproches as (
        select a.rattachement_id, g.*,
               (g.n = a.n and g.p = a.p or g.n = a.p and g.p = a.n) as meme,
               exists (select from rattachement d where d.portail_id = a.portail_id and d.compte_id = g.compte_id) as deja
          from attente a join gens g on g.n in (a.n, a.p) or g.p in (a.n, a.p)
    )
    select a.rattachement_id, a.portail, a.nom, a.prenom, a.naissance, a.dit, a.jour, a.fois,
           r.personne_id, r.candidat, r.fonctions, r.classe, coalesce(r.meme, false),
           promotion is not null and exists (select from rapproches b
                where b.rattachement_id = a.rattachement_id and b.meme and b.promotion_id is distinct from promotion),
           coalesce(r.deja, false)
      from attente a left join rapproches r using (rattachement_id)
     where case current_setting('role')
               when 'livret_administrateur' then promotion is null
               when 'livret_enseignant' then r.promotion_id = promotion and r.fonctions = '{etudiant}' and exists (
                    select from livret.suivi s
                     where s.etablissement_id = livret.ici() and s.enseignant_id = livret.moi() and s.promotion_id = promotion
                       and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au))
               else false end
     order by a.dite_le, a.rattachement_id, coalesce(r.meme, false) desc, r.candidat, r.personne_id
$$;

-- May she who asks say who that is? A teacher: a student, and nothing more than a student, of a promotion that she
-- follows. An administrator: anybody of the school.
create function rattachable(promotion bigint, qui bigint, maintenant timestamptz) returns boolean
language sql stable security definer set search_path = acces, livret, pg_temp as $$
    select case current_setting('role')
        when 'livret_administrateur' then exists (
            select from compte c where c.etablissement_id = livret.ici() and c.personne_id = qui)
        when 'livret_enseignant' then
            exists (select from livret.suivi s join livret.inscription i using (etablissement_id, promotion_id)
                     where s.etablissement_id = livret.ici() and s.enseignant_id = livret.moi() and s.promotion_id = promotion
                       and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au)
                       and i.etudiant_id = qui and i.du <= livret.jour() and (i.au is null or livret.jour() <= i.au))
            and not exists (select from fonction x
                             where x.etablissement_id = livret.ici() and x.personne_id = qui and x.genre <> 'etudiant'
                               and (x.au is null or maintenant < x.au))
        else false end
$$;

-- Those that were confirmed, among the same people.
create function rattaches(promotion bigint, maintenant timestamptz)
returns table (rattachement_id bigint, portail text, personne_id bigint, qui text, depuis date)
language sql stable security definer set search_path = acces, livret, pg_temp as $$
    select r.rattachement_id, f.nom, c.personne_id, q.nom || ' ' || q.prenom, (r.repondu_le at time zone e.fuseau)::date
      from rattachement r
      join portail f using (portail_id)
      join livret.etablissement e on e.etablissement_id = r.etablissement_id
      join compte c on c.compte_id = r.compte_id
      join livret.personne q on q.etablissement_id = c.etablissement_id and q.personne_id = c.personne_id
     where r.etablissement_id = livret.ici() and r.etat = 'confirme'
       and case current_setting('role')
               when 'livret_administrateur' then promotion is null
               when 'livret_enseignant' then rattachable(promotion, c.personne_id, maintenant)
               else false end
     order by q.nom, q.prenom, r.rattachement_id
$$;

create function rattacher(lequel bigint, promotion bigint, qui bigint, maintenant timestamptz) returns boolean
language sql volatile security definer set search_path = acces, livret, pg_temp as $$
    with fait as (
        update rattachement r
           set etat = 'confirme', repondu_le = maintenant, nom = null, prenom = null, naissance = null, dit = null,
               compte_id = (select c.compte_id from compte c where c.etablissement_id = livret.ici() and c.personne_id = qui
                                                               and c.ferme_le is null)
         where r.rattachement_id = lequel and r.etablissement_id = livret.ici() and r.etat = 'attente'
           and maintenant < r.dite_le + interval '30 days' and rattachable(promotion, qui, maintenant)
        returning 1)
    select exists (select from fait)
$$;

-- Refused: what she said is forgotten, she may say it again.
create function refuser_rattachement(lequel bigint, promotion bigint, maintenant timestamptz) returns boolean
language sql volatile security definer set search_path = acces, livret, pg_temp as $$
    with fait as (
        update rattachement r
           set etat = 'refuse', repondu_le = maintenant, nom = null, prenom = null, naissance = null, dit = null
         where r.rattachement_id = lequel and r.etablissement_id = livret.ici() and r.etat = 'attente'
           and exists (select from rattachements(promotion, maintenant) d where d.rattachement_id = lequel and not d.ailleurs)
        returning 1)
    select exists (select from fait)
$$;

-- Undone: the portal opens nothing any more, and what it had opened is closed.
create function detacher(lequel bigint, promotion bigint, maintenant timestamptz) returns boolean
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    qui bigint;
begin
    select r.compte_id into qui from rattachement r
     where r.rattachement_id = lequel
       and exists (select from rattaches(promotion, maintenant) d where d.rattachement_id = lequel)
       for update;
    if not found then return false; end if;
    update session set fermee_le = maintenant where compte_id = qui and fermee_le is null;
    delete from rattachement where rattachement_id = lequel;
    return true;
end $$;
revoke execute on function rattachements, rattaches, rattachable, rattacher, refuser_rattachement, detacher from public;
grant usage on schema acces to livret_enseignant;
grant execute on function rattachements, rattaches, rattacher, refuser_rattachement, detacher
    to livret_administrateur, livret_enseignant;
