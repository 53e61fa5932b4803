//! Forgetting: what is due, what is held back, and nobody's name left anywhere after.
use axum::http::StatusCode;
use futures_util::TryStreamExt;
use livret::{donnees::restauration, journal, sceau::Sceau};
use object_store::{ObjectStore, ObjectStoreExt};
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

fn chemin(qui: i64) -> String {
    format!("/administration/personnes/{qui}/donnees/anonymisation")
}

/// An administrator forgets that person, after having read what goes.
async fn anonymiser(admin: &Visiteur, qui: i64) -> Page {
    let apercu = admin.get(&chemin(qui)).await;
    assert_eq!(apercu.status, StatusCode::OK, "{}", apercu.html);
    let cle = apercu.champ("cle");
    let saisie = [("raison", "demande"), ("seuls", "oui"), ("mot", "ANONYMISER"), ("cle", &cle)];
    admin.post(&chemin(qui), &saisie).await
}

/// Every column of every table that holds one of these words, in any case, with or without accents.
async fn ou_se_lit(db: &PgPool, mots: &[&str]) -> Vec<String> {
    let colonnes: Vec<(String, String, String)> = sqlx::query_as(
        "select c.table_schema || '.' || c.table_name, c.column_name, c.data_type
           from information_schema.columns c
           join information_schema.tables t using (table_catalog, table_schema, table_name)
          where t.table_type = 'BASE TABLE' and c.table_schema in ('livret', 'acces', 'certification', 'public')
            and c.data_type in ('text', 'character varying', 'jsonb', 'bytea', 'ARRAY', 'tsvector')",
    )
    .fetch_all(db)
    .await
    .unwrap();
    assert!(colonnes.len() > 150);
    let mut trouvees = vec![];
    for (table, colonne, genre) in colonnes {
        let texte = if genre == "bytea" {
            format!("encode({colonne}, 'escape')")
        } else {
            format!("{colonne}::text")
        };
        for mot in mots {
            let n: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                "select count(*) from {table} where strpos(translate(lower({texte}), 'éèêëàâîïôûç', 'eeeeaaiiouc'), lower($1)) > 0"
            )))
            .bind(mot)
            .fetch_one(db)
            .await
            .unwrap();
            if n > 0 {
                trouvees.push(format!("{table}.{colonne}: {n} × {mot}"));
            }
        }
    }
    trouvees
}

/// Nobody else whose prénom begins like hers: what is left of it afterwards would be hers.
async fn seule(lycee: &Lycee, moi: i64) {
    sqlx::query("update livret.personne set prenom = 'Awa' where lower(prenom) = 'aminata' and personne_id <> $1")
        .bind(moi)
        .execute(&lycee.db)
        .await
        .unwrap();
}

async fn verifier(lycee: &Lycee) -> journal::Constat {
    let mut connexion = lycee.db.acquire().await.unwrap();
    journal::verifier(&mut connexion, &Sceau::new(&[7; 32]), &[]).await.unwrap()
}

