-- Who went to see her says so, and alone corrects it; the diary and the visits are read by her team and by her.
set local search_path = livret, public;

revoke update on visite from livret_enseignant;
grant update (le, mode, rencontre, compte_rendu, version) on visite to livret_enseignant;
create policy sa_visite on visite as restrictive for insert to livret_enseignant with check (par = livret.moi());
create policy sa_visite_corrigee on visite as restrictive for update to livret_enseignant
    using (par = livret.moi()) with check (par = livret.moi());

-- Nothing that a jury reads is made of them.
revoke select on visite, note_hebdo from livret_jury;
