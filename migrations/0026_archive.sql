-- What leaves the house: what a jury reads of a livret, the dossiers that are being made, and those that are kept sealed.
set local search_path = livret, public;

-- What she last said of herself is beside the level that the team settled on; of remarks, only how many are open.
grant select (etablissement_id, demande_id, edition_id, code, niveau) on demande_ligne to livret_jury;
grant select (etablissement_id, fiche_id, levee) on fiche_remarque to livret_jury;
