//! Every page of everybody, looked at in every mode: axe has nothing to say, and no phone scrolls sideways.
use axum::http::StatusCode;
use fantoccini::{Client, Locator};
use livret::router::{ACCES, Qui};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Visiteur},
    pilote::{Mode, entrer, fautes, manque, navigateur, regarder},
};

const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const fn mode(largeur: u32, sombre: bool, contraste: bool) -> Mode {
    Mode { largeur, sombre, contraste }
}

const MODES: [Mode; 5] = [
    mode(1280, false, false),
    mode(1280, true, false),
    mode(320, false, false),
    mode(320, true, false),
    mode(1280, false, true),
];

/// The open page, in every mode: what is wrong with it.
pub(crate) async fn examiner(c: &Client, qui: &str, trouvees: &mut Vec<String>) {
    let page = c.current_url().await.unwrap();
    for mode in MODES {
        regarder(c, mode).await;
        let js = "const est = m => matchMedia(m).matches; \
                  return [innerWidth, est('(prefers-color-scheme: dark)'), est('(forced-colors: active)')]";
        let vu = c.execute(js, vec![]).await.unwrap();
        assert_eq!(vu, json!([mode.largeur, mode.sombre, mode.contraste]), "the mode is on");
        for faute in fautes(c, &TAGS).await {
            trouvees.push(format!("{qui} {} {mode:?}: {faute}", page.path()));
        }
        let js = "return document.documentElement.scrollWidth <= innerWidth";
        if c.execute(js, vec![]).await.unwrap() != true {
            trouvees.push(format!("{qui} {} {mode:?}: the page scrolls sideways", page.path()));
        }
    }
}

