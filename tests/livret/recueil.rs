//! Recording a preuve: three steps, a draft at each, a team, versions, and finding it again.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    demande::repondre,
    fichier::accepte,
    lycee::{Lycee, Page, Visiteur},
};
use livret::preuve::depot::balayage::balayer;

const NOUVELLE: &str = "/preuves/nouvelle";

/// What the three steps say, without the buttons.
fn saisie<'a>(cle: &'a str, plus: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut champs = vec![
        ("titre", "Négociation de deux devis"),
        ("texte", "J’ai préparé puis défendu mes prix."),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("codes", "1.1.2"),
        ("ia", "aucun"),
        ("cle", cle),
    ];
    champs.retain(|c| plus.iter().all(|p| p.0 != c.0));
    champs.extend_from_slice(plus);
    champs
}

async fn deposer(qui: &Visiteur, plus: &[(&str, &str)]) -> Page {
    let cle = qui.get(NOUVELLE).await.champ("cle");
    qui.upload(NOUVELLE, &saisie(&cle, plus), None).await
}

async fn dite<T>(lycee: &Lycee, sql: &'static str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(sql).fetch_one(&lycee.db).await.unwrap()
}

#[sqlx::test]
async fn three_steps_without_a_script_keep_a_draft_at_each_and_end_with_a_demande(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let page = zoe.get(NOUVELLE).await;
    let cle = page.champ("cle");
    let un = [("titre", "Vente flash"), ("vecue_le", "2026-11-20"), ("etape", "1"), ("cle", &cle)];
    let rien = zoe.upload(NOUVELLE, &[("aller", "2"), ("etape", "1"), ("cle", &cle)], None).await;
    assert_eq!(rien.status, StatusCode::UNPROCESSABLE_ENTITY);
    rien.contient("Ce champ est à remplir.");
    let version = rien.champ("version");
    let mut champs = un.to_vec();
    champs.extend([("aller", "2"), ("version", &version)]);
    let deux = zoe.upload(NOUVELLE, &champs, None).await.location;
    assert_eq!(deux, format!("/preuves/nouvelle?brouillon={cle}&etape=2"));
    let page = zoe.get(&deux).await;
    page.contient("value=\"Vente flash\"");
    zoe.get("/preuves").await.contient("Vente flash");
    // The place is chosen by the button that goes on.
    let version = page.champ("version");
    let mut champs = un[..2].to_vec();
    champs.extend([("etape", "2"), ("aller", "stage"), ("version", &version), ("cle", &cle)]);
    let trois = zoe.upload(NOUVELLE, &champs, None).await.location;
    assert!(trois.ends_with("etape=3"), "{trois}");
    let page = zoe.get(&trois).await;
    assert_eq!(page.champ("contexte"), "stage");
    let mut champs = un[..2].to_vec();
    champs.extend([("contexte", "stage"), ("etape", "3"), ("aller", "envoyer")]);
    champs.extend([
        ("niveau-1.2.1", "S"),
        ("pourquoi-1.2.1", "J’ai conclu."),
        ("niveau-1.1.1", ""),
    ]);
    champs.extend([("codes", "1.1.2"), ("ia", "aucun"), ("cle", &cle)]);
    assert_eq!(lycee.compter("livret.preuve").await, 0, "a draft is no preuve");
    let numero = lycee.numero("zoe").await;
    martin.get(&format!("/etudiants/{numero}/preuves")).await.sans("Vente flash");
    let adresse = zoe.upload(NOUVELLE, &champs, None).await.location;
    assert_eq!(lycee.compter("livret.brouillon").await, 0, "sent, so no draft any more");
    let page = zoe.get(&adresse).await;
    page.contient("Envoyée, en attente de réponse");
    page.contient("Activité réellement vécue");
    page.contient("Sans IA");
    let voeux: Vec<(String, Option<String>)> =
        sqlx::query_as("select code, niveau from livret.demande_ligne")
            .fetch_all(&lycee.db)
            .await
            .unwrap();
    assert_eq!(
        voeux,
        [("1.2.1".to_owned(), Some("S".to_owned()))],
        "only where she situates herself"
    );
    martin.get(&format!("/etudiants/{numero}/preuves")).await.contient("Vente flash");
}

