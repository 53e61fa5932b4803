-- The past, read faster: the journal in the order in which pages of the past select from it. And an arret is lifted only
-- by a reopening that a second person confirmed, whatever writes it.
set local search_path = livret, public;

-- The levels of a class at a moment: the last line of each cell, read in order from the index alone.
create index niveau_a_un_moment on evenement (etablissement_id, etudiant_id, edition_id, code, situation_id, seq desc)
    include (le, vers, vecu_le) where genre in ('positionner', 'annuler');
-- What was decided of livrets, and what became of occasions: few lines among many.
create index decision_a_un_moment on evenement (etablissement_id, etudiant_id, seq)
    where genre in ('valider', 'retirer_validation', 'arreter_livret', 'demander_reouverture', 'confirmer_reouverture',
                    'ecarter_reouverture');
create index occasion_a_un_moment on evenement (etablissement_id, situation_id, seq desc)
    where genre in ('ouvrir_situation', 'corriger_situation');
create index preuve_a_un_moment on evenement (etablissement_id, preuve_id, seq desc)
    where genre in ('deposer_preuve', 'completer_preuve');

-- A reopening begins by waiting: a teacher cannot write one that is confirmed already.
create policy une_reouverture_commence_par_attendre on reouverture as restrictive for insert to livret_enseignant
    with check (etat = 'attente' and close_le is null and close_version is null);

-- Checked once the statement is done: the confirmation and what it lifts are written together.
create function un_arret_se_leve_a_deux() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.leve_version is not null
       and (new.leve_version, new.leve_le) is distinct from (old.leve_version, old.leve_le) then
        raise exception 'un arrêt levé le reste' using errcode = 'LV005', constraint = 'un_arret_leve_le_reste';
    end if;
    if new.leve_version is not null
       and not exists (select from livret.reouverture r
                        where r.etablissement_id = new.etablissement_id and r.etudiant_id = new.etudiant_id
                          and r.arret = new.version and r.etat = 'confirmee' and r.close_par <> r.par
                          and r.close_version = new.leve_version and r.close_le = new.leve_le) then
        raise exception 'un arrêt ne se lève que par une réouverture confirmée par une seconde personne'
            using errcode = 'LV005', constraint = 'un_arret_se_leve_a_deux';
    end if;
    return null;
end $$;
create trigger un_arret_se_leve_a_deux after insert or update on arret
    for each row execute function un_arret_se_leve_a_deux();
