//! The candidate's own paper, where her voie wants one for all that she did: deposited, read back, checked.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

/// Says how this student sits the exam, as Mme Martin.
async fn voie(lycee: &Lycee, qui: &str, voie: &str) {
    let (martin, id) = (lycee.visiteur("martin").await, lycee.numero(qui).await);
    let chemin = format!("/promotions/{}/examen", lycee.promotion(qui).await);
    let lue = martin.get(&chemin).await;
    let (choix, numero, version) =
        (format!("voie-{id}"), format!("numero-{id}"), format!("version-{id}"));
    let (cle, lu) = (lue.champ("cle"), lue.champ(&version));
    let champs = [("cle", cle.as_str()), (&choix, voie), (&numero, ""), (&version, &lu)];
    let page = martin.post(&format!("{chemin}/candidatures"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

async fn deposer(qui: &Visiteur, lue: &Page, vers: &str, nom: &str) -> Page {
    let (cle, scan) = (lue.champ("cle"), crate::octets::pdf("Certificat"));
    qui.upload(vers, &[("cle", &cle)], Some((nom, &scan))).await
}

async fn controler(qui: &Visiteur, page: &str, dits: &[(&str, &str)], lue: &Page) -> Page {
    let (cle, piece, version) = (lue.champ("cle"), lue.champ("piece"), lue.champ("version"));
    let mut champs = vec![("cle", cle.as_str()), ("piece", &piece), ("version", &version)];
    champs.extend(dits);
    qui.post(&format!("{page}/controle"), &champs).await
}

const CONTRAT: &str = "Copie du contrat ou attestation de l’employeur";

#[sqlx::test]
async fn an_apprentice_deposits_her_contract_and_a_teacher_checks_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    let tableau = format!("/promotions/{}/stages", lycee.promotion("zoe").await);
    let la = format!("/etudiants/{zoe}/piece");
    elle.get("/stages").await.sans(CONTRAT);
    martin.get(&tableau).await.sans(&la);
    voie(&lycee, "zoe", "apprentissage").await;
    let page = martin.get(&tableau).await;
    page.contient(&format!("<a href=\"{la}\">{CONTRAT}"));
    page.contient("à déposer");
    let lue = elle.get("/stages").await;
    lue.contient(CONTRAT);
    lue.contient("déposer la pièce que votre voie demande");
    for _ in 0..2 {
        let page = deposer(&elle, &lue, "/piece", "contrat.pdf").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        assert_eq!(page.location, "/stages#piece");
    }
    assert_eq!(lycee.compter("livret.piece where periode_id is null").await, 1, "a key is one act");
    assert_eq!(lycee.compter("livret.evenement where genre = 'deposer_piece'").await, 1);
    let page = elle.get("/stages").await;
    page.contient("déposée, à contrôler");
    page.sans("déposer la pièce que votre voie demande");
    let lue = martin.get(&la).await;
    lue.contient("Télécharger contrat.pdf");
    lue.contient("la pièce est-elle signée");
    let fichier = martin.get(&format!("{la}/1")).await;
    assert_eq!(fichier.status, StatusCode::OK);
    assert_eq!(elle.get("/piece/1").await.octets, fichier.octets);
    // What says nothing, or refuses without saying why.
    for (dits, attendu) in [
        (&[("remarque", "Vue")][..], "Dites si la pièce est signée"),
        (&[("signee", "non")], "Dites ce qui manque"),
    ] {
        let page = controler(&martin, &la, dits, &lue).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(attendu);
    }
    let refus = [("signee", "non"), ("remarque", "La signature manque.")];
    for _ in 0..2 {
        let page = controler(&martin, &la, &refus, &lue).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        assert_eq!(page.location, la);
    }
    let lue = elle.get("/stages").await;
    lue.contient("non signée par Mme MARTIN");
    lue.contient("La signature manque.");
    lue.contient("déposer la pièce que votre voie demande");
    // She deposits again; the check of the former does not pass for the new one.
    let avant = martin.get(&la).await;
    assert_eq!(deposer(&elle, &lue, "/piece", "contrat-2.pdf").await.status, StatusCode::SEE_OTHER);
    let accord = [("signee", "oui"), ("dates", "1"), ("cachet", "1")];
    let page = controler(&martin, &la, &accord, &avant).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Une autre pièce vient d’être déposée");
    let page = controler(&martin, &la, &accord, &martin.get(&la).await).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    elle.get("/stages").await.contient("contrôlée par Mme MARTIN");
    martin.get(&tableau).await.contient("</a>\u{a0}: contrôlée");
    martin.get(&format!("{la}/2")).await.contient("%PDF");
}

#[sqlx::test]
async fn what_is_no_paper_or_not_hers_is_refused(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    let la = format!("/etudiants/{zoe}/piece");
    // The usual voie wants one for each period: nothing is received.
    let cle = lycee.app.random.uuid().to_string();
    let scan = crate::octets::pdf("Certificat");
    for (qui, vers) in [(&elle, "/piece"), (&martin, la.as_str())] {
        let page = qui.upload(vers, &[("cle", &cle)], Some(("certificat.pdf", &scan))).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient("demande une attestation par période");
    }
    martin.get(&la).await.contient("Cette voie ne demande pas de pièce au candidat");
    assert_eq!(lycee.compter("livret.fichier").await, 0);
    voie(&lycee, "zoe", "experience").await;
    let lue = elle.get("/stages").await;
    lue.contient("Certificat de travail");
    let page = elle.upload("/piece", &[("cle", &lue.champ("cle"))], None).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Choisissez le fichier de la pièce signée");
    page.contient("id=\"erreur-fichier\"");
    for (qui, page, vers) in [(&elle, "/stages", "/piece"), (&martin, la.as_str(), la.as_str())] {
        let cle = qui.get(page).await.champ("cle");
        let page =
            qui.upload(vers, &[("cle", &cle)], Some(("certificat.txt", "Je soussigné"))).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient("n’est ni un PDF ni une photo. Déposez la pièce signée");
        let page = qui.upload(vers, &[], Some(("certificat.pdf", &scan))).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "without its key");
    }
    assert_eq!(lycee.compter("livret.piece").await, 0);
    // A teacher deposits for her; nobody else sees that there is something.
    let page = deposer(&martin, &martin.get(&la).await, &la, "certificat.pdf").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    elle.get("/stages").await.contient("déposée par Mme MARTIN");
    for (qui, chemin) in [
        ("amina", "/piece/1".to_owned()),
        ("zoe", "/piece/2".into()),
        ("zoe", la.clone()),
        ("amina", format!("{la}/1")),
        ("lefevre", la.clone()),
        ("lefevre", format!("{la}/1")),
        ("jury", format!("{la}/1")),
        ("martin", format!("{la}/0")),
    ] {
        let page = lycee.visiteur(qui).await.get(&chemin).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui} {chemin}");
    }
    // Her voie was corrected: what was deposited stays to be read, by her too.
    voie(&lycee, "zoe", "scolaire").await;
    for page in [elle.get("/stages").await, martin.get(&la).await] {
        page.contient("Pièce déposée avant");
        page.contient("Télécharger certificat.pdf");
    }
}

/// The paper of an apprentice, deposited and refused.
pub(crate) async fn vivre(lycee: &Lycee, qui: &str) {
    let martin = lycee.visiteur("martin").await;
    let la = format!("/etudiants/{}/piece", lycee.numero(qui).await);
    voie(lycee, qui, "apprentissage").await;
    let page =
        deposer(&martin, &martin.get(&la).await, &la, "copie-du-contrat-de-travail-signee.pdf")
            .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let refus = [("signee", "non"), ("remarque", "La signature manque.")];
    let page = controler(&martin, &la, &refus, &martin.get(&la).await).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}