#[sqlx::test]
async fn a_draft_is_hers_alone_and_two_pages_do_not_undo_each_other(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.visiteur("amina").await);
    let cle = zoe.get(NOUVELLE).await.champ("cle");
    let un = [("titre", "Un"), ("etape", "1"), ("aller", "2"), ("version", "0"), ("cle", &cle)];
    for _ in 0..2 {
        // The same again, when the answer was lost, is the same draft.
        assert_eq!(zoe.upload(NOUVELLE, &un, None).await.status, StatusCode::SEE_OTHER);
    }
    let ici = format!("{NOUVELLE}?brouillon={cle}");
    zoe.get(&ici).await.contient("value=\"Un\"");
    assert_eq!(amina.get(&ici).await.status, StatusCode::NOT_FOUND);
    let martin = lycee.visiteur("martin").await;
    let numero = lycee.numero("zoe").await;
    let la = format!("/etudiants/{numero}/preuves/nouvelle?brouillon={cle}");
    assert_eq!(martin.get(&la).await.status, StatusCode::NOT_FOUND, "not even her teacher");
    let deux = [("titre", "Deux"), ("etape", "1"), ("aller", "2"), ("version", "0"), ("cle", &cle)];
    let page = zoe.upload(NOUVELLE, &deux, None).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Ce brouillon a changé dans une autre page.");
    page.contient("value=\"Deux\"");
    zoe.get(&ici).await.contient("value=\"Un\"");
    let version = page.champ("version");
    let deux =
        [("titre", "Deux"), ("etape", "1"), ("aller", "2"), ("version", &version), ("cle", &cle)];
    assert_eq!(zoe.upload(NOUVELLE, &deux, None).await.status, StatusCode::SEE_OTHER);
    amina.post(&format!("/brouillons/{cle}/retrait"), &[]).await;
    assert_eq!(lycee.compter("livret.brouillon").await, 1, "nobody else takes it away");
    zoe.post(&format!("/brouillons/{cle}/retrait"), &[]).await;
    assert_eq!(lycee.compter("livret.brouillon").await, 0);
    assert_eq!(
        lycee.compter("livret.evenement where genre ~ 'preuve'").await,
        0,
        "nothing in the journal"
    );
}

