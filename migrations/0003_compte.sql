-- Who may enter. Read before anybody is known, so these tables know no policy: only livret_app reaches them, and a
-- transaction opened in somebody's name is not livret_app any more.
set local search_path = acces, livret, public;

-- What a person may be, with the longest idle and total life of her sessions (a lost session costs a password; an
-- open one in a staff room costs more).
create table genre (
    genre  text primary key,
    repos  interval not null,
    duree  interval not null
);
insert into genre values
    ('enseignant',     '60 minutes', '12 hours'),
    ('etudiant',       '30 minutes', '12 hours'),
    ('administrateur', '15 minutes', '4 hours'),
    ('jury',           '30 minutes', '12 hours');

-- A dated fact: this person is that, from, to. A right withdrawn is withdrawn at the next request.
create table fonction (
    etablissement_id bigint not null,
    personne_id      bigint not null,
    genre            text   not null references genre,
    du               timestamptz not null,
    au               timestamptz,
    primary key (etablissement_id, personne_id, genre, du),
    foreign key (etablissement_id, personne_id) references livret.personne,
    constraint une_fonction_finit_apres_son_debut check (au > du)
);

create table compte (
    compte_id        bigint generated always as identity primary key,
    etablissement_id bigint not null,
    personne_id      bigint not null,
    identifiant      text   not null constraint un_compte_par_identifiant unique
                            constraint un_identifiant_en_minuscules check (identifiant = lower(identifiant)),
    secret           text,                                       -- argon2id, null until the first sign-in
    code             bytea,                                      -- SHA-256 of the first-use code
    code_jusqu_au    timestamptz,
    ferme_le         timestamptz,
    constraint un_compte_par_personne unique (etablissement_id, personne_id),
    foreign key (etablissement_id, personne_id) references livret.personne
);

create table session (
    empreinte  bytea primary key,                                -- SHA-256 of the cookie: a stolen dump opens nothing
    compte_id  bigint not null references compte,
    ouverte_le timestamptz not null,
    vue_le     timestamptz not null,
    fermee_le  timestamptz
);
create index on session (compte_id);

-- Failures by what was typed, known or not: the answer and the delay say nothing of who exists.
create table essai (
    identifiant bytea primary key,                               -- SHA-256 of the identifiant
    echecs      int not null,
    jusqu_au    timestamptz not null                             -- no try before
);

grant select on genre, fonction to livret_app;
grant select, update (secret, code, code_jusqu_au) on compte to livret_app;
grant select, insert, update (vue_le, fermee_le) on session to livret_app;
grant select, insert, update, delete on essai to livret_app;

-- The names shown at the top of a page are a school's rows: a page's first question is asked through the school's
-- own door. Idle and total life are those of the strictest function.
create function entrer(cookie bytea, maintenant timestamptz)
returns table (etablissement_id bigint, personne_id bigint, civilite text, nom text, prenom text, genres text[],
               etablissement text, fictif boolean, ici_le timestamp, vue_le timestamptz)
language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    s record;
begin
    select c.etablissement_id, c.personne_id, session.ouverte_le, session.vue_le into s
      from session join compte c using (compte_id)
     where empreinte = cookie and fermee_le is null and c.ferme_le is null;
    if not found then return; end if;
    perform set_config('livret.etablissement', s.etablissement_id::text, true);
    return query
        select s.etablissement_id, s.personne_id, p.civilite, p.nom, p.prenom, f.genres, e.nom, e.fictif,
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

-- An administrator opens accounts in her own school, and nowhere else. She gives a first-use code, never a password.
create function ouvrir_compte(qui bigint, identifiant_voulu text, fonction_voulue text, depuis timestamptz,
                              jusque timestamptz, code_empreinte bytea, code_fin timestamptz)
returns void language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
begin
    insert into fonction (etablissement_id, personne_id, genre, du, au)
         values (livret.ici(), qui, fonction_voulue, depuis, jusque);
    insert into compte (etablissement_id, personne_id, identifiant, code, code_jusqu_au)
         values (livret.ici(), qui, identifiant_voulu, code_empreinte, code_fin);
end $$;
revoke execute on function ouvrir_compte from public;
grant usage on schema acces to livret_administrateur;
grant execute on function ouvrir_compte to livret_administrateur;

-- Which identifiants of that form are taken: across schools, since one signs in without naming a school.
create function identifiants_pris(prefixes text[]) returns setof text
language sql stable security definer set search_path = acces, pg_temp as $$
    select identifiant from compte where identifiant ^@ any (prefixes)
$$;
revoke execute on function identifiants_pris from public;
grant execute on function identifiants_pris to livret_administrateur;