/// Something to look at: a preuve of Amina, four levels.
async fn vivre(lycee: &Lycee) -> String {
    let (amina, martin) = (lycee.visiteur("amina").await, lycee.visiteur("martin").await);
    let cle = amina.get("/preuves/nouvelle").await.champ("cle");
    let champs = [
        ("titre", "Vente flash anticonstitutionnellement contre-révolutionnaire"),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("organisation", "Boutique du Port (fictive)"),
        ("texte", "J’ai vendu trois paniers."),
        ("liens", "https://exemple.test/une/adresse/longue/qui-ne-se-coupe-pas-toute-seule.html"),
        ("codes", "1.1.1"),
        ("cle", &cle),
    ];
    let page = amina
        .upload(
            "/preuves/nouvelle",
            &champs,
            Some((
                "bilan-de-la-vente-flash-du-vendredi-20-novembre-2026-corrige.pdf",
                &crate::octets::pdf("Bilan"),
            )),
        )
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let demande = format!("{}/demande", page.location);
    let cle = amina.get(&demande).await.champ("cle");
    let champs = [("demande-1.1.1", "1"), ("niveau-1.1.1", "S"), ("cle", &cle)];
    assert_eq!(amina.post(&demande, &champs).await.status, StatusCode::SEE_OTHER);
    let etudiant = lycee.numero("amina").await;
    for (code, niveau) in [("1.1.1", "TI"), ("1.1.2", "I"), ("1.1.3", "S"), ("1.1.4", "TS")] {
        let case = format!("/etudiants/{etudiant}/sous-competences/{code}");
        let formulaire = martin.get(&case).await;
        let (version, cle) = (formulaire.champ("version"), formulaire.champ("cle"));
        let champs =
            [("niveau", niveau), ("version", &version), ("cle", &cle), ("remarque", "À revoir.")];
        let page = martin.post(&format!("{case}/positionnements"), &champs).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    page.location.rsplit('/').next().unwrap().to_owned()
}

/// No page: a file, or the part of a page that the grid puts in its own panel, looked at there.
fn fichier(route: &str) -> bool {
    // An import is looked at at each of its steps, further down.
    [
        "/static/",
        "{jeton}",
        "/connexion/retour/",
        "/pieces/",
        "/piece/",
        "/tirages/",
        "/archives/",
        "/import/{id}",
    ]
    .iter()
    .any(|m| route.contains(m))
        // Where there is no school yet: looked at in the play that opens one.
        || route == "/installation"
        || route.starts_with("/etablissement/")
        || ["/volet", ".pdf", ".csv", "/annexe"].iter().any(|f| route.ends_with(f))
}

/// The pages that this person may open: routes of the access table that answer with a page.
async fn pages(
    lycee: &Lycee,
    (qui, genre): (&str, &str),
    (preuve, version): (&str, &str),
    ouverts: &(String, String, String, String),
) -> Vec<String> {
    let visiteur: Visiteur =
        if qui.is_empty() { lycee.passant() } else { lycee.visiteur(qui).await };
    let etudiant = lycee.numero("amina").await.to_string();
    let promotion = lycee.promotion("amina").await.to_string();
    let (organisation, commission): (i64, i64) = sqlx::query_as(
        "select (select max(organisation_id) from livret.organisation),
                (select max(commission_id) from certification.commission)",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    let (organisation, commission) = (organisation.to_string(), commission.to_string());
    let trous = [
        ("{code}", "1.1.1"),
        ("{preuve}", preuve),
        ("{version}", version),
        ("{situation}", &ouverts.0),
        ("{groupe}", &ouverts.1),
        ("{demande}", "1"),
        ("{periode}", &ouverts.2),
        ("{fiche}", &ouverts.3),
        ("{commission}", &commission),
        ("{etudiant}", &etudiant),
        ("{epreuve}", "E4"),
        ("{rubrique}", "E4"),
        ("{rang}", "1"),
        ("{cle}", "00000000-0000-4000-8000-000000000002"),
    ];
    let mut pages = vec![];
    for (_, route, permis) in ACCES.iter().filter(|a| a.0 == "GET") {
        let public = matches!(permis, Qui::Tous) && (qui.is_empty() || *route == "/");
        // The tutor's are looked at in a play of their own.
        if fichier(route) || !(public || permis.nomme(genre)) {
            continue;
        }
        let id = match *route {
            r if r.starts_with("/commissions/") => &commission,
            r if r.contains("/promotions/") => &promotion,
            r if r.starts_with("/organisations/") => &organisation,
            r if r.starts_with("/preuves/") => preuve,
            _ => &etudiant,
        };
        let chemin = route.replace("{id}", id);
        let chemin = trous.iter().fold(chemin, |c, (trou, dit)| c.replace(trou, dit));
        assert!(!chemin.contains('{'), "say here what stands for the hole in {route}");
        let reponse = visiteur.get(&chemin).await;
        let genre = reponse.headers.get("content-type").map_or("", |t| t.to_str().unwrap());
        // What scripts ask for is no page; without its question it is not found, which is one.
        if genre.starts_with("text/html") && !route.ends_with("/source") {
            assert_eq!(reponse.status, StatusCode::OK, "{qui} {chemin}");
            if route.ends_with("/livret") {
                let vue = |v: &str| format!("{chemin}?voir={v}");
                pages.extend(["profil", "radar", "frise"].map(vue));
            }
            pages.push(chemin);
        }
    }
    pages
}

/// What the views of a promotion show once they are asked something, well or badly.
fn questions(promotion: i64) -> impl Iterator<Item = String> {
    [
        "regle?regle=meilleure&n=3&fraicheur=6",
        "regle?regle=majorite&n=0&fraicheur=0",
        "vue?raison=jamais",
        "couverture?code=1.1.1&contexte=stage",
        "besoin?code=1.1.1&seuil=TS",
        "besoin?code=9.9.9&seuil=A",
        "conformite?verdict=risque_nv",
        "conformite?verdict=conforme&epreuve=E7",
        "scolaire/avis",
        "scolaire/candidats",
    ]
    .into_iter()
    .map(move |question| format!("/promotions/{promotion}/{question}"))
}

/// A page that is wrong on purpose.
const FAUTIVE: &str = "data:text/html,<html lang=fr><title>Faute</title><main><h1>Faute</h1>\
    <img src=x width=50 height=50><p style='color:silver;background:white'>Illisible</p>\
    <div style='width:900px;height:10px;background:navy'></div>\
    <button style='width:9px;height:9px;padding:0' aria-label=a></button>\
    <button style='width:9px;height:9px;padding:0' aria-label=b></button></main>";

/// A check that finds nothing must be one that sees, and in each mode what that mode shows.
async fn voit(c: &Client) {
    c.goto(FAUTIVE).await.unwrap();
    let mut trouvees = vec![];
    examiner(c, "fautive", &mut trouvees).await;
    for (faute, modes) in
        [("image-alt", 5), ("color-contrast", 5), ("target-size", 5), ("scrolls sideways", 2)]
    {
        let vues = trouvees.iter().filter(|t| t.contains(faute)).count();
        assert_eq!(vues, modes, "{faute} in {trouvees:#?}");
    }
}

/// The grid with its panel open, then with its help: what a page shows once somebody works in it.
async fn a_la_grille(c: &Client, adresse: &str, trouvees: &mut Vec<String>) {
    c.goto(adresse).await.unwrap();
    for (touche, attendu) in [("e", "#v-histoire"), ("?", "#aide-touches[open]")] {
        c.find(Locator::Css("#grille a[tabindex='0']"))
            .await
            .unwrap()
            .send_keys(touche)
            .await
            .unwrap();
        c.wait().for_element(Locator::Css(attendu)).await.unwrap();
        examiner(c, attendu, trouvees).await;
    }
}

#[sqlx::test]
async fn every_page_of_everybody_in_every_mode(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let preuve = vivre(&lycee).await;
    let version: i64 = sqlx::query_scalar("select version from livret.preuve order by 1 limit 1")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let version = version.to_string();
    let (promotion, amina) = (lycee.promotion("amina").await, lycee.numero("amina").await);
    let martin = lycee.visiteur("martin").await;
    lycee.demande("zoe").await;
    lycee.demande("zoe").await;
    let zoe = lycee.numero("zoe").await;
    lycee.arreter("martin", zoe).await;
    crate::conformite::echeances(&martin, promotion, "2026-12-18").await;
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await.to_string();
    let equipe = lycee.equipe(&martin, promotion, &[amina]).await.to_string();
    let (fiche, gardee) = crate::fiche::vivre(&lycee).await;
    let ouverts = (situation, equipe, crate::stage_suivi::vivre(&lycee).await.to_string(), fiche);
    let examinees = crate::commission::vivre(&lycee).await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    voit(&c).await;

    let (mut vues, mut trouvees) = (0, vec![]);
    // An apprentice, whose own paper is among her stages.
    crate::stage_piece::vivre(&lycee, "zoe").await;
    entrer(&c, &base, "zoe").await;
    c.goto(&format!("{base}/stages")).await.unwrap();
    examiner(&c, "zoe, her paper", &mut trouvees).await;
    for (qui, genre) in [
        ("", ""),
        ("martin", "enseignant"),
        ("amina", "etudiant"),
        ("jury", "jury"),
        ("direction", "direction"),
        ("admin", "administrateur"),
    ] {
        if !qui.is_empty() {
            entrer(&c, &base, qui).await;
        }
        let mut pages = pages(&lycee, (qui, genre), (&preuve, &version), &ouverts).await;
        pages.push("/nulle-part".to_owned());
        // The past, with something in it and with a date that does not exist; two moments side by side.
        if genre == "enseignant" {
            pages.push(format!("/etudiants/{amina}/passe?le=2026-11-24"));
            pages.push(format!("/promotions/{promotion}/passe?le=2026-11-24"));
            pages.push(format!("/promotions/{promotion}/passe?le=31/02/2026"));
            pages.push(format!("/promotions/{promotion}/comparaison?de=2026-11-01&a=2026-11-24"));
            pages.push(format!("/promotions/{promotion}/validations?bloc=1"));
            pages.push(format!("/promotions/{promotion}/validations?bloc=1&code=1.1.1"));
            pages.push(format!("/etudiants/{zoe}/arret"));
            pages.push(format!("/etudiants/{zoe}/piece"));
        }
        if genre == "enseignant" {
            pages.extend(questions(promotion));
            pages.extend(crate::import::vivre(&martin, promotion).await);
            pages.extend(examinees.iter().flat_map(|la| [la.clone(), format!("{la}/evaluation")]));
            pages.push(format!("/etudiants/{amina}/fiches/{gardee}"));
        }
        if genre == "etudiant" {
            pages.push(format!("/fiches/{gardee}"));
        }
        for page in pages {
            c.goto(&format!("{base}{page}")).await.unwrap();
            // The tables of the drawings are looked at too.
            let js = "document.querySelectorAll('details.donnees').forEach(d => d.open = true)";
            c.execute(js, vec![]).await.unwrap();
            examiner(&c, &format!("{qui} {page}"), &mut trouvees).await;
            vues += 1;
        }
        if genre == "enseignant" {
            a_la_grille(&c, &format!("{base}/promotions/{promotion}/grille"), &mut trouvees).await;
        }
    }
    // Still the administrator: a list with a fault in it, then a good one with its codes.
    for liste in ["SEULEMENT-UN-NOM", "DUPONT Jeanne"] {
        c.goto(&format!("{base}/administration/promotions/{}", lycee.promotion("amina").await))
            .await
            .unwrap();
        c.find(Locator::Id("liste")).await.unwrap().send_keys(liste).await.unwrap();
        c.find(Locator::Css("main form button")).await.unwrap().click().await.unwrap();
        c.wait().for_element(Locator::Css(".notice")).await.unwrap();
        examiner(&c, "admin, after a list", &mut trouvees).await;
    }
    c.close().await.unwrap();
    lycee.app.db.close().await; // the server still holds it
    assert!(vues > 25, "{vues} pages");
    assert!(trouvees.is_empty(), "{} faults:\n{}", trouvees.len(), trouvees.join("\n"));
}

/// What a tutor sees: the question, the sheet, the signature missed and done, a link that is lost; and what the team sees of it.
#[sqlx::test]
async fn every_page_of_a_tutor_in_every_mode(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let ou = crate::tuteur::periode(&lycee, &martin, "amina").await;
    let jeton = crate::tuteur::lien(&lycee, &martin, ou).await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    let mut trouvees = vec![];
    for page in
        ["/tuteur".to_owned(), format!("/tuteur/{}", "0".repeat(64)), format!("/tuteur/{jeton}")]
    {
        c.goto(&format!("{base}{page}")).await.unwrap();
        examiner(&c, "tutor", &mut trouvees).await;
    }
    c.find(Locator::Css("button.principal")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("[data-tuteur]")).await.unwrap();
    c.execute("document.querySelectorAll('details').forEach(d => d.open = true)", vec![])
        .await
        .unwrap();
    examiner(&c, "tutor, the sheet", &mut trouvees).await;
    c.find(Locator::Css("button[name=signer]")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("[role=alert]")).await.unwrap();
    examiner(&c, "tutor, signed too early", &mut trouvees).await;
    c.find(Locator::Css("[name=e-vente][value=seul]")).await.unwrap().click().await.unwrap();
    c.find(Locator::Id("nom")).await.unwrap().send_keys("Paul Petit").await.unwrap();
    c.find(Locator::Id("certifie")).await.unwrap().click().await.unwrap();
    c.find(Locator::Css("button[name=signer]")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Id("signature")).await.unwrap();
    examiner(&c, "tutor, signed", &mut trouvees).await;
    entrer(&c, &base, "martin").await;
    let promotion = lycee.promotion("amina").await;
    for page in [
        format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1),
        format!("/promotions/{promotion}/tuteurs"),
        format!("/etudiants/{}/sous-competences/1.2.1", ou.0),
    ] {
        c.goto(&format!("{base}{page}")).await.unwrap();
        examiner(&c, "martin, after a tutor", &mut trouvees).await;
    }
    c.close().await.unwrap();
    lycee.app.db.close().await;
    assert!(trouvees.is_empty(), "{} faults:\n{}", trouvees.len(), trouvees.join("\n"));
}
