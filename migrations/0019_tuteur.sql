-- What the tutor says of her trainee: an avis, never a level. She has no account: a link opens one period to her.
do $$
begin
    begin
        create role livret_tuteur nologin;
    exception when duplicate_object or unique_violation then
        null;
    end;
    if not pg_has_role(current_user, 'livret_tuteur', 'member') then
        grant livret_tuteur to current_user;
    end if;
end $$;
set local search_path = livret, public;
grant usage on schema livret to livret_tuteur;

alter table etablissement add column jours_apres_stage int not null default 15   -- a link is good until then
    constraint des_jours_apres_stage check (jours_apres_stage between 0 and 365);

-- The period that a tutor's transaction is limited to.
create function livret.la_periode() returns bigint language sql stable parallel safe as
$$ select nullif(current_setting('livret.periode', true), '')::bigint $$;

create table lien (                                               -- asked by a teacher; its token is kept elsewhere, hashed
    etablissement_id bigint not null,
    lien_id     bigint generated always as identity,
    periode_id  bigint not null,
    etudiant_id bigint not null,
    tuteur_id   bigint not null,
    voie        text   not null constraint une_voie_de_lien check (voie in ('courriel', 'papier')),
    par         bigint not null,
    cree_le     timestamptz not null,
    ouvert_le   timestamptz,                                      -- the first time that somebody said to be her
    pas_moi_le  timestamptz,                                      -- somebody said not to be: the référent is told
    revoque_le  timestamptz,
    version     bigint not null,                                  -- the line that asked for it
    primary key (etablissement_id, lien_id),
    constraint un_lien_par_numero unique (lien_id),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id),
    foreign key (etablissement_id, tuteur_id)  references tuteur (etablissement_id, tuteur_id),
    foreign key (etablissement_id, par)        references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)    references evenement (etablissement_id, seq)
);
create index on lien (etablissement_id, periode_id);
call livret.cloisonner('livret.lien');
call livret.reserver('livret.lien');

create table reponse (                                            -- each tap stays; the last one on a subject counts
    etablissement_id bigint not null,
    reponse_id  bigint generated always as identity,
    periode_id  bigint not null,
    etudiant_id bigint not null,
    tuteur_id   bigint not null,
    genre       text not null constraint un_genre_de_reponse check (genre in ('enonce', 'mission', 'remarque')),
    sujet       text not null default '' constraint un_sujet_de_reponse check (length(sujet) <= 60),
    dit         text not null constraint une_reponse check (length(dit) <= 2000),
    le          timestamptz not null,
    cle         uuid not null,
    primary key (etablissement_id, reponse_id),
    constraint une_reponse_par_cle unique (etablissement_id, periode_id, tuteur_id, cle),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id),
    foreign key (etablissement_id, tuteur_id)  references tuteur (etablissement_id, tuteur_id)
);
create index on reponse (etablissement_id, periode_id);
call livret.cloisonner('livret.reponse');
call livret.reserver('livret.reponse');

create table avis (                                               -- signed; a new one leaves the former
    etablissement_id bigint not null,
    avis_id     bigint generated always as identity,
    periode_id  bigint not null,
    etudiant_id bigint not null,
    tuteur_id   bigint not null,
    nom         text  not null constraint une_signature check (length(nom) between 2 and 120),
    contenu     jsonb not null,
    empreinte   bytea not null constraint une_empreinte_d_avis check (length(empreinte) = 32),
    signe_le    timestamptz not null,
    par         bigint not null,                                  -- the tutor, or the teacher who typed her paper
    papier_du   date,
    version     bigint not null,
    primary key (etablissement_id, avis_id),
    constraint un_avis_par_numero unique (avis_id),
    foreign key (etablissement_id, periode_id) references periode (etablissement_id, periode_id),
    foreign key (etablissement_id, tuteur_id)  references tuteur (etablissement_id, tuteur_id),
    foreign key (etablissement_id, par)        references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version)    references evenement (etablissement_id, seq),
    constraint un_papier_est_tape_par_un_autre check ((par = tuteur_id) = (papier_du is null))
);
create index on avis (etablissement_id, periode_id);
create index on avis (etablissement_id, etudiant_id);
call livret.cloisonner('livret.avis');
call livret.reserver('livret.avis');

create table avis_ligne (                                         -- what it says of each sous-compétence, in its words
    etablissement_id bigint not null,
    avis_id     bigint not null,
    etudiant_id bigint not null,
    code        text   not null,
    enonce      text   not null,
    reponse     text   not null,                                  -- as she read it: « Seul »
    primary key (etablissement_id, avis_id, code, enonce),
    foreign key (etablissement_id, avis_id) references avis (etablissement_id, avis_id)
);
create index on avis_ligne (etablissement_id, etudiant_id, code);
call livret.cloisonner('livret.avis_ligne');
call livret.reserver('livret.avis_ligne');

