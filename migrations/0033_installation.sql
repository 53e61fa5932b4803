-- The first start: whoever reads the console of the program opens the first school from a browser, once.
set local search_path = livret, public;

-- The school and the empty head of its journal; the transaction then speaks in its name. The identifier is drawn first:
-- the policy wants it said before the row exists.
create function fonder(uai_voulu text, nom_voulu text, fuseau_voulu text, est_fictif boolean, vide bytea) returns bigint
language plpgsql volatile set search_path = livret, pg_temp as $$
declare
    ecole bigint := nextval(pg_get_serial_sequence('livret.etablissement', 'etablissement_id'));
begin
    perform now() at time zone fuseau_voulu;                      -- an unknown zone says so here
    perform set_config('livret.etablissement', ecole::text, true);
    insert into etablissement (etablissement_id, uai, nom, fuseau, fictif)
         overriding system value values (ecole, uai_voulu, nom_voulu, fuseau_voulu, est_fictif);
    insert into tete (etablissement_id, seq, empreinte) values (ecole, 0, vide);
    return ecole;
end $$;
revoke execute on function fonder from public;

-- The code of the console: one row, made at each start while there is no school. Ten wrong codes, and the next start
-- gives another.
create table acces.installation (
    une       boolean primary key default true constraint un_seul_code check (une),
    code      bytea not null,                                     -- SHA-256
    jusqu_au  timestamptz not null,
    essais    int not null default 0
);

create function acces.sans_ecole() returns boolean
language sql stable security definer set search_path = livret, pg_temp as $$
    select not exists (select from acces.compte)
$$;
revoke execute on function acces.sans_ecole from public;
grant execute on function acces.sans_ecole to livret_app;

-- A try at the code: counted before it is looked at, so that many at once are not more.
create function acces.code_d_installation(propose bytea, maintenant timestamptz) returns boolean
language plpgsql volatile security definer set search_path = acces, pg_temp as $$
declare
    i installation;
begin
    update installation set essais = essais + 1 returning * into i;
    return coalesce(i.essais <= 10 and i.code = propose and maintenant < i.jusqu_au and acces.sans_ecole(), false);
end $$;
revoke execute on function acces.code_d_installation from public;
grant execute on function acces.code_d_installation to livret_app;

-- Opens the first school with its first administrator, who has chosen her password. The code is used up with it; two
-- browsers at once open one school. The answer is her identifiant's account, or nothing.
create function acces.installer(propose bytea, maintenant timestamptz, ecole text[], qui text[], voulu text, phc text,
                                enseigne boolean, vide bytea)
returns boolean language plpgsql volatile security definer set search_path = acces, livret, pg_temp as $$
declare
    ici bigint;
    elle bigint;
begin
    delete from installation where code = propose and maintenant < jusqu_au and essais <= 10;
    if not found or not acces.sans_ecole() then return false; end if;
    ici := livret.fonder(ecole[1], ecole[2], ecole[3], false, vide);
    insert into livret.personne (etablissement_id, civilite, nom, prenom)
         values (ici, qui[1], qui[2], qui[3]) returning personne_id into elle;
    insert into fonction (etablissement_id, personne_id, genre, du) values (ici, elle, 'administrateur', maintenant);
    if enseigne then
        insert into fonction (etablissement_id, personne_id, genre, du) values (ici, elle, 'enseignant', maintenant);
    end if;
    insert into compte (etablissement_id, personne_id, identifiant, secret) values (ici, elle, voulu, phc);
    return true;
end $$;
revoke execute on function acces.installer from public;
grant execute on function acces.installer to livret_app;
