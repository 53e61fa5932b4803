-- Who is what in the school, from when to when; what the school says of itself; the year that turns.
set local search_path = livret, public;

-- The head of the school and its DDFPT: they plan, and read no judgement.
do $$
begin
    begin
        create role livret_direction nologin;
    exception when duplicate_object or unique_violation then
        null;
    end;
    if not pg_has_role(current_user, 'livret_direction', 'member') then
        execute 'grant livret_direction to current_user';
    end if;
end $$;
insert into acces.genre values ('direction', '30 minutes', '12 hours'), ('ddfpt', '30 minutes', '12 hours');
grant usage on schema livret, certification to livret_direction;
grant select on etablissement, personne, promotion, inscription, edition, element, sous_competence, niveau,
                candidature, echeance, periode, periode_absence, amenagement, organisation, piece
    to livret_direction;
-- Of a sheet, where it stands; never what it says.
grant select (etablissement_id, fiche_id, promotion_id, etudiant_id, epreuve, numero, etat, rang, titre, nature, vecue,
              visee_le, deposee_le, version, retiree) on fiche to livret_direction;
grant select (etablissement_id, fiche_id, rang, version, ecrite_le) on fiche_version to livret_direction;
grant select (etablissement_id, fiche_id, levee) on fiche_remarque to livret_direction;
grant select (etablissement_id, fiche_id) on fiche_annexe to livret_direction;
-- Of the exam, the planning alone.
grant select on certification.passage to livret_direction;

-- What is written under the pen carries the number of its line in the journal, whoever writes it.
create function dater_du_journal() returns trigger language plpgsql as $$
begin
    new.version := coalesce((select seq from livret.tete where etablissement_id = new.etablissement_id), 0);
    return new;
end $$;

-- A teacher judges the blocs that are hers (null: all of them); who stands in for somebody says for whom.
-- Taken back the day it was given, it was never hers.
alter table suivi
    drop constraint un_suivi_finit_apres_son_debut,
    add constraint un_suivi_finit_apres_son_debut check (au >= du - 1),
    add column blocs    text[] constraint des_blocs_confies check (cardinality(blocs) > 0),
    add column remplace bigint constraint on_ne_se_remplace_pas check (remplace <> enseignant_id),
    add column version  bigint not null default 0,
    add foreign key (etablissement_id, remplace) references personne (etablissement_id, personne_id);
create trigger dater_du_journal before insert or update on suivi for each row execute function dater_du_journal();

-- A member of a jury examines from, to: not only as long as she is one.
alter table mandat
    add column du date,
    add column au date,
    add column version bigint not null default 0,
    add constraint un_mandat_finit_apres_son_debut check (au >= du - 1);
create trigger dater_du_journal before insert or update on mandat for each row execute function dater_du_journal();
create or replace function certification.preside(ecole bigint, promo bigint) returns boolean
language sql stable security definer set search_path = livret, pg_temp as $$
    select exists (select from mandat where etablissement_id = ecole and promotion_id = promo and jury_id = livret.moi()
                      and coalesce(du <= livret.jour(), true) and coalesce(livret.jour() <= au, true))
        or exists (select from suivi where etablissement_id = ecole and promotion_id = promo and enseignant_id = livret.moi()
                      and coordonne and du <= livret.jour() and (au is null or livret.jour() <= au))
$$;

-- A closed promotion is read, and written no more, from that day on. Two promotions may exchange their names at once.
alter table promotion
    add column close_du date,
    drop constraint une_promotion_par_nom,
    add constraint une_promotion_par_nom unique (etablissement_id, nom) deferrable initially immediate;

-- Said by the database too: to whoever forgets, and in the same words whatever the table.
create function une_promotion_ouverte() returns trigger language plpgsql security definer
set search_path = livret, pg_temp as $$
begin
    if exists (select from promotion p where p.etablissement_id = new.etablissement_id and p.promotion_id = new.promotion_id
                  and p.close_du <= livret.jour()) then
        raise exception 'cette promotion est close' using errcode = 'LV031', constraint = 'une_promotion_ouverte';
    end if;
    return new;
end $$;
do $$
declare
    nom text;