/// T-RGPD-2 and T-LED-6: nothing names her any more, anywhere, and the journal still verifies.
#[sqlx::test]
async fn after_a_year_nothing_names_her_and_the_journal_verifies(db: PgPool) {
    let lycee = Lycee::vecu(db).await;
    let (admin, martin) = (lycee.visiteur("admin").await, lycee.visiteur("martin").await);
    let amina = lycee.visiteur("amina").await;
    let moi = lycee.numero("amina").await;
    seule(&lycee, moi).await;
    let nom: String = sqlx::query_scalar("select nom from livret.personne where personne_id = $1")
        .bind(moi)
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    // Somebody else names her, in every way.
    let zoe = lycee.numero("zoe").await;
    let promotion = lycee.promotion("zoe").await;
    let situation = lycee.situation(&martin, promotion, &format!("Duo avec AMINA {nom}")).await;
    let case = format!("/etudiants/{zoe}/sous-competences/1.1.1");
    let formulaire = martin.get(&format!("{case}?situation={situation}")).await;
    let (version, cle, ici) =
        (formulaire.champ("version"), formulaire.champ("cle"), situation.to_string());
    let remarque = format!("Aidée par Amina, comme {nom} le dit.");
    let champs = [
        ("niveau", "S"),
        ("situation", ici.as_str()),
        ("version", &version),
        ("cle", &cle),
        ("remarque", &remarque),
    ];
    let page = martin.post(&format!("{case}/positionnements"), &champs).await;
    // Her livret may be stopped in the demonstration: then nothing is said there.
    assert!(
        page.status == StatusCode::SEE_OTHER || page.status == StatusCode::CONFLICT,
        "{}",
        page.html
    );
    let mots = ["amina", &nom.to_lowercase()];
    assert!(!ou_se_lit(&lycee.db, &mots).await.is_empty());
    let avant = verifier(&lycee).await;
    assert_eq!((avant.fautes.len(), avant.effacees), (0, 0), "{:?}", avant.fautes);

    let page = anonymiser(&admin, moi).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let restes = ou_se_lit(&lycee.db, &mots).await;
    assert!(restes.is_empty(), "still named:\n{}", restes.join("\n"));
    let objets: Vec<_> = lycee.app.fichiers.list(None).try_collect().await.unwrap();
    for objet in objets {
        let octets = lycee.app.fichiers.get(&objet.location).await.unwrap().bytes().await.unwrap();
        let texte = String::from_utf8_lossy(&octets).to_lowercase();
        assert!(!texte.contains("amina"), "{} names her", objet.location);
    }
    let apres = verifier(&lycee).await;
    assert!(apres.fautes.is_empty(), "{:#?}", apres.fautes);
    assert!(apres.effacees > 20, "{} erased lines", apres.effacees);
    assert_eq!(apres.evenements, avant.evenements + 1, "one act, and no line less");

    // Her session is over, her account too; her number stays.
    assert_eq!(amina.get("/mes-donnees").await.status, StatusCode::SEE_OTHER);
    let certificat = admin.get(&format!("/administration/personnes/{moi}/donnees")).await;
    certificat.contient("Certificat d’effacement");
    certificat.contient(&format!("La personne n° {moi}"));
    certificat.sans("Amina");
    // The others still read what is theirs.
    for page in
        [format!("/etudiants/{zoe}/livret"), format!("/promotions/{promotion}/grille"), case]
    {
        assert_eq!(martin.get(&page).await.status, StatusCode::OK, "{page}");
    }
    // A second time is no second act.
    let page = admin
        .post(&chemin(moi), &[("raison", "demande"), ("mot", "ANONYMISER"), ("cle", &cle)])
        .await;
    assert_eq!(page.status, StatusCode::CONFLICT);
}

#[sqlx::test]
async fn a_line_erased_without_an_act_is_seen(db: PgPool) {
    let lycee = Lycee::open(db).await;
    lycee.demande("amina").await;
    let mut proprietaire = lycee.db.acquire().await.unwrap();
    let refus = sqlx::query("update livret.evenement set sel = null, contenu = '{}' where seq = 1")
        .execute(&mut *proprietaire)
        .await;
    assert!(refus.unwrap_err().to_string().contains("le journal ne change pas"));
    for ordre in [
        "alter table livret.evenement disable trigger le_journal_ne_change_pas",
        "update livret.evenement set sel = null, contenu = '{}' where seq = 1 and genre <> 'anonymiser'",
        "alter table livret.evenement enable trigger le_journal_ne_change_pas",
    ] {
        sqlx::query(ordre).execute(&mut *proprietaire).await.unwrap();
    }
    drop(proprietaire);
    let constat = verifier(&lycee).await;
    assert!(
        constat.fautes.iter().any(|f| f.contains("effacé sans qu’un acte le dise")),
        "{:?}",
        constat.fautes
    );
}

#[sqlx::test]
async fn what_somebody_wrote_stays_when_she_who_taught_is_forgotten(db: PgPool) {
    let lycee = Lycee::vecu(db).await;
    let (admin, martin) = (lycee.visiteur("admin").await, lycee.numero("martin").await);
    let niveaux = lycee.compter("livret.positionnement").await;
    let page = anonymiser(&admin, martin).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(lycee.compter("livret.positionnement").await, niveaux, "the levels that she gave");
    let constat = verifier(&lycee).await;
    assert!(constat.fautes.is_empty(), "{:#?}", constat.fautes);
    let nom: String = sqlx::query_scalar(
        "select nom || ' ' || prenom from livret.personne where personne_id = $1",
    )
    .bind(martin)
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(nom, format!("Personne n° {martin}"));
}

