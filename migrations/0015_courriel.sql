-- Mail: where a person wants to be written to, and what is to be sent. A mail is a row written with the act that
-- causes it: no act without its mail, no mail without its act, whatever stops in between.
set local search_path = livret, public;

create table abonnement (                                         -- her choice; nobody else reads it
    etablissement_id bigint not null,
    personne_id   bigint not null,
    adresse       text constraint une_adresse_de_courriel check (adresse ~ '^[^@[:space:]]+@[^@[:space:]]+$' and length(adresse) <= 254),
    voulue        text constraint une_adresse_voulue check (voulue ~ '^[^@[:space:]]+@[^@[:space:]]+$' and length(voulue) <= 254),
    code          bytea constraint un_code_hache check (length(code) = 32),   -- SHA-256 of what was sent to `voulue`
    code_jusqu_au timestamptz,
    prevenir      boolean not null default false,                 -- when one of her demandes is answered
    envois        int     not null default 0,                     -- codes sent since:
    envois_depuis timestamptz,
    primary key (etablissement_id, personne_id),
    foreign key (etablissement_id, personne_id) references personne,
    constraint prevenir_veut_une_adresse check (adresse is not null or not prevenir)
);
call livret.cloisonner('livret.abonnement');
call livret.reserver('livret.abonnement', 'personne_id');
grant select, insert, update on abonnement to livret_etudiant;

create table courriel (
    etablissement_id bigint not null references etablissement,
    courriel_id  bigint generated always as identity,
    cle          uuid   not null,                                 -- of the act: the same one twice is one mail
    personne_id  bigint,                                          -- to where she wants to be written to when it leaves,
    adresse      text,                                            -- or to this address
    sujet        text   constraint un_sujet check (length(sujet) between 1 and 200),
    texte        text   constraint un_texte_de_courriel check (length(texte) between 1 and 10000),
    ecrit_le     timestamptz not null,
    jusqu_au     timestamptz,                                     -- it carries a code that is good until then
    etat         text   not null default 'attente'
                        constraint un_etat_de_courriel check (etat in ('attente', 'envoye', 'abandonne', 'annule')),
    essais       int    not null default 0,
    prochain_le  timestamptz not null,                            -- not tried before; while it is sent, not taken again before
    fini_le      timestamptz,
    raison       text,                                            -- ours, of a failure: never the server's words, which name people
    efface_le    timestamptz,                                     -- its words and its address were forgotten
    primary key (etablissement_id, courriel_id),
    constraint un_courriel_par_numero unique (courriel_id),
    constraint un_courriel_par_cle unique (etablissement_id, cle),
    foreign key (etablissement_id, personne_id) references personne,
    constraint ce_qui_attend_a_ses_mots check (etat <> 'attente' or (texte is not null and sujet is not null
                                               and (adresse is null) <> (personne_id is null))),
    constraint ce_qui_est_fini_a_sa_date check ((etat = 'attente') = (fini_le is null)),
    constraint un_abandon_a_sa_raison check (etat <> 'abandonne' or raison is not null)
);
create index on courriel (prochain_le) where etat = 'attente';
create index on courriel (fini_le) where efface_le is null and fini_le is not null;
call livret.cloisonner('livret.courriel');
-- Who administers sees how mail goes, never to whom nor what.
grant select (etablissement_id, courriel_id, ecrit_le, etat, essais, prochain_le, fini_le, raison, efface_le, jusqu_au)
    on courriel to livret_administrateur;

-- To this address. False when it was posted already.
create function livret.poster(acte uuid, vers text, objet text, mots text, le timestamptz, jusque timestamptz)
returns boolean language plpgsql volatile security definer set search_path = livret, pg_temp as $$
begin
    insert into courriel (etablissement_id, cle, adresse, sujet, texte, ecrit_le, prochain_le, jusqu_au)
         values (livret.ici(), acte, vers, objet, mots, le, le, jusque)
    on conflict on constraint un_courriel_par_cle do nothing;
    return found;
end $$;

-- To a person who wants it. Who writes does not learn whether she does.
create function livret.prevenir(acte uuid, qui bigint, objet text, mots text, le timestamptz)
returns void language sql volatile security definer set search_path = livret, pg_temp as $$
    insert into courriel (etablissement_id, cle, personne_id, sujet, texte, ecrit_le, prochain_le)
    select livret.ici(), acte, qui, objet, mots, le, le
      from abonnement
     where etablissement_id = livret.ici() and personne_id = qui and prevenir
    on conflict on constraint un_courriel_par_cle do nothing