begin
    foreach nom in array array['livret.inscription', 'livret.suivi'] loop
        execute format('create trigger une_promotion_ouverte before insert on %s
                        for each row execute function livret.une_promotion_ouverte()', nom);
    end loop;
    foreach nom in array array['livret.situation', 'livret.groupe', 'livret.demande', 'livret.regle', 'livret.candidature',
            'livret.echeance', 'livret.periode', 'livret.fiche', 'certification.commission', 'certification.passage',
            'certification.grille', 'certification.evaluation', 'certification.scolaire_bulletin',
            'certification.scolaire_conseil'] loop
        execute format('create trigger une_promotion_ouverte before insert or update on %s
                        for each row execute function livret.une_promotion_ouverte()', nom);
    end loop;
end $$;

-- Today, this teacher judges this sous-compétence in this promotion.
create function juge(promo bigint, edition uuid, quoi text) returns boolean language sql stable as $$
    select exists (select from livret.suivi s
                    where s.etablissement_id = livret.ici() and s.promotion_id = promo and s.enseignant_id = livret.moi()
                      and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au)
                      and (s.blocs is null
                           or (select bloc from livret.sous_competence c
                                where c.edition_id = edition and c.code = quoi) = any (s.blocs)))
$$;
create function un_jugement_permis() returns trigger language plpgsql as $$
declare
    promo bigint;
    close boolean;
begin
    if current_user <> 'livret_enseignant' then return new; end if;
    select p.promotion_id, p.close_du <= livret.jour() into promo, close
      from livret.situation s join livret.promotion p using (etablissement_id, promotion_id)
     where s.etablissement_id = new.etablissement_id and s.situation_id = new.situation_id;
    if close then
        raise exception 'cette promotion est close' using errcode = 'LV031', constraint = 'une_promotion_ouverte';
    end if;
    if not livret.juge(promo, new.edition_id, new.code) then
        raise exception 'ce bloc est confié à d’autres' using errcode = 'LV032', constraint = 'un_bloc_confie';
    end if;
    return new;
end $$;
create trigger un_jugement_permis before insert or update on positionnement
    for each row execute function un_jugement_permis();
-- What the team settles on is decided by who judges that bloc, or coordinates.
create function une_decision_permise() returns trigger language plpgsql as $$
begin
    if current_user = 'livret_enseignant' and not exists (
           select from livret.inscription i
             join livret.promotion p using (etablissement_id, promotion_id)
             join livret.suivi s using (etablissement_id, promotion_id)
            where i.etablissement_id = new.etablissement_id and i.etudiant_id = new.etudiant_id
              and i.du <= livret.jour() and (i.au is null or livret.jour() <= i.au)
              and (p.close_du is null or livret.jour() < p.close_du)
              and s.enseignant_id = livret.moi() and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au)
              and (s.coordonne or livret.juge(i.promotion_id, new.edition_id, new.code))) then
        raise exception 'ce bloc est confié à d’autres' using errcode = 'LV032', constraint = 'un_bloc_confie';
    end if;
    return new;
end $$;
create trigger une_decision_permise before insert or update on validation
    for each row execute function une_decision_permise();

-- Midnight of a day, where the school is.
create function minuit(jour date) returns timestamptz language sql stable as $$
    select jour::timestamp at time zone (select fuseau from livret.etablissement where etablissement_id = livret.ici())
$$;

-- The team of a promotion is made by who brings people into it; nobody writes her own line.
create function confier_suivi(promo bigint, qui bigint, debut date, fin date, siens text[], pour bigint, coordonnant boolean)
returns void language plpgsql volatile security definer set search_path = livret, pg_temp as $$
begin
    if not livret.gere(promo) or qui = livret.moi() then
        raise exception 'nul n’écrit ses propres droits' using errcode = '42501';
    end if;
    insert into suivi (etablissement_id, promotion_id, enseignant_id, du, au, blocs, remplace, coordonne)
         values (livret.ici(), promo, qui, debut, fin, siens, pour, coordonnant);