#[sqlx::test]
async fn a_confirmation_is_typed_a_dispute_holds_back_and_nobody_forgets_herself(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let (moi, elle) = (lycee.numero("admin").await, lycee.numero("amina").await);
    let cle = admin.get(&chemin(elle)).await.champ("cle");
    let page =
        admin.post(&chemin(elle), &[("raison", "demande"), ("mot", "oui"), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Écrivez ANONYMISER en capitales");
    let fiche = format!("/administration/personnes/{elle}/donnees");
    let cle = admin.get(&fiche).await.champ("cle");
    let page = admin
        .post(
            &format!("{fiche}/recours"),
            &[("motif", "Recours"), ("jusqu_au", "2020-01-01"), ("cle", &cle)],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("une date à venir");
    let saisie = [("motif", "Recours gracieux"), ("jusqu_au", "2027-06-30"), ("cle", &cle)];
    for _ in 0..2 {
        assert_eq!(
            admin.post(&format!("{fiche}/recours"), &saisie).await.status,
            StatusCode::SEE_OTHER
        );
    }
    admin.get(&fiche).await.contient("Rien n’est effacé jusqu’au 30\u{a0}juin\u{a0}2027");
    let page = anonymiser(&admin, elle).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("conservées pour un recours");
    assert_eq!(lycee.compter("livret.anonymisation").await, 0);
    let page = admin.get(&fiche).await;
    let (cle, numero) = (page.champ("cle"), page.champ("numero"));
    let page =
        admin.post(&format!("{fiche}/recours/levee"), &[("numero", &numero), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(anonymiser(&admin, elle).await.status, StatusCode::SEE_OTHER);
    let page = anonymiser(&admin, moi).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("vous anonymiser vous-même");
}

/// T-RGPD-3: the calendar says what is due, in time and late; what is done is late no more.
#[sqlx::test]
async fn what_is_due_is_announced_then_late_then_done(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("amina").await;
    let annee: i32 =
        sqlx::query_scalar("select annee_examen from livret.promotion where promotion_id = $1")
            .bind(promotion)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let conservation = "/administration/conservation";
    let admin = lycee.visiteur("admin").await;
    admin.get(conservation).await.sans("au-delà de leur durée");
    let page = admin.get(conservation).await;
    let (cle, version) = (page.champ("cle"), "0");
    let faux =
        [("duree", "livret"), ("valeur", "600"), ("version", version), ("cle", cle.as_str())];
    let page = admin.post(conservation, &faux).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("value=\"600\"");
    let juste = [("duree", "livret"), ("valeur", "6"), ("version", version), ("cle", cle.as_str())];
    for _ in 0..2 {
        assert_eq!(admin.post(conservation, &juste).await.status, StatusCode::SEE_OTHER);
    }
    let autre = [
        ("duree", "livret"),
        ("valeur", "8"),
        ("version", version),
        ("cle", &lycee.app.random.uuid().to_string()),
    ];
    assert_eq!(
        admin.post(conservation, &autre).await.status,
        StatusCode::CONFLICT,
        "read before the change"
    );

    // Six months after the end of August, minus ten days: it is announced.
    let le = |mois: u8, jour: u8, an: i32| {
        time::Date::from_calendar_date(an, time::Month::try_from(mois).unwrap(), jour).unwrap()
    };
    let aujourd_hui = lycee.app.clock.now().date();
    lycee.hand.advance(le(2, 18, annee + 1) - aujourd_hui);
    let admin = lycee.visiteur("admin").await;
    admin.get(conservation).await.contient("Bientôt à l’échéance");
    lycee.hand.advance(time::Duration::days(20));
    let admin = lycee.visiteur("admin").await;
    admin.get(conservation).await.contient("au-delà de leur durée");
    admin.get("/administration/donnees").await.contient("au-delà de leur durée");

    let ici = format!("/administration/promotions/{promotion}/conservation");
    let page = admin.get(&ici).await;
    let cle = page.champ("cle");
    let page_fermee = admin.post(&format!("{ici}/comptes"), &[("cle", &cle)]).await;
    assert_eq!(page_fermee.status, StatusCode::SEE_OTHER, "{}", page_fermee.html);
    let ouverts: i64 = sqlx::query_scalar(
        "select count(*) from acces.compte c join livret.inscription i on i.etudiant_id = c.personne_id
          where promotion_id = $1 and ferme_le is null",
    )
    .bind(promotion)
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(ouverts, 0);
    let gens: Vec<String> = page
        .html
        .split("name=\"personne\" value=\"")
        .skip(1)
        .map(|m| m.split('"').next().unwrap().to_owned())
        .collect();
    assert!(gens.len() > 5, "{}", page.html);
    let mut saisie: Vec<(&str, &str)> = gens.iter().map(|g| ("personne", g.as_str())).collect();
    let cle = lycee.app.random.uuid().to_string();
    saisie.extend([("mot", "ANONYMISER"), ("cle", &cle)]);
    let page = admin.post(&format!("{ici}/anonymisation"), &saisie).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = admin.get(&ici).await;
    page.contient("Plus personne n’est nommé");
    let nommees: i64 = sqlx::query_scalar(
        "select count(*) from livret.inscription i join livret.personne p on p.personne_id = i.etudiant_id
          where i.promotion_id = $1 and p.nom <> 'Personne'",
    )
    .bind(promotion)
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(nommees, 0, "late rows");
    assert!(verifier(&lycee).await.fautes.is_empty());
}

/// T-RGPD-4: a restore brings back a name; the next start takes it away again.
#[sqlx::test]
async fn a_restore_brings_nobody_back(db: PgPool) {
    let lycee = Lycee::open(db).await;
    lycee.demande("amina").await;
    let (admin, elle) = (lycee.visiteur("admin").await, lycee.numero("amina").await);
    seule(&lycee, elle).await;
    // The backup: what was there, line for line, before she was forgotten.
    for table in ["livret.personne", "livret.evenement"] {
        let copie =
            format!("create table public.{} as select * from {table}", table.replace('.', "_"));
        sqlx::query(sqlx::AssertSqlSafe(copie)).execute(&lycee.db).await.unwrap();
    }
    assert_eq!(anonymiser(&admin, elle).await.status, StatusCode::SEE_OTHER);
    assert_eq!(restauration::rejouer(&lycee.app).await.unwrap(), restauration::Rejouee::default());
    let mut proprietaire = lycee.db.acquire().await.unwrap();
    for ordre in [
        "set session_replication_role = replica",
        "delete from livret.anonymisation",
        "delete from livret.evenement e where not exists (select from public.livret_evenement s where s.etablissement_id = e.etablissement_id and s.seq = e.seq)",
        "update livret.evenement e set contenu = s.contenu, sel = s.sel, etudiant_id = s.etudiant_id, code = s.code, edition_id = s.edition_id,
                situation_id = s.situation_id, preuve_id = s.preuve_id, de = s.de, vers = s.vers, vecu_le = s.vecu_le
           from public.livret_evenement s where s.etablissement_id = e.etablissement_id and s.seq = e.seq",
        "update livret.tete t set (seq, empreinte) = (select e.seq, e.empreinte from livret.evenement e
          where e.etablissement_id = t.etablissement_id order by seq desc limit 1)
          where exists (select from livret.evenement e where e.etablissement_id = t.etablissement_id)",
        "update livret.personne p set nom = s.nom, prenom = s.prenom from public.livret_personne s where s.personne_id = p.personne_id",
        "drop table public.livret_personne, public.livret_evenement",
        "set session_replication_role = origin",
    ] {
        sqlx::query(ordre).execute(&mut *proprietaire).await.unwrap_or_else(|e| panic!("{ordre}: {e}"));
    }
    drop(proprietaire);
    assert!(!ou_se_lit(&lycee.db, &["amina"]).await.is_empty(), "she is back");
    let rejouee = restauration::rejouer(&lycee.app).await.unwrap();
    assert_eq!((rejouee.effacees, rejouee.douteuses.len()), (1, 0), "{:?}", rejouee.douteuses);
    let restes = ou_se_lit(&lycee.db, &["amina"]).await;
    assert!(restes.is_empty(), "{}", restes.join("\n"));
    assert!(verifier(&lycee).await.fautes.is_empty());
}

#[sqlx::test]
async fn the_register_says_what_is_set_today(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let ici = "/administration/registre";
    let page = admin.get(ici).await;
    for dit in [
        "Lycée Simone-Vidal (0000000A)",
        "le chef d’établissement",
        "12\u{a0}mois",
        "15\u{a0}minutes",
    ] {
        page.contient(dit);
    }
    let cle = page.champ("cle");
    let saisie = [
        ("champ", "dpo"),
        ("texte", "Mme Fictive, dpo@exemple.test"),
        ("version", "0"),
        ("cle", cle.as_str()),
    ];
    for _ in 0..2 {
        assert_eq!(admin.post(ici, &saisie).await.status, StatusCode::SEE_OTHER);
    }
    admin.get(ici).await.contient("Mme Fictive, dpo@exemple.test");
    let long = "x".repeat(501);
    let page = admin.post(ici, &[("champ", "dpo"), ("texte", &long), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient(&long);
    lycee.passant().get("/vos-donnees").await.contient("Vos données et vos droits");
}
