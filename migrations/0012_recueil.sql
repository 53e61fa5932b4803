-- Recording a preuve: a draft that only its author sees, what is declared of it, who was in it, its versions.
set local search_path = livret, public;

create table brouillon (                                          -- private until it is sent; then it is a preuve
    etablissement_id bigint not null,
    par         bigint   not null,
    cle         uuid     not null,                                -- made by the page; the act that sends it bears it
    etudiant_id bigint   not null,                                -- whose preuve it will be
    champs      jsonb    not null constraint un_brouillon_mesure check (length(champs::text) <= 100000),
    etape       int      not null constraint une_etape check (etape between 1 and 3),
    version     int      not null default 1,                      -- what a page sends back: two tabs do not undo each other
    commence_le timestamptz not null,
    repris_le   timestamptz not null,
    primary key (etablissement_id, par, cle),
    foreign key (etablissement_id, par)         references personne (etablissement_id, personne_id),
    foreign key (etablissement_id, etudiant_id) references personne (etablissement_id, personne_id)
);
call livret.cloisonner('livret.brouillon');
create policy les_siens on brouillon as restrictive using (par = livret.moi()) with check (par = livret.moi());
grant select, insert, delete on brouillon to livret_etudiant, livret_enseignant;
grant update (champs, etape, version, repris_le) on brouillon to livret_etudiant, livret_enseignant;

-- What its author declares. Null: recorded before it was asked.
alter table preuve
    add column avec         text not null default '' constraint un_avec_bref check (length(avec) <= 300),
    add column reelle       boolean,                              -- really lived, or simulated (circulaire, annexe VII-1)
    add column ia           text constraint un_usage_d_ia check (ia in ('aucun', 'aide', 'repris')),
    add column ia_precision text not null default '' constraint une_precision_breve check (length(ia_precision) <= 500),
    add column personnes    boolean not null default false,       -- somebody can be recognised, and agreed in writing
    add column confidentiel boolean not null default false,       -- the company's own: not to be spread
    add constraint un_usage_d_ia_se_precise check (ia is null or ia = 'aucun' or ia_precision <> '');
grant update (titre, texte, avec, reelle, ia, ia_precision, personnes, confidentiel, version)
    on preuve to livret_etudiant, livret_enseignant;
create policy les_miennes_seules on preuve as restrictive for update to livret_etudiant, livret_enseignant
    using (par = livret.moi()) with check (par = livret.moi());

create table preuve_savoir (
    etablissement_id bigint not null,
    preuve_id        bigint not null,
    edition_id       uuid   not null,
    code             text   not null,
    primary key (etablissement_id, preuve_id, edition_id, code),
    foreign key (etablissement_id, preuve_id) references preuve (etablissement_id, preuve_id),
    foreign key (edition_id, code) references element (edition_id, code)
);
call livret.cloisonner('livret.preuve_savoir');
create policy les_siennes on preuve_savoir as restrictive to livret_etudiant using (
    exists (select from preuve p where p.etablissement_id = preuve_savoir.etablissement_id
                                   and p.preuve_id = preuve_savoir.preuve_id));
grant select, insert on preuve_savoir to livret_enseignant, livret_etudiant;
grant select on preuve_savoir to livret_jury;
-- A version takes lines away from the projection; the journal keeps what they were.
grant delete on preuve_sous_competence, preuve_lien, preuve_savoir to livret_enseignant, livret_etudiant;
create policy les_miennes_seules on preuve_sous_competence as restrictive for delete to livret_etudiant, livret_enseignant
    using (exists (select from preuve p where p.etablissement_id = preuve_sous_competence.etablissement_id
                      and p.preuve_id = preuve_sous_competence.preuve_id and p.par = livret.moi()));
create policy les_miennes_seules on preuve_lien as restrictive for delete to livret_etudiant, livret_enseignant
    using (exists (select from preuve p where p.etablissement_id = preuve_lien.etablissement_id
                      and p.preuve_id = preuve_lien.preuve_id and p.par = livret.moi()));
create policy les_miennes_seules on preuve_savoir as restrictive for delete to livret_etudiant, livret_enseignant
    using (exists (select from preuve p where p.etablissement_id = preuve_savoir.etablissement_id
                      and p.preuve_id = preuve_savoir.preuve_id and p.par = livret.moi()));

-- A team: each has his own part. Whoever is named by another enters only by saying so himself.
alter table preuve_etudiant
    add column part        text not null default '' constraint une_part_breve check (length(part) <= 5000),
    add column acceptee_le timestamptz,
    add column declinee_le timestamptz,
    add constraint acceptee_ou_declinee check (acceptee_le is null or declinee_le is null);
update preuve_etudiant pe set acceptee_le = p.deposee_le from preuve p
 where (p.etablissement_id, p.preuve_id) = (pe.etablissement_id, pe.preuve_id);