end $$;
create function changer_suivi(promo bigint, qui bigint, debut date, fin date, siens text[], coordonnant boolean)
returns void language plpgsql volatile security definer set search_path = livret, pg_temp as $$
begin
    if not livret.gere(promo) or qui = livret.moi() then
        raise exception 'nul n’écrit ses propres droits' using errcode = '42501';
    end if;
    update suivi set au = fin, blocs = siens, coordonne = coordonnant
     where etablissement_id = livret.ici() and promotion_id = promo and enseignant_id = qui and du = debut;
end $$;
create function dater_mandat(promo bigint, qui bigint, debut date, fin date)
returns void language plpgsql volatile security definer set search_path = livret, pg_temp as $$
begin
    if not livret.gere(promo) or qui = livret.moi() then
        raise exception 'nul n’écrit ses propres droits' using errcode = '42501';
    end if;
    update mandat set du = debut, au = fin
     where etablissement_id = livret.ici() and promotion_id = promo and jury_id = qui;
end $$;
-- Who is that, today or later: whom one may choose.
create function acces.qui_sont(quoi text, maintenant timestamptz) returns setof bigint
language sql stable security definer set search_path = acces, pg_temp as $$
    select distinct personne_id from fonction
     where etablissement_id = livret.ici() and genre = quoi and (au is null or maintenant < au)
$$;
revoke execute on function confier_suivi, changer_suivi, dater_mandat, acces.qui_sont from public;
grant usage on schema acces to livret_enseignant;
grant execute on function confier_suivi, changer_suivi, dater_mandat, acces.qui_sont
    to livret_administrateur, livret_enseignant;
grant select on mandat to livret_administrateur;

-- The functions of everybody, as an administrator sees and dates them. Nobody dates her own, and one administrator
-- stays. A function that ends the instant it begins was never held.
alter table acces.fonction
    drop constraint une_fonction_finit_apres_son_debut,
    add constraint une_fonction_finit_apres_son_debut check (au >= du);
create function acces.fonctions_d_ici() returns table (personne_id bigint, genre text, du timestamptz, au timestamptz)
language sql stable security definer set search_path = acces, pg_temp as $$
    select personne_id, genre, du, au from fonction where etablissement_id = livret.ici()
$$;
create function acces.comptes_d_ici() returns table (personne_id bigint, identifiant text, ferme_le timestamptz)
language sql stable security definer set search_path = acces, pg_temp as $$
    select personne_id, identifiant, ferme_le from compte where etablissement_id = livret.ici()
$$;
create function acces.donner_fonction(qui bigint, quoi text, debut timestamptz, fin timestamptz)
returns void language plpgsql volatile security definer set search_path = acces, pg_temp as $$
begin
    if qui = livret.moi() then
        raise exception 'nul n’écrit ses propres droits' using errcode = '42501';
    end if;
    insert into fonction (etablissement_id, personne_id, genre, du, au) values (livret.ici(), qui, quoi, debut, fin);
end $$;
create function acces.finir_fonction(qui bigint, quoi text, debut timestamptz, fin timestamptz)
returns void language plpgsql volatile security definer set search_path = acces, pg_temp as $$
begin
    if qui = livret.moi() then
        raise exception 'nul n’écrit ses propres droits' using errcode = '42501';
    end if;
    update fonction set au = case when fin is not null then greatest(fin, du) end
     where etablissement_id = livret.ici() and personne_id = qui and genre = quoi and du = debut;
end $$;
create function acces.dater_compte(qui bigint, fermeture timestamptz)
returns void language plpgsql volatile security definer set search_path = acces, pg_temp as $$
begin
    if qui = livret.moi() then
        raise exception 'nul n’écrit ses propres droits' using errcode = '42501';
    end if;
    update compte set ferme_le = fermeture where etablissement_id = livret.ici() and personne_id = qui;
end $$;
create function acces.administrateurs_apres(quand timestamptz, sans bigint) returns bigint
language sql stable security definer set search_path = acces, pg_temp as $$
    select count(distinct f.personne_id) from fonction f join compte c using (etablissement_id, personne_id)
     where f.etablissement_id = livret.ici() and f.genre = 'administrateur' and f.personne_id <> sans
       and f.du <= quand and f.au is null and c.ferme_le is null
$$;
revoke execute on function acces.fonctions_d_ici, acces.comptes_d_ici, acces.donner_fonction, acces.finir_fonction,
    acces.dater_compte, acces.administrateurs_apres from public;