#[sqlx::test]
async fn what_is_declared_is_checked_kept_and_shown_to_the_team(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    for (plus, message) in [
        (("ia", "aide"), "Dites en une phrase ce que l’IA a fait."),
        (("ia", "magie"), "Dites si une IA vous a aidé."),
        (("savoirs", "1.1.1"), "Un savoir coché n’est pas de ce référentiel."),
        (("codes", "9.9.9"), "n’est pas de ce référentiel"),
        (("vecue_le", "2020-01-06"), "Votre promotion a commencé le"),
        (("jusqu_au", "2027-01-06"), "Cette date de fin est à venir"),
        (("niveau-1.1.2", "absent"), "Ce niveau n’existe pas dans l’échelle."),
        (("liens", "javascript:alert(1)"), "Un lien commence par https://"),
    ] {
        let page = deposer(&zoe, &[plus]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{plus:?}");
        page.contient(message);
        page.contient("J’ai préparé puis défendu mes prix.");
    }
    let savoir: String = dite(
        &lycee,
        "select code from livret.element where genre = 'savoir' order by rang limit 1",
    )
    .await;
    let plus = [
        ("ia", "repris"),
        ("ia_precision", "Un premier plan,\n puis réécrit"),
        ("personnes", "1"),
        ("confidentiel", "1"),
        ("contexte", "atelier"),
        ("avec", "M. Petit, tuteur"),
        ("savoirs", &savoir),
    ];
    let adresse = deposer(&zoe, &plus).await.location;
    let (numero, id) = (lycee.numero("zoe").await, adresse.rsplit('/').next().unwrap().to_owned());
    let page = martin.get(&format!("/etudiants/{numero}/preuves/{id}")).await;
    for dit in [
        "Produit par une IA, puis retravaillé\u{a0}: Un premier plan, puis réécrit",
        "Personnes reconnaissables, avec leur accord écrit",
        "Document d’entreprise\u{a0}: ne pas diffuser",
        "Activité simulée",
        "avec M. Petit, tuteur",
        "Savoirs mobilisés",
    ] {
        page.contient(dit);
    }
}

#[sqlx::test]
async fn a_team_mate_enters_by_saying_her_own_part(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let (zoe_id, amina_id) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let promotion = lycee.promotion("zoe").await;
    zoe.get(NOUVELLE).await.sans("Amina");
    lycee.equipe(&martin, promotion, &[zoe_id, amina_id]).await;
    zoe.get(NOUVELLE).await.contient("Amina DIALLO");
    let etranger = lycee.numero(&format!("etudiant{promotion}-5")).await.to_string();
    let amina_no = amina_id.to_string();
    let plus =
        [("equipe", amina_no.as_str()), ("equipe", &etranger), ("part", "J’ai chiffré les devis.")];
    let adresse = deposer(&zoe, &plus).await.location;
    let id = adresse.rsplit('/').next().unwrap();
    assert_eq!(lycee.compter("livret.preuve_etudiant").await, 2, "nobody out of the team");
    let chez_amina = format!("/etudiants/{amina_id}/preuves");
    martin.get(&chez_amina).await.sans("Négociation de deux devis");
    let amina = lycee.visiteur("amina").await;
    amina.get("/preuves").await.contient("Votre équipe vous y a mis");
    let page = amina.get(&adresse).await;
    page.contient("J’ai chiffré les devis.");
    page.contient("une personne de votre équipe");
    let cle = page.champ("cle");
    let vide = amina.post(&format!("{adresse}/part"), &[("part", " "), ("cle", &cle)]).await;
    assert_eq!(vide.status, StatusCode::UNPROCESSABLE_ENTITY);
    vide.contient("Écrivez votre part");
    for _ in 0..2 {
        let page = amina
            .post(&format!("{adresse}/part"), &[("part", "J’ai reçu le client."), ("cle", &cle)])
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    martin.get(&format!("{chez_amina}/{id}")).await.contient("J’ai reçu le client.");
    // Her demande is hers, and a teacher judges her in the situation that they lived together.
    let chemin = format!("{adresse}/demande");
    let cle = amina.get(&chemin).await.champ("cle");
    let page =
        amina.post(&chemin, &[("demande-1.1.2", "1"), ("niveau-1.1.2", "S"), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let demande: i64 = dite(&lycee, "select max(demande_id) from livret.demande").await;
    let queue = format!("/promotions/{promotion}/demandes");
    let dit = [("acte", "valider"), ("niveau-1.1.2", "TS")];
    let page = repondre(&martin, &queue, demande, &dit).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    amina.get("/livret").await.contient("Négociation de deux devis");
    zoe.get("/livret/sous-competences/1.1.2").await.sans("TS</span>");
    // Who said that she was in it cannot say that she was not.
    let cle = amina.get(&adresse).await.champ("cle");
    let page = amina.post(&format!("{adresse}/part"), &[("acte", "decliner"), ("cle", &cle)]).await;
    page.contient("elle y reste");
}

#[sqlx::test]
async fn who_was_not_there_says_so_and_nothing_is_in_her_livret(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let (zoe_id, amina_id) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    lycee.equipe(&martin, lycee.promotion("zoe").await, &[zoe_id, amina_id]).await;
    let adresse = deposer(&zoe, &[("equipe", &amina_id.to_string())]).await.location;
    let amina = lycee.visiteur("amina").await;
    let cle = amina.get(&adresse).await.champ("cle");
    let page = amina.post(&format!("{adresse}/part"), &[("acte", "decliner"), ("cle", &cle)]).await;
    assert_eq!(page.location, "/preuves");
    amina.get("/preuves").await.sans("Négociation de deux devis");
    assert_eq!(amina.get(&adresse).await.status, StatusCode::NOT_FOUND);
    zoe.get(&adresse).await.contient("n’y était pas");
}

#[sqlx::test]
async fn a_judged_preuve_is_completed_and_the_judged_version_stays_readable(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let adresse = deposer(&zoe, &[("niveau-1.1.2", "S")]).await.location;
    let (numero, id) = (lycee.numero("zoe").await, adresse.rsplit('/').next().unwrap().to_owned());
    let promotion = lycee.promotion("zoe").await;
    let demande: i64 = dite(&lycee, "select max(demande_id) from livret.demande").await;
    let queue = format!("/promotions/{promotion}/demandes");
    let ouverte = martin.get(&format!("{queue}?demande={demande}")).await;
    let version_lue = ouverte.html.split_once("queue-reponse").unwrap().1;
    let lue =
        version_lue.split_once("name=\"version\" value=\"").unwrap().1.split_once('"').unwrap().0;

    // Completed while it waits: whoever answers must have read it.
    let completer = format!("{adresse}/completer");
    let page = zoe.get(&completer).await;
    let (cle, version) = (page.champ("cle"), page.champ("lue"));
    let plus = [("preuve", id.as_str()), ("lue", &version), ("texte", "Avec le bilan chiffré.")];
    let suite = zoe.upload(NOUVELLE, &saisie(&cle, &plus), None).await;
    assert_eq!(suite.location, adresse, "{}", suite.html);
    let repondre = async |version: &str, cle: &str| {
        let dit = [("cle", cle), ("version", version), ("acte", "valider"), ("niveau-1.1.2", "S")];
        martin.post(&format!("{queue}/{demande}"), &dit).await
    };
    let page = repondre(lue, "00000000-0000-4000-8000-000000000051").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let neuve: i64 = dite(&lycee, "select version from livret.demande").await;
    let page = repondre(&neuve.to_string(), "00000000-0000-4000-8000-000000000052").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);

    // Judged: more may be said, its day and place stay.
    let page = zoe.get(&completer).await;
    let (cle, version) = (page.champ("cle"), page.champ("lue"));
    let autre = [("preuve", id.as_str()), ("lue", &version), ("vecue_le", "2026-11-19")];
    let page = zoe.upload(NOUVELLE, &saisie(&cle, &autre), None).await;
    page.contient("sa date et son lieu ne changent plus");
    let plus = [("preuve", id.as_str()), ("lue", &version), ("texte", "Et la suite, en décembre.")];
    let suite = zoe.upload(NOUVELLE, &saisie(&cle, &plus), None).await;
    assert_eq!(suite.location, adresse, "{}", suite.html);
    let page =
        zoe.upload(NOUVELLE, &saisie("00000000-0000-4000-8000-000000000053", &plus), None).await;
    page.contient("Cette preuve a changé depuis que vous l’avez ouverte.");

    let ici = format!("/etudiants/{numero}/preuves/{id}");
    let page = martin.get(&ici).await;
    page.contient("Et la suite, en décembre.");
    page.contient("a été complétée");
    page.contient("jugée par Mme MARTIN");
    let jugee: i64 = dite(
        &lycee,
        "select seq from livret.evenement where genre = 'completer_preuve' order by seq limit 1",
    )
    .await;
    for (qui, chemin) in [(&martin, &ici), (&zoe, &adresse)] {
        let page = qui.get(&format!("{chemin}/versions/{jugee}")).await;
        page.contient("Avec le bilan chiffré.");
        page.sans("Et la suite, en décembre.");
    }
    assert_eq!(martin.get(&format!("{ici}/versions/1")).await.status, StatusCode::NOT_FOUND);
    // Her teacher did not write it.
    let page = martin.get(&ici).await;
    page.sans("/completer");
}

#[sqlx::test]
async fn the_text_of_preuves_is_found_without_accents_by_those_who_may_read_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.visiteur("amina").await);
    let (martin, lefevre) = (lycee.visiteur("martin").await, lycee.visiteur("lefevre").await);
    deposer(&zoe, &[]).await;
    deposer(&amina, &[("titre", "Salon de l’épicerie fine"), ("texte", "Accueil des visiteurs.")])
        .await;
    let promotion = lycee.promotion("zoe").await;
    let chercher = |q: &str| {
        let q = percent_encoding::utf8_percent_encode(q, percent_encoding::NON_ALPHANUMERIC);
        format!("/promotions/{promotion}/preuves?q={q}")
    };
    for (q, trouve) in [
        ("negocier devis", true),
        ("NÉGOCIATIONS", true),
        ("défendu prix", true),
        ("\"deux devis\"", true),
        ("\"devis deux\"", false),
        ("devis -prix", false),
        ("épicerie", false),
        ("' ; drop table preuve", false),
        ("%", false),
    ] {
        let page = martin.get(&chercher(q)).await;
        assert_eq!(page.status, StatusCode::OK, "{q}");
        assert_eq!(page.html.contains("Négociation de deux devis"), trouve, "{q}");
    }
    martin.get(&chercher("epiceries")).await.contient("DIALLO Amina");
    assert_eq!(lefevre.get(&chercher("devis")).await.status, StatusCode::NOT_FOUND);
    zoe.get("/preuves?q=negocier").await.contient("1\u{a0}preuve trouvée");
    zoe.get("/preuves?q=epicerie").await.contient("0\u{a0}preuve trouvée");
}

#[sqlx::test]
async fn an_answer_is_news_until_it_is_read(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let demande = lycee.demande("zoe").await;
    zoe.get("/preuves").await.sans("Réponses à lire");
    let chemin = format!("/promotions/{}/demandes/{demande}", lycee.promotion("zoe").await);
    let version: i64 = dite(&lycee, "select version from livret.demande").await;
    let dit = [
        ("acte", "completer"),
        ("motif", "Précisez votre rôle."),
        ("version", &version.to_string()),
        ("cle", "00000000-0000-4000-8000-000000000061"),
    ];
    assert_eq!(martin.post(&chemin, &dit).await.status, StatusCode::SEE_OTHER);
    let page = zoe.get("/preuves").await;
    page.contient("Réponses à lire");
    page.contient("Complément demandé");
    let lue = page.champ("demande");
    let amina = lycee.visiteur("amina").await;
    amina.post("/livret/lectures", &[("demande", &lue)]).await;
    zoe.get("/preuves").await.contient("Réponses à lire");
    zoe.post("/livret/lectures", &[("demande", &lue)]).await;
    zoe.get("/preuves").await.sans("Réponses à lire");
}

#[sqlx::test]
async fn a_file_of_a_draft_waits_and_one_that_nothing_holds_is_forgotten(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let un = accepte(&zoe, 1, "notes.txt", b"Mes notes.").await["fichier"].to_string();
    accepte(&zoe, 2, "perdu.txt", "Rien ne le tient.".as_bytes()).await;
    let cle = zoe.get(NOUVELLE).await.champ("cle");
    let brouillon =
        [("titre", "Un"), ("fichiers", &un), ("etape", "1"), ("aller", "2"), ("cle", &cle)];
    zoe.upload(NOUVELLE, &brouillon, None).await;
    assert_eq!(balayer(&lycee.app, true).await.unwrap().fichiers, 0, "not yet");
    lycee.hand.advance(time::Duration::hours(49));
    assert_eq!(balayer(&lycee.app, true).await.unwrap().fichiers, 1);
    let zoe = lycee.visiteur("zoe").await;
    let page = zoe.get(&format!("{NOUVELLE}?brouillon={cle}")).await;
    page.contient("notes.txt");
    page.contient("effacé au bout de deux jours");
    // Taken away by hand, a draft takes its files along.
    zoe.post(&format!("/brouillons/{cle}/retrait"), &[]).await;
    assert_eq!(lycee.compter("livret.fichier").await, 0);
}

/// What is typed after the sending, its answer being lost, completes the preuve: it is neither lost nor a second one.
#[sqlx::test]
async fn the_same_key_with_more_words_becomes_a_completion(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let cle = zoe.get(NOUVELLE).await.champ("cle");
    let adresse = zoe.upload(NOUVELLE, &saisie(&cle, &[]), None).await.location;
    let encore = zoe.upload(NOUVELLE, &saisie(&cle, &[]), None).await;
    assert_eq!(encore.location, adresse, "the very same is the same");
    let plus = [("texte", "J’ai préparé mes prix, et le client a signé.")];
    let page = zoe.upload(NOUVELLE, &saisie(&cle, &plus), None).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cette preuve est déjà envoyée");
    page.contient("et le client a signé");
    // A page left open does not bring its draft back.
    let fantome =
        [("titre", "Un"), ("etape", "1"), ("aller", "2"), ("version", "3"), ("cle", &cle)];
    let fantome = zoe.upload(NOUVELLE, &fantome, None).await;
    fantome.contient("Ce brouillon est déjà envoyé.");
    assert_eq!(lycee.compter("livret.brouillon").await, 0);
    let (neuve, preuve, lue) = (page.champ("cle"), page.champ("preuve"), page.champ("lue"));
    assert_ne!(neuve, cle);
    let plus = [plus[0], ("preuve", &preuve), ("lue", &lue)];
    let suite = zoe.upload(NOUVELLE, &saisie(&neuve, &plus), None).await;
    assert_eq!(suite.location, adresse, "{}", suite.html);
    zoe.get(&adresse).await.contient("et le client a signé");
    assert_eq!(lycee.compter("livret.preuve").await, 1);
    // Changed since it was read: said once, then sent again as it is now.
    let tard = [("texte", "Plus tard."), ("preuve", preuve.as_str()), ("lue", &lue)];
    let page =
        zoe.upload(NOUVELLE, &saisie("00000000-0000-4000-8000-000000000071", &tard), None).await;
    page.contient("a changé depuis que vous l’avez ouverte");
    let (cle, lue) = (page.champ("cle"), page.champ("lue"));
    let tard = [("texte", "Plus tard."), ("preuve", preuve.as_str()), ("lue", &lue)];
    assert_eq!(zoe.upload(NOUVELLE, &saisie(&cle, &tard), None).await.location, adresse);
}

#[sqlx::test]
async fn a_page_left_open_writes_nothing_in_the_name_of_the_next_person(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.visiteur("amina").await);
    let page = zoe.get(NOUVELLE).await;
    let (cle, compte) = (page.champ("cle"), page.champ("compte"));
    let plus = [("compte", compte.as_str())];
    let refus = amina.upload(NOUVELLE, &saisie(&cle, &plus), None).await;
    refus.contient("celle d’une autre personne");
    let depot = format!("/depots/{cle}?debut=0&taille=3&nom=a.txt&compte={compte}");
    let entetes = [("sec-fetch-site", "same-origin")];
    let refus = amina.send("POST", &depot, &entetes, "abc").await;
    assert_eq!(refus.status, StatusCode::UNAUTHORIZED);
    assert_eq!(lycee.compter("livret.preuve").await, 0);
    assert_eq!(lycee.compter("livret.depot").await, 0);
    assert_eq!(
        zoe.upload(NOUVELLE, &saisie(&cle, &plus), None).await.status,
        StatusCode::SEE_OTHER
    );
}