$$;

-- Those that were given up and may still be tried, once more.
create function livret.reprendre_courriels(le timestamptz) returns bigint
language sql volatile security definer set search_path = livret, pg_temp as $$
    with repris as (
        update courriel set etat = 'attente', essais = 0, prochain_le = le, fini_le = null, raison = null
         where etablissement_id = livret.ici() and etat = 'abandonne' and efface_le is null
           and (jusqu_au is null or le < jusqu_au)
        returning 1)
    select count(*) from repris
$$;
revoke execute on function livret.poster, livret.prevenir, livret.reprendre_courriels from public;
grant execute on function livret.poster to livret_etudiant;
grant execute on function livret.prevenir to livret_enseignant;
grant execute on function livret.reprendre_courriels to livret_administrateur;

-- The mailman serves every school. He takes one mail, which nobody takes again before `bail`: a program that dies
-- with it in hand leaves it to be taken then. One that its person does not want any more is not sent.
create function acces.prendre_courriel(maintenant timestamptz, bail timestamptz)
returns table (courriel_id bigint, cle uuid, adresse text, sujet text, texte text, ecrit_le timestamptz, essais int)
language plpgsql volatile security definer set search_path = livret, acces, pg_temp as $$
#variable_conflict use_column
declare
    c   courriel;
    sa  text;
begin
    loop
        select * into c from courriel
         where etat = 'attente' and prochain_le <= maintenant
         order by prochain_le, courriel_id for update skip locked limit 1;
        if not found then return; end if;
        sa := c.adresse;
        if c.personne_id is not null then
            select a.adresse into sa from abonnement a join compte k using (etablissement_id, personne_id)
             where a.etablissement_id = c.etablissement_id and a.personne_id = c.personne_id
               and a.prevenir and k.ferme_le is null;
        end if;
        if sa is null or c.jusqu_au <= maintenant then
            update courriel set etat = 'annule', fini_le = maintenant, efface_le = maintenant, raison = null,
                   adresse = null, sujet = null, texte = null
             where courriel_id = c.courriel_id;
        else
            update courriel set essais = c.essais + 1, prochain_le = bail where courriel_id = c.courriel_id;
            return query select c.courriel_id, c.cle, sa, c.sujet, c.texte, c.ecrit_le, c.essais + 1;
            return;
        end if;
    end loop;
end $$;

-- What came of it. `essai` is the one that is told of: a late answer changes nothing.
create function acces.rendre_courriel(numero bigint, essai int, issue text, pourquoi text, suite timestamptz, le timestamptz)
returns void language sql volatile security definer set search_path = livret, pg_temp as $$
    update courriel
       set etat = issue, raison = pourquoi, prochain_le = coalesce(suite, prochain_le),
           fini_le   = case when issue = 'attente' then null else le end,
           -- A code is forgotten as soon as it is gone.
           efface_le = case when issue = 'envoye' and jusqu_au is not null then le end,
           adresse   = case when issue = 'envoye' and jusqu_au is not null then null else adresse end,
           sujet     = case when issue = 'envoye' and jusqu_au is not null then null else sujet end,
           texte     = case when issue = 'envoye' and jusqu_au is not null then null else texte end
     where courriel_id = numero and essais = essai and etat = 'attente'
$$;

-- The words and the addresses of what ended before that day.
create function acces.oublier_courriels(avant timestamptz, maintenant timestamptz) returns bigint
language sql volatile security definer set search_path = livret, pg_temp as $$
    with oublies as (
        update courriel set adresse = null, sujet = null, texte = null, efface_le = maintenant
         where efface_le is null and fini_le is not null and (fini_le < avant or jusqu_au <= maintenant)
        returning 1)
    select count(*) from oublies
$$;
revoke execute on function acces.prendre_courriel, acces.rendre_courriel, acces.oublier_courriels from public;
grant execute on function acces.prendre_courriel, acces.rendre_courriel, acces.oublier_courriels to livret_app;
grant usage on all sequences in schema livret to livret_etudiant;