grant execute on function acces.fonctions_d_ici, acces.comptes_d_ici, acces.donner_fonction, acces.finir_fonction,
    acces.dater_compte, acces.administrateurs_apres to livret_administrateur;
grant update (civilite, nom, prenom) on personne to livret_administrateur;

-- What the school says of itself, and the images of its papers.
alter table etablissement
    add column adresse     text not null default '' constraint une_adresse check (length(adresse) <= 200),
    add column code_postal text not null default '' constraint un_code_postal check (length(code_postal) <= 10),
    add column ville       text not null default '' constraint une_ville check (length(ville) <= 80),
    add column academie    text not null default '' constraint une_academie check (length(academie) <= 80),
    add column site        text not null default '' constraint un_site check (length(site) <= 200),
    add column reglages    bigint not null default 0;                                      -- seq of the event that set them
grant update (nom, fuseau, adresse, code_postal, ville, academie, site, reglages) on etablissement to livret_administrateur;
create table image (
    etablissement_id bigint not null references etablissement,
    genre     text   not null constraint un_genre_d_image check (genre in ('logo', 'cachet')),
    version   bigint not null,                                    -- seq of the event that wrote it: the last one counts
    format    text   constraint un_format_d_image check (format in ('png', 'jpg')),
    empreinte bytea  constraint une_empreinte_d_image check (length(empreinte) = 32),      -- null: taken away
    taille    bigint not null default 0,
    le        timestamptz not null,
    par       bigint not null,
    primary key (etablissement_id, genre, version),
    foreign key (etablissement_id, par)     references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, version) references evenement (etablissement_id, seq)
);
call livret.cloisonner('livret.image');
grant select on image to livret_enseignant, livret_etudiant, livret_jury, livret_administrateur, livret_direction;
grant insert on image to livret_administrateur;

-- The year that turns: prepared, applied, then confirmed or gone back on. One at a time.
create table bascule (
    etablissement_id bigint not null references etablissement,
    bascule_id bigint generated always as identity,
    jour   date   not null,                                       -- first day of the new year
    fermeture date not null,                                      -- last day of the accounts of those who leave
    etat   text   not null constraint un_etat_de_bascule
           check (etat in ('preparee', 'appliquee', 'confirmee', 'revenue', 'abandonnee')),
    plan   jsonb  not null,                                       -- promotions and people who move
    avant  jsonb,                                                 -- as they were, and as they were made
    apres  jsonb,
    par    bigint not null,
    le     timestamptz not null,
    version bigint not null,
    primary key (etablissement_id, bascule_id),
    constraint une_bascule_par_numero unique (bascule_id),
    foreign key (etablissement_id, par) references personne (etablissement_id, personne_id)
);
create unique index une_bascule_a_la_fois on bascule (etablissement_id) where etat in ('preparee', 'appliquee');
call livret.cloisonner('livret.bascule');
grant select, insert on bascule to livret_administrateur;
grant update (etat, par, le, version) on bascule to livret_administrateur;
grant usage on all sequences in schema livret to livret_administrateur;

-- All that a plan touches, as it is now: names and closings, places, the ends of the students' functions.
create function photographier(plan jsonb) returns jsonb
language sql stable security definer set search_path = livret, acces, pg_temp set timezone = 'UTC' as $$
    select jsonb_build_object(
        'promotions', coalesce((
            select jsonb_agg(jsonb_build_object('id', p.promotion_id, 'nom', p.nom, 'close_du', p.close_du) order by p.promotion_id)
              from promotion p join jsonb_to_recordset(plan -> 'promotions') q (id bigint) on q.id = p.promotion_id
             where p.etablissement_id = livret.ici()), '[]'),
        'inscriptions', coalesce((
            select jsonb_agg(jsonb_build_object('promotion', i.promotion_id, 'etudiant', i.etudiant_id, 'du', i.du, 'au', i.au)
                             order by i.promotion_id, i.etudiant_id)
              from inscription i join jsonb_to_recordset(plan -> 'etudiants') e (id bigint, promotion bigint, vers bigint)
                on e.id = i.etudiant_id and i.promotion_id in (e.promotion, e.vers)
             where i.etablissement_id = livret.ici()), '[]'),
        'fonctions', coalesce((
            select jsonb_agg(jsonb_build_object('etudiant', f.personne_id, 'du', f.du, 'au', f.au) order by f.personne_id, f.du)
              from fonction f join jsonb_to_recordset(plan -> 'etudiants') e (id bigint, vers bigint)
                on e.id = f.personne_id and e.vers is null
             where f.etablissement_id = livret.ici() and f.genre = 'etudiant'), '[]'))