grant update (part, acceptee_le, declinee_le) on preuve_etudiant to livret_etudiant;
drop policy les_siens on preuve_etudiant;
create policy les_siens on preuve_etudiant as restrictive for select to livret_etudiant using (etudiant_id = livret.moi());
create policy la_sienne_seule on preuve_etudiant as restrictive for update to livret_etudiant
    using (etudiant_id = livret.moi()) with check (etudiant_id = livret.moi());

-- Her team mates: the other members of the open teams that a teacher made. A student reads no other name of her class.
create function livret.equipiers(qui bigint) returns table (etudiant_id bigint, nom text, prenom text)
language sql stable security definer set search_path = livret, pg_temp as $$
    select distinct a.etudiant_id, p.nom, p.prenom
      from membre m
      join groupe g using (etablissement_id, groupe_id)
      join membre a using (etablissement_id, groupe_id)
      join inscription i on i.etablissement_id = a.etablissement_id and i.etudiant_id = a.etudiant_id
                        and i.promotion_id = g.promotion_id
      join personne p on p.etablissement_id = a.etablissement_id and p.personne_id = a.etudiant_id
     where m.etablissement_id = livret.ici() and m.etudiant_id = qui and a.etudiant_id <> qui
       and g.equipe and g.ferme_le is null
       and i.du <= livret.jour() and (i.au is null or livret.jour() <= i.au)
       and (qui = livret.moi()
            or exists (select from suivi s where s.etablissement_id = m.etablissement_id and s.promotion_id = g.promotion_id
                          and s.enseignant_id = livret.moi()
                          and s.du <= livret.jour() and (s.au is null or livret.jour() <= s.au)))
$$;
-- A student writes the line of her team mates in a preuve that she records; the names of those who are in a preuve that
-- she sees, with what each did.
create policy les_siens_et_son_equipe on preuve_etudiant as restrictive for insert to livret_etudiant with check (
    exists (select from preuve p where p.etablissement_id = preuve_etudiant.etablissement_id
                                   and p.preuve_id = preuve_etudiant.preuve_id and p.par = livret.moi())
    and (etudiant_id = livret.moi()
         or (acceptee_le is null and part = '' and exists (select from livret.equipiers(livret.moi()) e
                                                            where e.etudiant_id = preuve_etudiant.etudiant_id))));
-- What is recorded is recorded in one's own name, and its lists are written by whoever recorded it.
create policy en_mon_nom on preuve as restrictive for insert to livret_etudiant, livret_enseignant
    with check (par = livret.moi());
create policy en_mon_nom on situation as restrictive for insert to livret_etudiant, livret_enseignant
    with check (par = livret.moi());
