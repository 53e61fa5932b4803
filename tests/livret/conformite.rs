//! Whether files would be received: the board of a class, what each reads of hers, the notification, the spreadsheet.
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::StatusCode;
use calamine::{Data, DataType, Reader, Xlsx};
use sqlx::PgPool;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::{
    lycee::{Lycee, Page, Visiteur},
    stage::{champs, prevoir},
};

/// Something said straight in the tables, in the name of an act that the journal has.
async fn ecrire(lycee: &Lycee, sql: &str) {
    let mut db = lycee.db.acquire().await.unwrap();
    let sql = format!(
        "select set_config('livret.etablissement', etablissement_id::text, false)
           from acces.compte where identifiant = 'zoe'; {sql}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *db).await.unwrap();
}

/// A line of the journal to lean on.
const UN: &str = "(select min(seq) from livret.evenement where etablissement_id = livret.ici())";

/// A sheet that stands so: épreuve, number, nature, state, signed, handed in.
async fn fiche(
    lycee: &Lycee,
    qui: &str,
    (epreuve, numero, nature): (&str, i32, &str),
    (etat, visee, deposee): (&str, bool, Option<&str>),
) {
    let (id, promotion) = (lycee.numero(qui).await, lycee.promotion(qui).await);
    let visee = if visee { "'2026-11-20'" } else { "null" };
    let deposee = deposee.map_or("null".into(), |d| format!("'{d}'"));
    let sql = format!(
        "insert into livret.fiche (etablissement_id, promotion_id, etudiant_id, epreuve, numero, etat, rang, titre, nature,
                                   vecue, visee_le, deposee_le, commencee_le, version)
         values (livret.ici(), {promotion}, {id}, '{epreuve}', {numero}, '{etat}', 1, '=1+1 Vente flash', '{nature}',
                 true, {visee}, {deposee}, now(), {UN})"
    );
    ecrire(lycee, &sql).await;
}

/// The last paper of a period, or of the candidate, is so.
async fn papier(lycee: &Lycee, qui: &str, periode: Option<i64>, etat: &str) {
    let (id, promotion) = (lycee.numero(qui).await, lycee.promotion(qui).await);
    let periode = periode.map_or("null".into(), |p| p.to_string());
    let sql = format!(
        "with f as (insert into livret.fichier (etablissement_id, par, cle, depose_le, nom, genre, taille, empreinte)
                    values (livret.ici(), {id}, gen_random_uuid(), now(), 'attestation.pdf', 'pdf', 1, sha256('x'))
                    returning fichier_id)
         insert into livret.piece (etablissement_id, promotion_id, etudiant_id, periode_id, fichier_id, deposee_le, par, etat,
                                   controlee_le, controlee_par, version)
         select livret.ici(), {promotion}, {id}, {periode}, fichier_id, now(), {id}, '{etat}', now(), {id}, {UN} from f"
    );
    ecrire(lycee, &sql).await;
}