/// A team: what one of them asks and is given counts against whoever recorded the preuve.
#[sqlx::test]
async fn the_author_moves_nothing_under_a_team_mate_who_was_judged(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let (zoe_id, amina_id) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    lycee.equipe(&martin, lycee.promotion("zoe").await, &[zoe_id, amina_id]).await;
    let adresse = deposer(&zoe, &[("equipe", &amina_id.to_string())]).await.location;
    let amina = lycee.visiteur("amina").await;
    let chemin = format!("{adresse}/demande");
    let demande = [("demande-1.1.2", "1"), ("niveau-1.1.2", "S")];
    let tot = amina
        .post(&chemin, &[demande[0], demande[1], ("cle", "00000000-0000-4000-8000-000000000081")])
        .await;
    tot.contient("Dites d’abord votre part");
    let cle = amina.get(&adresse).await.champ("cle");
    amina
        .post(&format!("{adresse}/part"), &[("part", "J’ai reçu le client."), ("cle", &cle)])
        .await;
    let cle = amina.get(&chemin).await.champ("cle");
    let faite = amina.post(&chemin, &[demande[0], demande[1], ("cle", &cle)]).await;
    assert_eq!(faite.status, StatusCode::SEE_OTHER, "{}", faite.html);
    let lue: i64 = dite(&lycee, "select version from livret.demande").await;

    // Completed by its author: whoever answers her team mate must have read it, and the team mate reads what was.
    let page = zoe.get(&format!("{adresse}/completer")).await;
    let (cle, preuve, version) = (page.champ("cle"), page.champ("preuve"), page.champ("lue"));
    let plus = [("preuve", preuve.as_str()), ("lue", &version), ("texte", "Avec le bilan.")];
    assert_eq!(zoe.upload(NOUVELLE, &saisie(&cle, &plus), None).await.location, adresse);
    assert!(dite::<i64>(&lycee, "select version from livret.demande").await > lue);
    amina.get(&adresse).await.contient("Versions");
    amina.get(&format!("{adresse}/versions/{version}")).await.contient("défendu mes prix");

    let id: i64 = dite(&lycee, "select demande_id from livret.demande").await;
    let version: i64 = dite(&lycee, "select version from livret.demande").await;
    let dit = [
        ("acte", "valider"),
        ("niveau-1.1.2", "S"),
        ("version", &version.to_string()),
        ("cle", "00000000-0000-4000-8000-000000000082"),
    ];
    let queue = format!("/promotions/{}/demandes/{id}", lycee.promotion("zoe").await);
    assert_eq!(martin.post(&queue, &dit).await.status, StatusCode::SEE_OTHER);
    let page = zoe.get(&format!("{adresse}/completer")).await;
    let (cle, version) = (page.champ("cle"), page.champ("lue"));
    let plus = [("preuve", preuve.as_str()), ("lue", &version), ("vecue_le", "2026-11-02")];
    zoe.upload(NOUVELLE, &saisie(&cle, &plus), None).await.contient("ne changent plus");
}