$$;
create function basculer(quelle bigint) returns void
language plpgsql volatile security definer set search_path = livret, acces, pg_temp as $$
declare
    b bascule;
    photo jsonb;
begin
    select * into strict b from bascule
     where etablissement_id = livret.ici() and bascule_id = quelle and etat = 'preparee';
    photo := photographier(b.plan);
    update inscription i set au = b.jour - 1
      from jsonb_to_recordset(b.plan -> 'etudiants') e (id bigint, promotion bigint)
     where i.etablissement_id = livret.ici() and i.etudiant_id = e.id and i.promotion_id = e.promotion;
    insert into inscription (etablissement_id, promotion_id, etudiant_id, du)
         select livret.ici(), e.vers, e.id, b.jour
           from jsonb_to_recordset(b.plan -> 'etudiants') e (id bigint, vers bigint) where e.vers is not null;
    update fonction f set au = livret.minuit(b.fermeture + 1)
      from jsonb_to_recordset(b.plan -> 'etudiants') e (id bigint, vers bigint)
     where f.etablissement_id = livret.ici() and f.personne_id = e.id and e.vers is null and f.genre = 'etudiant'
       and f.du <= livret.minuit(b.fermeture + 1) and (f.au is null or livret.minuit(b.fermeture + 1) < f.au);
    update promotion p set nom = q.nom, close_du = case when q.close then b.jour end
      from jsonb_to_recordset(b.plan -> 'promotions') q (id bigint, nom text, close boolean)
     where p.etablissement_id = livret.ici() and p.promotion_id = q.id;
    update bascule set avant = photo, apres = photographier(b.plan)
     where etablissement_id = livret.ici() and bascule_id = quelle;
end $$;
-- Back to what was, exactly; nothing is done when somebody touched it since, or worked in her new promotion.
create function rebasculer(quelle bigint) returns void
language plpgsql volatile security definer set search_path = livret, acces, pg_temp as $$
declare
    b bascule;
begin
    select * into strict b from bascule
     where etablissement_id = livret.ici() and bascule_id = quelle and etat = 'appliquee';
    if photographier(b.plan) <> b.apres then
        raise exception 'changé depuis' using errcode = 'LV033', constraint = 'une_bascule_intacte';
    end if;
    delete from inscription i using jsonb_to_recordset(b.plan -> 'etudiants') e (id bigint, vers bigint)
     where i.etablissement_id = livret.ici() and i.promotion_id = e.vers and i.etudiant_id = e.id;
    update inscription i set au = e.au
      from jsonb_to_recordset(b.avant -> 'inscriptions') e (promotion bigint, etudiant bigint, au date)
     where i.etablissement_id = livret.ici() and i.promotion_id = e.promotion and i.etudiant_id = e.etudiant;
    update fonction f set au = e.au
      from jsonb_to_recordset(b.avant -> 'fonctions') e (etudiant bigint, du timestamptz, au timestamptz)
     where f.etablissement_id = livret.ici() and f.personne_id = e.etudiant and f.du = e.du and f.genre = 'etudiant';
    update promotion p set nom = q.nom, close_du = q.close_du
      from jsonb_to_recordset(b.avant -> 'promotions') q (id bigint, nom text, close_du date)
     where p.etablissement_id = livret.ici() and p.promotion_id = q.id;
    if photographier(b.plan) <> b.avant then
        raise exception 'pas comme avant' using errcode = 'LV033', constraint = 'une_bascule_intacte';
    end if;
end $$;
revoke execute on function photographier, basculer, rebasculer from public;
grant execute on function basculer, rebasculer to livret_administrateur;