/// Both files are due that day.
pub(crate) async fn echeances(qui: &Visiteur, promotion: i64, le: &str) {
    let chemin = format!("/promotions/{promotion}/examen");
    let lue = qui.get(&chemin).await;
    let (cle, e4, e6) = (lue.champ("cle"), lue.champ("version-E4"), lue.champ("version-E6"));
    let champs = [
        ("cle", cle.as_str()),
        ("le-E4", le),
        ("version-E4", &e4),
        ("le-E6", le),
        ("version-E6", &e6),
    ];
    let page = qui.post(&format!("{chemin}/echeances"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

async fn candidature(qui: &Visiteur, promotion: i64, id: i64, voie: &str) {
    let chemin = format!("/promotions/{promotion}/examen");
    let lue = qui.get(&chemin).await;
    let (cle, version) = (lue.champ("cle"), lue.champ(&format!("version-{id}")));
    let (v, n, l) = (format!("voie-{id}"), format!("numero-{id}"), format!("version-{id}"));
    let numero = format!("00{id}");
    let champs = [("cle", cle.as_str()), (&*v, voie), (&*n, &*numero), (&*l, &*version)];
    let page = qui.post(&format!("{chemin}/candidatures"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

/// The row of somebody in a board.
fn rang(page: &Page, id: i64) -> String {
    let debut = format!("<a href=\"/etudiants/{id}/livret\">");
    let (_, reste) = page.html.split_once(&debut).unwrap_or_else(|| panic!("{}", page.html));
    reste.split("</tr>").next().unwrap().to_owned()
}

fn dit(rang: &str, quoi: &str) {
    assert!(rang.contains(quoi), "« {quoi} » is not in:\n{rang}");
}

/// Zoé has done all, Amina 15 weeks and 4 days with an unsigned paper; the files are due in 24 days.
async fn classe(db: PgPool) -> (Lycee, Visiteur, i64) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    echeances(&martin, promotion, "2026-12-18").await;
    // Sixteen weeks: 2026-07-06 to 2026-10-23.
    let zoe = lycee.numero("zoe").await;
    let periode = prevoir(&lycee, &champs(zoe, "2026-07-06", "2026-10-23"), "zoe").await;
    papier(&lycee, "zoe", Some(periode), "controlee").await;
    let retenue = ("deposee", true, Some("2026-11-23"));
    for (epreuve, numero, nature) in [
        ("E4", 1, "negociation"),
        ("E4", 2, "evenement"),
        ("E6", 1, "distributeurs"),
        ("E6", 2, "partenaires"),
        ("E6", 3, "vente_directe"),
    ] {
        fiche(&lycee, "zoe", (epreuve, numero, nature), retenue).await;
    }
    // A day less, the paper not signed, two sheets of one nature of which one is not signed.
    let amina = lycee.numero("amina").await;
    let mut les_siens = champs(amina, "2026-07-06", "2026-10-22");
    les_siens.push(("autre", "1".into()));
    let periode = prevoir(&lycee, &les_siens, "amina").await;
    papier(&lycee, "amina", Some(periode), "non_signee").await;
    fiche(&lycee, "amina", ("E4", 1, "negociation"), ("retenue", true, None)).await;
    fiche(&lycee, "amina", ("E4", 2, "negociation"), ("retenue", false, None)).await;
    candidature(&martin, promotion, amina, "scolaire").await;
    (lycee, martin, promotion)
}

#[sqlx::test]
async fn the_board_says_who_is_at_risk_first_and_why_in_official_words(db: PgPool) {
    let (lycee, martin, promotion) = classe(db).await;
    let chemin = format!("/promotions/{promotion}/conformite");
    martin.get(&format!("/promotions/{promotion}")).await.contient(&chemin);
    let page = martin.get(&chemin).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let elle = rang(&page, amina);
    for quoi in [
        "risque NV",
        "Documents constituant le dossier non visés ou non signés par les personnes habilitées à cet effet",
        "Boulangerie Martinet, du 6\u{a0}juillet\u{a0}2026 au 22\u{a0}octobre\u{a0}2026\u{a0}: pièce non signée.",
        "Une fiche retenue n’est pas visée.",
        "Il manque 1\u{a0}jour de stage\u{a0}: prévoyez une autre période.",
        "Deux fiches retenues sont de même nature",
        "15\u{a0}semaines et 4\u{a0}jours",
        "à déposer le 18\u{a0}décembre\u{a0}2026 au plus tard (dans 24\u{a0}jours)",
        "Fiches retenues 2 sur 2, visées 1",
        "Fiches retenues 0 sur 3",
        &format!("n°\u{a0}00{amina}"),
        &format!("/etudiants/{amina}/stages/"),
        &format!("/etudiants/{amina}/fiches/"),
        &format!("/promotions/{promotion}/fiches"),
        &format!("/etudiants/{amina}/conformite/E4/notification.pdf"),
    ] {
        dit(&elle, quoi);
    }
    assert!(!elle.contains("Absence d’attestation"), "it is there, and not signed: {elle}");
    let autre = rang(&page, zoe);
    dit(&autre, "conforme");
    dit(&autre, "déposé le 23\u{a0}novembre\u{a0}2026");
    dit(&autre, "Animation de réseau de partenaires, vécue\u{a0}: déposée le");
    assert!(!autre.contains("notification.pdf"));
    // Everybody else has done nothing and has 24 days: weeks cannot be made any more.
    page.contient("31\u{a0}risques NV, 0\u{a0}à compléter, 1\u{a0}conforme");
    let place = |qui: &str| page.html.find(qui).unwrap_or_else(|| panic!("{qui}"));
    assert!(place("ABDALLAH Inès") < place("ALVAREZ Tom"), "French order inside a verdict");
    assert!(place("VASSEUR Nina") < place("ÉTIENNE Zoé"), "the worst first");
    // What is chosen.
    let page = martin.get(&format!("{chemin}?verdict=conforme&epreuve=E6")).await;
    page.contient("ÉTIENNE Zoé");
    page.sans("DIALLO Amina");
    page.sans("Dossier E4<span");
    page.contient(&format!("{chemin}?verdict=risque_nv&amp;epreuve=E6").replace("&amp;", "&#38;"));
    martin.get(&format!("{chemin}?verdict=rien")).await.contient("Ce choix n’existe pas");
    for qui in ["lefevre", "zoe", "jury"] {
        assert_eq!(lycee.visiteur(qui).await.get(&chemin).await.status, StatusCode::NOT_FOUND);
    }
}

#[sqlx::test]
async fn a_decision_and_a_way_change_what_is_asked(db: PgPool) {
    let (lycee, martin, promotion) = classe(db).await;
    let chemin = format!("/promotions/{promotion}/conformite");
    let amina = lycee.numero("amina").await;
    // Fifteen weeks by decision: her days are enough.
    let page = format!("/etudiants/{amina}/amenagement");
    let lue = martin.get(&page).await;
    let (cle, version) = (lue.champ("cle"), lue.champ("version"));
    let champs =
        [("semaines", "15"), ("motif", "Maladie"), ("cle", cle.as_str()), ("version", &version)];
    assert_eq!(martin.post(&page, &champs).await.status, StatusCode::SEE_OTHER);
    let elle = rang(&martin.get(&chemin).await, amina);
    dit(&elle, "(aménagé)");
    assert!(!elle.contains("de stage\u{a0}:"), "{elle}");
    // Three years of work: a paper for the candidate, no week, a file in place of the E6 sheets.
    let id = lycee.numero("etudiant1-3").await;
    candidature(&martin, promotion, id, "experience").await;
    let elle = rang(&martin.get(&chemin).await, id);
    dit(&elle, "Certificat de travail\u{a0}: pièce manquante.");
    dit(&elle, "Absence d’attestation de stage ou de certificat de travail");
    dit(&elle, "Un dossier professionnel d’une dizaine de pages");
    assert!(!elle.contains("Il manque"), "{elle}");
    papier(&lycee, "etudiant1-3", None, "controlee").await;
    let elle = rang(&martin.get(&chemin).await, id);
    dit(&elle, "Certificat de travail</a>\u{a0}: contrôlée");
    assert!(!elle.contains("risque NV"), "{elle}");
    // Past the last day, nobody can say that what replaces the sheets was not handed in; E4 has its sheets to show.
    lycee.hand.advance(time::Duration::days(30));
    let page = lycee.visiteur("martin").await.get(&chemin).await;
    let elle = rang(&page, id);
    dit(&elle, "vérifiez que ce qui remplace les fiches a été déposé");
    dit(&elle, "Aucun dossier déposé\u{a0}: le dernier jour était le 18\u{a0}décembre\u{a0}2026.");
    dit(&rang(&page, lycee.numero("zoe").await), "conforme");
}

#[sqlx::test]
async fn days_after_the_last_day_of_deposit_do_not_count(db: PgPool) {
    let (lycee, _, promotion) = classe(db).await;
    let chemin = format!("/promotions/{promotion}/conformite");
    let amina = lycee.numero("amina").await;
    let mut siens = champs(amina, "2026-12-21", "2026-12-23");
    siens.push(("autre", "1".into()));
    prevoir(&lycee, &siens, "amina").await;
    // Planned, then done: either way it is too late for the file.
    for jours in [0, 40] {
        lycee.hand.advance(time::Duration::days(jours));
        let elle = rang(&lycee.visiteur("martin").await.get(&chemin).await, amina);
        dit(&elle, "Il manque 1\u{a0}jour de stage");
    }
    let elle = lycee.visiteur("amina").await.get("/conformite").await;
    elle.sans("Faites les périodes prévues");
}

#[sqlx::test]
async fn each_reads_what_her_files_lack_and_where_to_do_it(db: PgPool) {
    let (lycee, martin, _) = classe(db).await;
    let amina = lycee.visiteur("amina").await;
    amina.get("/livret").await.contient("href=\"/conformite\"");
    let page = amina.get("/conformite").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    for quoi in [
        "Dossier E4 · Relation client et négociation-vente",
        "risque NV",
        "Risque NV, Documents constituant le dossier non visés",
        "1\u{a0}étape faite sur 5",
        "Dépôt\u{a0}: à faire <span class=\"doux\">(dans 24\u{a0}jours)",
        "Durée de stage\u{a0}: à faire",
        "15\u{a0}semaines et 4\u{a0}jours sur 16\u{a0}semaines",
        "Fiches retenues\u{a0}: fait",
        "href=\"/stages\"",
        "href=\"/fiches\"",
        "#attestation\">",
        "Lisez la remarque de votre enseignant, puis déposez-la de nouveau.",
        "dans 24\u{a0}jours",
    ] {
        page.contient(quoi);
    }
    page.sans("ÉTIENNE");
    page.sans("/etudiants/");
    let page = lycee.visiteur("zoe").await.get("/conformite").await;
    page.contient("5\u{a0}étapes faites sur 5");
    page.contient("Ce dossier serait reçu tel quel.");
    page.sans("À faire</h3>");
    assert_eq!(martin.get("/conformite").await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test]
async fn the_notification_is_the_official_one_for_a_risk_and_for_nothing_else(db: PgPool) {
    let (lycee, martin, _) = classe(db).await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let page = martin.get(&format!("/etudiants/{zoe}/conformite/E4/notification.pdf")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Le dossier E4 de ÉTIENNE Zoé n’est pas en risque NV\u{a0}: il est conforme.");
    let chemin = format!("/etudiants/{amina}/conformite/E4/notification.pdf");
    for (qui, chemin) in [
        ("martin", format!("/etudiants/{amina}/conformite/E5/notification.pdf")),
        ("lefevre", chemin.clone()),
        ("amina", chemin.clone()),
        ("jury", chemin.clone()),
    ] {
        let page = lycee.visiteur(qui).await.get(&chemin).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui} {chemin}");
    }
    let page = martin.get(&chemin).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(page.headers["content-type"], "application/pdf");
    if let Some(dossier) = std::env::var_os("NOTIFICATION") {
        std::fs::write(dossier, &page.octets).unwrap();
    }
    let Some(lu) = crate::jury::lire("pdftotext", &["-layout", "FICHIER", "-"], &page.octets)
    else {
        return;
    };
    assert_eq!(lu.matches('\u{c}').count(), 1, "one page: {lu}");
    let lu = lu.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut reste = lu.as_str();
    for rubrique in [
        "ANNEXE V-8",
        "Contrôle de conformité",
        "Nom : DIALLO Prénom : Amina",
        &format!("N° de candidat : 00{amina}"),
        "En application de l'arrêté du 22 juillet 2008",
        "Absence de dépôt de dossier à la date fixée par l’autorité académique",
        "Dépôt du dossier au-delà de la date fixée par l’autorité académique",
        "Durée de stage ou d’expérience professionnelle inférieure",
        "Absence d’attestation de stage ou de certificat de travail",
        "X Documents constituant le dossier non visés ou non signés",
        "Vous obtiendrez la mention non valide (NV) à cette épreuve.",
        "Date du contrôle : 24 novembre 2026 Visa :",
    ] {
        let (_, apres) = reste.split_once(rubrique).unwrap_or_else(|| panic!("{rubrique}: {lu}"));
        reste = apres;
    }
    assert_eq!(lu.matches("X ").count(), 1, "one box is ticked: {lu}");
    // The other file has words of its own.
    let page = martin.get(&chemin.replace("E4", "E6")).await;
    let lu = crate::jury::lire("pdftotext", &["-layout", "FICHIER", "-"], &page.octets).unwrap();
    let lu = lu.split_whitespace().collect::<Vec<_>>().join(" ");
    for mots in [
        "ANNEXE VII-6",
        "NOM du Candidat : DIALLO Prénom du Candidat : Amina",
        "Absence de dépôt de dossier à la date fixée par les autorités académiques",
    ] {
        assert!(lu.contains(mots), "{mots}: {lu}");
    }
}

#[sqlx::test]
async fn the_spreadsheet_says_the_same_and_runs_nothing(db: PgPool) {
    let (lycee, martin, promotion) = classe(db).await;
    let page = martin.get(&format!("/promotions/{promotion}/conformite.xlsx")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    let mut classeur: Xlsx<_> = Xlsx::new(std::io::Cursor::new(page.octets)).unwrap();
    assert_eq!(classeur.sheet_names(), ["Conformité", "À propos"]);
    let feuille = classeur.worksheet_range("Conformité").unwrap();
    assert_eq!((feuille.height(), feuille.width()), (33, 25));
    let titres: Vec<String> = feuille.rows().next().unwrap().iter().map(Data::to_string).collect();
    let case = |qui: &str, titre: &str| {
        let n = titres.iter().position(|t| t == titre).unwrap_or_else(|| panic!("{titres:?}"));
        feuille.rows().find(|r| r[1] == *qui).unwrap()[n].clone()
    };
    let amina = lycee.numero("amina").await;
    assert_eq!(case("Amina", "N° de candidat"), Data::String(format!("00{amina}")));
    assert_eq!(case("Amina", "Semaines faites"), Data::Float(15.8));
    assert_eq!(case("Amina", "Semaines requises"), Data::Float(16.0));
    assert_eq!(case("Amina", "Pièces contrôlées"), *"0 sur 1");
    assert_eq!(case("Amina", "E4\u{a0}: verdict"), *"risque NV");
    assert_eq!(case("Amina", "E4\u{a0}: fiches retenues"), *"2 sur 2");
    assert_eq!(case("Amina", "E4\u{a0}: fiches visées"), *"1 sur 2");
    let motifs = case("Amina", "E4\u{a0}: motifs").to_string();
    dit(&motifs, "Documents constituant le dossier non visés ou non signés");
    assert_eq!(case("Zoé", "E6\u{a0}: verdict"), *"conforme");
    assert_eq!(case("Zoé", "E6\u{a0}: réellement vécues"), *"3");
    assert_eq!(case("Zoé", "E6\u{a0}: motifs").to_string(), "");
    let depose = case("Zoé", "E6\u{a0}: déposé le");
    assert!(depose.is_datetime() && depose.to_string().starts_with("46349"), "{depose:?}");
    assert!(case("Amina", "E6\u{a0}: déposé le").is_empty());
    let formules = classeur.worksheet_formula("Conformité").unwrap();
    assert!(formules.is_empty(), "nothing is run");
}

/// Counts the statements that a page sends.
#[derive(Clone, Default)]
struct Compteur(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Compteur {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[sqlx::test]
async fn the_board_of_a_class_costs_what_that_of_one_student_costs(db: PgPool) {
    let (lycee, martin, promotion) = classe(db).await;
    let chemin = format!("/promotions/{promotion}/conformite");
    let compteur = Compteur::default();
    // Where one alone listens, a place that speaks first on the thread of another play is taken for mute: two listen.
    let ecoute = tracing::Dispatch::new(tracing_subscriber::registry().with(compteur.clone()));
    let _autre = tracing::Dispatch::new(tracing_subscriber::registry());
    let _ecoute = tracing::dispatcher::set_default(&ecoute);
    let mut couts = vec![];
    for _ in 0..2 {
        martin.get(&chemin).await; // what is kept in memory is kept
        compteur.0.store(0, Ordering::Relaxed);
        assert_eq!(martin.get(&chemin).await.status, StatusCode::OK);
        couts.push(compteur.0.load(Ordering::Relaxed));
        // All leave but Zoé.
        let zoe = lycee.numero("zoe").await;
        let sql = format!(
            "update livret.inscription set au = '2026-11-23', du = '2025-09-01'
              where promotion_id = {promotion} and etudiant_id <> {zoe}"
        );
        ecrire(&lycee, &sql).await;
    }
    martin.get(&chemin).await.contient("0\u{a0}risque NV, 0\u{a0}à compléter, 1\u{a0}conforme");
    assert_eq!(couts[0], couts[1], "statements for 32 students, then for one");
    assert!((5..=15).contains(&couts[0]), "they are seen, and few: {couts:?}");
}