/// The second lock: what no page does, the database refuses to a student's role.
#[sqlx::test]
async fn under_her_role_a_student_writes_nothing_that_is_not_hers(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let adresse = deposer(&zoe, &[("niveau-1.1.2", "S")]).await.location;
    let preuve = adresse.rsplit('/').next().unwrap();
    let (zoe_id, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let mut c = lycee.db.acquire().await.unwrap();
    for (qui, sql) in [
        (
            amina,
            format!(
                "insert into livret.preuve_etudiant (etablissement_id, preuve_id, etudiant_id, acceptee_le) values (1, {preuve}, {amina}, now())"
            ),
        ),
        (
            amina,
            format!("insert into livret.preuve_lien values (1, {preuve}, 9, 'https://x.test')"),
        ),
        (
            zoe_id,
            "update livret.demande set etat = 'validee', par = 1, repondue_le = now()".to_owned(),
        ),
        (zoe_id, "update livret.situation set visible_le = '2030-01-01'".to_owned()),
        (
            zoe_id,
            format!(
                "insert into livret.preuve (etablissement_id, situation_id, titre, par, deposee_le, version) select 1, situation_id, 'X', {amina}, now(), version from livret.situation limit 1"
            ),
        ),
    ] {
        let entree = format!(
            "begin; set local role livret_etudiant; set local livret.etablissement = '1'; \
             set local livret.personne = '{qui}'; set local livret.jour = '2026-11-24'; {sql}"
        );
        let fait = sqlx::raw_sql(sqlx::AssertSqlSafe(entree)).execute(&mut *c).await;
        sqlx::query("rollback").execute(&mut *c).await.unwrap();
        assert!(fait.is_err(), "{sql}");
    }
}

#[sqlx::test]
async fn a_file_that_two_drafts_hold_stays_when_one_is_taken_away(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let un = accepte(&zoe, 1, "notes.txt", b"Mes notes.").await["fichier"].to_string();
    let mut cles = vec![];
    for titre in ["Un", "Deux"] {
        let cle = zoe.get(NOUVELLE).await.champ("cle");
        let champs =
            [("titre", titre), ("fichiers", &un), ("etape", "1"), ("aller", "2"), ("cle", &cle)];
        zoe.upload(NOUVELLE, &champs, None).await;
        cles.push(cle);
    }
    zoe.post(&format!("/brouillons/{}/retrait", cles[0]), &[]).await;
    assert_eq!(lycee.compter("livret.fichier").await, 1);
    zoe.post(&format!("/brouillons/{}/retrait", cles[1]), &[]).await;
    assert_eq!(lycee.compter("livret.fichier").await, 0);
}
