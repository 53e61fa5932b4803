-- A school that came from another server: the keys that signed its journal there, up to which line, and its papers, until
-- when. The lines keep their signatures; nothing is signed again.
set local search_path = livret, public;

create table cle_publique (
    etablissement_id bigint not null references etablissement,
    cle_id      text   not null,
    cle         bytea  not null constraint une_cle_de_32_octets check (length(cle) = 32),
    jusqu_a_seq bigint not null,                                  -- the last line that it may have signed
    jusqu_au    timestamptz not null,                             -- and the last instant
    primary key (etablissement_id, cle_id)
);
call livret.cloisonner('livret.cle_publique');

-- What anybody may know, across schools: a paper is verified by who does not sign in.
create function acces.cles_d_ailleurs() returns table (cle_id text, cle bytea, jusqu_au timestamptz)
language sql stable security definer set search_path = livret, pg_temp as $$
    select cle_id, cle, max(jusqu_au) from livret.cle_publique group by cle_id, cle order by cle_id
$$;
revoke execute on function acces.cles_d_ailleurs from public;
grant execute on function acces.cles_d_ailleurs to livret_app;