grant select on lien, reponse, avis, avis_ligne to livret_enseignant, livret_jury;
grant select on avis, avis_ligne to livret_etudiant;
grant insert on lien, avis, avis_ligne to livret_enseignant;
grant update (revoque_le) on lien to livret_enseignant;
create policy un_avis_tape on avis as restrictive for insert to livret_enseignant
    with check (par = livret.moi() and papier_du is not null);
grant usage on all sequences in schema livret to livret_enseignant, livret_tuteur;

-- A tutor: her period, its missions, what she answered; of the journal, her own lines. No table of people.
grant select on etablissement, periode, mission, reponse, avis, avis_ligne, evenement, tete to livret_tuteur;
grant insert on reponse, avis, avis_ligne, evenement to livret_tuteur;
grant update (seq, empreinte) on tete to livret_tuteur;
do $$
declare
    nom text;
begin
    foreach nom in array array['periode', 'mission', 'reponse', 'avis'] loop
        execute format('create policy la_sienne on livret.%I as restrictive to livret_tuteur
                            using (periode_id = livret.la_periode()) with check (periode_id = livret.la_periode())', nom);
    end loop;
end $$;
create policy son_avis on avis_ligne as restrictive to livret_tuteur
    using (exists (select from avis a where a.avis_id = avis_ligne.avis_id))
    with check (exists (select from avis a where a.avis_id = avis_ligne.avis_id and a.etudiant_id = avis_ligne.etudiant_id));
create policy sa_reponse on reponse as restrictive for insert to livret_tuteur
    with check (tuteur_id = livret.moi()
                and exists (select from periode p where p.periode_id = reponse.periode_id and p.etudiant_id = reponse.etudiant_id));
create policy sa_signature on avis as restrictive for insert to livret_tuteur
    with check (par = livret.moi() and tuteur_id = livret.moi() and papier_du is null
                and exists (select from periode p where p.periode_id = avis.periode_id and p.etudiant_id = avis.etudiant_id));
create policy ses_lignes on evenement as restrictive to livret_tuteur
    using (acteur_id = livret.moi())
    with check (acteur_id = livret.moi() and genre = 'signer_avis'
                and exists (select from periode p where p.etudiant_id = evenement.etudiant_id));

-- The token of a link, and a tutor's session: SHA-256 only.
create table acces.jeton (
    empreinte bytea primary key constraint un_jeton_hache check (length(empreinte) = 32),
    lien_id   bigint not null references livret.lien (lien_id)
);
create table acces.visite_tuteur (
    empreinte  bytea primary key constraint une_visite_hachee check (length(empreinte) = 32),
    lien_id    bigint not null references livret.lien (lien_id),
    ouverte_le timestamptz not null,
    vue_le     timestamptz not null,
    fermee_le  timestamptz
);

-- The last instant of a link: the end of the stage and some days, where the school is.
create function livret.fin_de_lien(p livret.periode) returns timestamptz
language sql stable security definer set search_path = livret, pg_temp as $$
    select ((least(p.au, coalesce(p.interrompue_le, p.au)) + e.jours_apres_stage + 1)::timestamp at time zone e.fuseau)
      from etablissement e where e.etablissement_id = p.etablissement_id
$$;

-- Whose link it is, while it is good: who opens is told before anything is opened.
create function acces.lien_ouvert(numero bigint, maintenant timestamptz)
returns table (etablissement_id bigint, lien_id bigint, periode_id bigint, etudiant_id bigint, tuteur_id bigint, tuteur text,
               stagiaire text, organisation text, etablissement text, fictif boolean, edition text, ici_le timestamp,
               dernier_jour date)
language sql stable security definer set search_path = livret, acces, pg_temp as $$
    select l.etablissement_id, l.lien_id, l.periode_id, l.etudiant_id, l.tuteur_id,
           concat_ws(' ', t.civilite, case when t.civilite is null then t.prenom end, t.nom),
           s.prenom || ' ' || left(s.nom, 1) || '.', o.nom, e.nom, e.fictif, ed.code, maintenant at time zone e.fuseau,
           least(p.au, coalesce(p.interrompue_le, p.au)) + e.jours_apres_stage
      from lien l
      join periode p using (etablissement_id, periode_id)
      join promotion pr using (etablissement_id, promotion_id)
      join edition ed using (edition_id)
      join organisation o using (etablissement_id, organisation_id)
      join etablissement e using (etablissement_id)
      join personne t on t.etablissement_id = l.etablissement_id and t.personne_id = l.tuteur_id
      join personne s on s.etablissement_id = l.etablissement_id and s.personne_id = l.etudiant_id
     where l.lien_id = numero and l.revoque_le is null and not p.annulee and p.tuteur_id = l.tuteur_id
       and maintenant < livret.fin_de_lien(p)
$$;
create function acces.lien_de(jeton bytea) returns bigint
language sql stable security definer set search_path = acces, pg_temp as $$
    select lien_id from acces.jeton j where j.empreinte = jeton
$$;
create function acces.ouvrir_tuteur(numero bigint, cookie bytea, maintenant timestamptz) returns void
language sql volatile security definer set search_path = livret, acces, pg_temp as $$
    insert into visite_tuteur (empreinte, lien_id, ouverte_le, vue_le) values (cookie, numero, maintenant, maintenant);
    update lien set ouvert_le = coalesce(ouvert_le, maintenant) where lien_id = numero;
$$;
create function acces.pas_moi(numero bigint, maintenant timestamptz) returns void
language sql volatile security definer set search_path = livret, pg_temp as $$
    update lien set pas_moi_le = maintenant where lien_id = numero
$$;
-- The link of an open visit: two hours without a tap, half a day in all; the link opens another.
create function acces.visite_de(cookie bytea, maintenant timestamptz) returns bigint
language sql volatile security definer set search_path = acces, pg_temp as $$
    update visite_tuteur set vue_le = maintenant
     where empreinte = cookie and fermee_le is null and maintenant - vue_le < interval '2 hours'
       and maintenant - ouverte_le < interval '12 hours'
    returning lien_id
$$;
create function acces.fermer_tuteur(cookie bytea, maintenant timestamptz) returns void
language sql volatile security definer set search_path = acces, pg_temp as $$
    update visite_tuteur set fermee_le = maintenant where empreinte = cookie and fermee_le is null
$$;
revoke execute on function livret.fin_de_lien, acces.lien_ouvert, acces.lien_de, acces.ouvrir_tuteur, acces.pas_moi, acces.visite_de,
    acces.fermer_tuteur from public;
grant execute on function acces.lien_ouvert, acces.lien_de, acces.ouvrir_tuteur, acces.pas_moi, acces.visite_de, acces.fermer_tuteur
    to livret_app;
grant execute on function livret.fin_de_lien to livret_enseignant;

-- A teacher gives a token to a link of her school. She never reads one.
create function livret.donner_jeton(numero bigint, hache bytea) returns void
language sql volatile security definer set search_path = livret, acces, pg_temp as $$
    insert into acces.jeton (empreinte, lien_id)
    select hache, lien_id from lien where lien_id = numero and etablissement_id = livret.ici() and revoque_le is null
$$;

-- Mail to the tutor of a link, at her address of the book, now or later. False where she has none, or was written to already.
alter table courriel add column lien_id bigint references lien (lien_id);
create index on courriel (lien_id) where etat = 'attente';
create function livret.ecrire_au_tuteur(acte uuid, numero bigint, objet text, mots text, le timestamptz, depart timestamptz)
returns boolean language plpgsql volatile security definer set search_path = livret, pg_temp as $$
begin
    insert into courriel (etablissement_id, cle, adresse, sujet, texte, ecrit_le, prochain_le, jusqu_au, lien_id)
    select l.etablissement_id, acte, t.mel, objet, mots, le, depart, livret.fin_de_lien(p), l.lien_id
      from lien l
      join tuteur t using (etablissement_id, tuteur_id)
      join periode p on p.etablissement_id = l.etablissement_id and p.periode_id = l.periode_id
     where l.lien_id = numero and l.etablissement_id = livret.ici() and t.mel <> '' and depart < livret.fin_de_lien(p)
    on conflict on constraint un_courriel_par_cle do nothing;
    return found;
end $$;
-- What still waits for her is not sent: she answered, or the link is closed.
create function livret.taire(periode bigint, lien_tu bigint, maintenant timestamptz) returns void
language sql volatile security definer set search_path = livret, pg_temp as $$
    update courriel c set etat = 'annule', fini_le = maintenant, efface_le = maintenant, adresse = null, sujet = null, texte = null
      from lien l
     where l.lien_id = c.lien_id and c.etat = 'attente' and l.etablissement_id = livret.ici()
       and l.periode_id = coalesce(livret.la_periode(), periode) and (lien_tu is null or l.lien_id = lien_tu)
$$;
-- Nor is it when the period was cancelled or has another tutor; when it ends another day, the mail is good until then.
create function une_periode_change() returns trigger language plpgsql security definer
set search_path = livret, pg_temp as $$
begin
    update courriel c set etat = 'annule', fini_le = ecrit_le, efface_le = ecrit_le, adresse = null, sujet = null, texte = null
      from lien l
     where l.lien_id = c.lien_id and c.etat = 'attente' and l.periode_id = new.periode_id
       and (new.annulee or l.tuteur_id is distinct from new.tuteur_id);
    update courriel c set jusqu_au = livret.fin_de_lien(new)
      from lien l
     where l.lien_id = c.lien_id and c.etat = 'attente' and l.periode_id = new.periode_id;
    return null;
end $$;
create trigger une_periode_change after update on periode for each row
    when (old.annulee is distinct from new.annulee or old.tuteur_id is distinct from new.tuteur_id
          or old.au is distinct from new.au or old.interrompue_le is distinct from new.interrompue_le)
    execute function une_periode_change();
revoke execute on function livret.donner_jeton, livret.ecrire_au_tuteur, livret.taire from public;
grant execute on function livret.donner_jeton, livret.ecrire_au_tuteur to livret_enseignant;
grant execute on function livret.taire to livret_enseignant, livret_tuteur;
