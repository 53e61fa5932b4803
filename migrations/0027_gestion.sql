-- Who brings people into a promotion and gives them their access: an administrator of the school, or who coordinates that
-- promotion today. Asked by every act that does so, and by the functions that write in their name. The role of the
-- transaction is the proof that opened it: it stays the same inside a function that runs as its owner.
set local search_path = livret, public;

create function gere(promotion bigint) returns boolean
language sql stable security definer set search_path = livret, pg_temp as $$
    select current_setting('role') = 'livret_administrateur'
        or current_setting('role') = 'livret_enseignant' and exists (
               select from livret.suivi s
                where s.etablissement_id = livret.ici() and s.enseignant_id = livret.moi()
                  and s.promotion_id = promotion and s.coordonne
                  and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au))
$$;
revoke execute on function gere from public;
grant execute on function gere to livret_administrateur, livret_enseignant;
