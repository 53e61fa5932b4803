-- Who coordinates a promotion: a teacher of it who also sets its rules, and decides for all of it.
set local search_path = livret, public;

alter table suivi add column coordonne boolean not null default false;
grant update (coordonne) on suivi to livret_administrateur;