do $$
declare nom text;
begin
    foreach nom in array array['preuve_sous_competence', 'preuve_lien', 'preuve_savoir'] loop
        execute format('create policy les_miennes_a_ecrire on livret.%1$I as restrictive for insert
            to livret_etudiant, livret_enseignant with check (
            exists (select from livret.preuve p where p.etablissement_id = %1$I.etablissement_id
                                                  and p.preuve_id = %1$I.preuve_id and p.par = livret.moi()))', nom);
    end loop;
end $$;

-- Somebody was judged in it: a team mate perhaps, whose levels its author does not read.
create function livret.jugee(situation bigint) returns boolean
language sql stable security definer set search_path = livret, pg_temp as $$
    select exists (select from positionnement n where n.etablissement_id = livret.ici()
                                                  and n.situation_id = situation and n.niveau is not null)
$$;
create function ce_qui_est_juge_ne_bouge_plus() returns trigger language plpgsql as
$$ begin
    if current_user = 'livret_etudiant' then
        if new.visible_le <> new.vecue_le then
            raise exception 'une preuve se voit du jour où elle est vécue' using errcode = 'LV003';
        end if;
        if (new.vecue_le, new.contexte) is distinct from (old.vecue_le, old.contexte)
           or (new.jusqu_au, new.organisation) is distinct from (old.jusqu_au, old.organisation) then
            if livret.jugee(old.situation_id) then
                raise exception 'la date et le lieu d’une preuve jugée ne changent plus' using errcode = 'LV003';
            end if;
        end if;
    end if;
    return new;
end $$;
create trigger ce_qui_est_juge_ne_bouge_plus before update on situation
    for each row execute function ce_qui_est_juge_ne_bouge_plus();

-- Whoever answers must have read the latest version, whoever of the team asked.
create function livret.rajeunir_demandes(preuve bigint, rang bigint) returns void
language sql volatile security definer set search_path = livret, pg_temp as $$
    update demande d set version = rang
      from preuve p
     where d.etablissement_id = livret.ici() and d.preuve_id = preuve and d.etat = 'attente'
       and p.etablissement_id = d.etablissement_id and p.preuve_id = d.preuve_id
       and p.par = livret.moi() and p.version = rang
$$;

create function livret.parts(preuve bigint) returns table (
    etudiant_id bigint, nom text, prenom text, part text, acceptee boolean, declinee boolean)
language sql stable security definer set search_path = livret, pg_temp as $$
    select pe.etudiant_id, p.nom, p.prenom, pe.part, pe.acceptee_le is not null, pe.declinee_le is not null
      from preuve_etudiant pe
      join personne p on p.etablissement_id = pe.etablissement_id and p.personne_id = pe.etudiant_id
     where pe.etablissement_id = livret.ici() and pe.preuve_id = preuve
       and (exists (select from preuve_etudiant m where m.etablissement_id = pe.etablissement_id
                       and m.preuve_id = pe.preuve_id and m.etudiant_id = livret.moi() and m.declinee_le is null)
            or exists (select from preuve q join situation s using (etablissement_id, situation_id)
                         join suivi v on v.etablissement_id = s.etablissement_id and v.promotion_id = s.promotion_id
                        where q.etablissement_id = pe.etablissement_id and q.preuve_id = pe.preuve_id
                          and v.enseignant_id = livret.moi()
                          and v.du <= livret.jour() and (v.au is null or livret.jour() <= v.au)))
     order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu"
$$;
revoke execute on function livret.equipiers, livret.parts, livret.jugee, livret.rajeunir_demandes from public;
grant execute on function livret.equipiers, livret.parts, livret.rajeunir_demandes to livret_etudiant, livret_enseignant;
grant execute on function livret.jugee to livret_etudiant, livret_enseignant, livret_jury;

-- What a preuve of hers tells is hers to read, whoever recorded it: its occasion, and the acts that wrote it.
drop policy les_siennes on situation;
create policy les_siennes on situation as restrictive for select to livret_etudiant using (
    etudiant_id is null or etudiant_id = livret.moi()
    or exists (select from preuve p join preuve_etudiant pe using (etablissement_id, preuve_id)
                where p.etablissement_id = situation.etablissement_id and p.situation_id = situation.situation_id));
create policy les_siennes_a_ouvrir on situation as restrictive for insert to livret_etudiant
    with check (etudiant_id = livret.moi());
drop policy les_siens on evenement;
create policy les_siens on evenement as restrictive for select to livret_etudiant using (
    etudiant_id = livret.moi() or acteur_id = livret.moi()
    or (genre in ('deposer_preuve', 'completer_preuve')
        and exists (select from preuve_etudiant pe where pe.etablissement_id = evenement.etablissement_id
                                                     and pe.preuve_id = evenement.preuve_id
                                                     and pe.declinee_le is null)));
create policy les_siens_a_ecrire on evenement as restrictive for insert to livret_etudiant
    with check (acteur_id = livret.moi() and etudiant_id = livret.moi()
                and genre in ('ouvrir_situation', 'corriger_situation', 'deposer_preuve', 'completer_preuve',
                              'prendre_part', 'decliner_part', 'demander', 'retirer_demande'));
grant update (jusqu_au) on situation to livret_enseignant;
grant update (organisation, contexte, titre, visible_le, vecue_le, jusqu_au, version) on situation to livret_etudiant;
create policy les_siennes_a_corriger on situation as restrictive for update to livret_etudiant
    using (etudiant_id = livret.moi() and par = livret.moi()) with check (etudiant_id = livret.moi());

-- A file that neither a preuve nor a draft holds is forgotten, as a deposit that nobody finished is.
create function acces.oublier_fichiers(avant timestamptz) returns bigint
language sql volatile security definer set search_path = livret, pg_temp as $$
    with oublies as (
        delete from fichier f
         where f.preuve_id is null and f.depose_le < avant
           and not exists (select from brouillon b
                            where b.etablissement_id = f.etablissement_id and b.par = f.par
                              and b.champs -> 'fichiers' @> to_jsonb(f.fichier_id))
        returning 1)
    select count(*) from oublies
$$;
revoke execute on function acces.oublier_fichiers from public;
grant execute on function acces.oublier_fichiers to livret_app;

-- An answer that she has read is no news any more.
alter table demande add column lue_le timestamptz,
    add constraint on_lit_une_reponse check (lue_le is null or etat <> 'attente');
grant update (lue_le) on demande to livret_etudiant;
create function qui_demande_ne_repond_pas() returns trigger language plpgsql as
$$ begin
    if current_user = 'livret_etudiant' and new.etat <> old.etat
       and (new.etat <> 'retiree' or new.par is distinct from livret.moi()) then
        raise exception 'qui demande ne répond pas' using errcode = 'LV004';
    end if;
    return new;
end $$;
create trigger qui_demande_ne_repond_pas before update on demande
    for each row execute function qui_demande_ne_repond_pas();
grant select (etablissement_id, demande_id, preuve_id, etudiant_id, etat, lue_le) on demande to livret_jury;
grant usage on all sequences in schema livret to livret_enseignant, livret_etudiant, livret_administrateur;
