-- The ground: who a request may be, and where.
--
-- Roles belong to the server, not to a database: they are created only when absent, and two databases of one server
-- (the tests) may try at the same moment.
do $$
declare
    qui text;
begin
    foreach qui in array array['livret_app', 'livret_enseignant', 'livret_etudiant', 'livret_jury',
                               'livret_administrateur'] loop
        begin
            execute format('create role %I nologin', qui);
        exception when duplicate_object or unique_violation then
            null;
        end;
        -- An owner who is no superuser must be a member to open a transaction in that role.
        if not pg_has_role(current_user, qui, 'member') then
            execute format('grant %I to current_user', qui);
        end if;
    end loop;
end $$;

-- `acces` knows who may enter; `livret` is training; `certification` is the exam. They never share a table, and a
-- student's transaction cannot even name the last one.
create schema acces;
create schema livret;
create schema certification;
grant usage on schema acces to livret_app;
grant usage on schema livret to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur;
grant usage on schema certification to livret_enseignant, livret_jury;

-- Where am I, and who: set by the first round trip of a transaction, empty outside, so nothing is seen.
create function livret.ici() returns bigint language sql stable parallel safe as
$$ select nullif(current_setting('livret.etablissement', true), '')::bigint $$;
create function livret.moi() returns bigint language sql stable parallel safe as
$$ select nullif(current_setting('livret.personne', true), '')::bigint $$;

-- Today, where the school is: what a student may not see yet is decided by the database too.
create function livret.jour() returns date language sql stable parallel safe as
$$ select nullif(current_setting('livret.jour', true), '')::date $$;

-- One policy for every table of a school, forced so that its owner obeys too.
create procedure livret.cloisonner(nom text) language plpgsql as $$
begin
    execute format('alter table %s enable row level security', nom::regclass);
    execute format('alter table %s force  row level security', nom::regclass);
    execute format('create policy ici on %s using (etablissement_id = livret.ici())
                                       with check (etablissement_id = livret.ici())', nom::regclass);
end $$;

-- A second lock on the tables that speak of a student: in a student's transaction only her own lines exist.
create procedure livret.reserver(nom text, colonne text default 'etudiant_id') language plpgsql as $$
begin
    execute format('create policy les_siens on %s as restrictive to livret_etudiant using (%I = livret.moi())
                                                                          with check (%I = livret.moi())',
                   nom::regclass, colonne, colonne);
end $$;
