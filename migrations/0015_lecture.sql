-- When she read what her teachers answered: a fact of her own screen, no act of the journal. It says nothing of anybody.
set local search_path = livret, public;

alter table demande add column lue_le timestamptz,
    add constraint on_lit_une_reponse check (lue_le is null or etat <> 'attente');
grant update (lue_le) on demande to livret_etudiant;
