//! A period followed: its page, its missions, its attestation, its paper.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Page, Visiteur},
    stage::{champs, prevoir},
};

async fn ajouter(qui: &Visiteur, page: &str, intitule: &str, codes: &[&str], cle: &str) -> Page {
    let mut champs = vec![("intitule", intitule), ("cle", cle)];
    champs.extend(codes.iter().map(|c| ("codes", *c)));
    qui.post(&format!("{page}/missions"), &champs).await
}

#[sqlx::test]
async fn a_period_is_read_by_her_team_and_by_her_and_nobody_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    elle.get("/stages").await.contient("Aucune période n’est enregistrée");
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let page = martin.get(&format!("/etudiants/{zoe}/stages/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    for dit in [
        "12 rue des Fours, 69000 Valmont",
        "M. Paul PETIT, paul.petit@martinet.example",
        "du 2\u{a0}novembre\u{a0}2026 au 27\u{a0}novembre\u{a0}2026",
        "en cours",
        "17\u{a0}jours faits sur 20\u{a0}jours comptés",
        "pas encore choisi",
        &format!("/etudiants/{zoe}/stages/{id}/modifier"),
    ] {
        page.contient(dit);
    }
    let siens = elle.get("/stages").await;
    siens.contient("<strong>3\u{a0}semaines et 2\u{a0}jours</strong> sur 16\u{a0}semaines");
    siens.contient("Il reste 12\u{a0}semaines à trouver");
    siens.contient(&format!("href=\"/stages/{id}\""));
    siens.contient("Attestation\u{a0}: à faire signer à la fin");
    let page = elle.get(&format!("/stages/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.contient("Stage chez Boulangerie Martinet");
    page.sans("/modifier");
    for (qui, chemin) in [
        ("amina", format!("/stages/{id}")),
        ("amina", format!("/etudiants/{zoe}/stages/{id}")),
        ("zoe", format!("/etudiants/{zoe}/stages/{id}")),
        ("zoe", "/stages/999999".into()),
        ("lefevre", format!("/etudiants/{zoe}/stages/{id}")),
        ("jury", format!("/etudiants/{zoe}/stages/{id}")),
        ("jury", "/stages".into()),
    ] {
        let page = lycee.visiteur(qui).await.get(&chemin).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui} {chemin}");
    }
    let sienne = format!("/etudiants/{}/stages/{id}", lycee.numero("amina").await);
    assert_eq!(martin.get(&sienne).await.status, StatusCode::NOT_FOUND, "another student’s period");
}

#[sqlx::test]
async fn missions_are_defined_together_and_retired_by_whoever_defined_them(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let (la, ici) = (format!("/etudiants/{zoe}/stages/{id}"), format!("/stages/{id}"));
    let cle = martin.get(&la).await.champ("cle");
    for _ in 0..2 {
        let page =
            ajouter(&martin, &la, "  Prospecter  le quartier ", &["1.1.2", "1.1.1"], &cle).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    let page = ajouter(&martin, &la, "Tout autre chose", &[], &cle).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a key is one act");
    let cle = elle.get(&ici).await.champ("cle");
    let page = ajouter(&elle, &ici, "Tenir le compte du réseau social", &[], &cle).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(lycee.compter("livret.mission").await, 2);
    assert_eq!(lycee.compter("livret.evenement where genre = 'definir_mission'").await, 2);
    let page = elle.get(&ici).await;
    page.contient("Prospecter le quartier");
    page.contient("définie par Mme MARTIN");
    page.contient("href=\"/livret/sous-competences/1.1.2\"");
    // What is wrong is told, and stays as it was typed.
    let cle = elle.get(&ici).await.champ("cle");
    for (intitule, codes, attendu) in [
        ("  ", &["1.1.1"][..], "Ce champ est à remplir"),
        (&"é".repeat(301), &["1.1.1"], "Ce texte compte 301 caractères\u{a0}: 300 au plus"),
        ("Vendre", &["1.1.1", "9.9.9"], "n’existe pas ici"),
    ] {
        let page = ajouter(&elle, &ici, intitule, codes, &cle).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(attendu);
        page.contient(&format!("name=\"intitule\" value=\"{intitule}\""));
        page.contient("value=\"1.1.1\" checked");
    }
    let numeros: Vec<i64> =
        sqlx::query_scalar("select mission_id from livret.mission order by mission_id")
            .fetch_all(&lycee.db)
            .await
            .unwrap();
    let (de_martin, d_elle) = (numeros[0].to_string(), numeros[1].to_string());
    let retrait = format!("{ici}/missions/retrait");
    let page = elle.post(&retrait, &[("mission", &de_martin), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "it is her teacher’s");
    page.contient("définie par Mme MARTIN\u{a0}: seule cette personne la retire");
    for _ in 0..2 {
        let page = elle.post(&retrait, &[("mission", &d_elle), ("cle", &cle)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    martin.get(&la).await.contient("<del>Tenir le compte du réseau social</del>");
    assert_eq!(lycee.compter("livret.evenement where genre = 'retirer_mission'").await, 1);
    // Nobody writes in a period that she does not read.
    let amina = lycee.visiteur("amina").await;
    let page = ajouter(&amina, &ici, "Autre", &[], &cle).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

fn texte(octets: &[u8]) -> Option<String> {
    crate::jury::lire("pdftotext", &["-layout", "FICHIER", "-"], octets)
}

#[sqlx::test]
async fn the_attestation_is_the_official_model_filled_with_what_is_known(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    let classe = format!("/promotions/{}/stages/attestations.pdf", lycee.promotion("zoe").await);
    let vide = martin.get(&classe).await;
    assert_eq!(vide.status, StatusCode::UNPROCESSABLE_ENTITY);
    vide.contient("il n’y a rien à imprimer");
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let ici = format!("/stages/{id}");
    for intitule in ["Prospecter le quartier #set *x*", "Tenir la caisse"] {
        let cle = elle.get(&ici).await.champ("cle");
        ajouter(&elle, &ici, intitule, &[], &cle).await;
    }
    let retiree: i64 = sqlx::query_scalar("select max(mission_id) from livret.mission")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let cle = elle.get(&ici).await.champ("cle");
    elle.post(
        &format!("{ici}/missions/retrait"),
        &[("mission", &retiree.to_string()), ("cle", &cle)],
    )
    .await;
    let seule = martin.get(&format!("/etudiants/{zoe}/stages/{id}/attestation.pdf")).await;
    assert_eq!(seule.status, StatusCode::OK, "{}", seule.html);
    assert_eq!(seule.headers["content-type"], "application/pdf");
    let sienne = elle.get(&format!("{ici}/attestation.pdf")).await;
    assert_eq!(sienne.octets, seule.octets, "the same paper for both");
    for qui in ["amina", "lefevre", "jury"] {
        let page = lycee.visiteur(qui).await.get(&format!("{ici}/attestation.pdf")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui}");
    }
    let Some(lu) = texte(&seule.octets) else { return };
    assert_eq!(lu.matches('\u{c}').count(), 1, "one page: {lu}");
    let lu = lu.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut reste = lu.as_str();
    for rubrique in [
        "ANNEXE III-2",
        "ATTESTATION DE STAGE",
        "à remettre au stagiaire à l’issue du stage",
        "ORGANISME D’ACCUEIL",
        "Nom ou dénomination sociale : Boulangerie Martinet",
        "Secteur d’activité : Commerce de détail",
        "Adresse : 12 rue des Fours",
        "Code postal : 69000 Ville : Valmont",
        "Certifie que",
        "LE OU LA STAGIAIRE",
        "Sexe : F M Né(e) le :",
        "ETUDIANT(E) en :",
        "Au sein (nom de l’établissement d’enseignement supérieur ou de l’organisme de formation) :",
        "ACTIVITÉS de l’ÉTUDIANT :",
        "Prospecter le quartier #set *x*",
        "a effectué un stage prévu dans le cadre de ses études",
        "DURÉE DU STAGE",
        "Du 2 novembre 2026 au 27 novembre 2026",
        "Représentant une durée totale de 4 nombre de semaines / de mois (rayer la mention inutile)",
        "Chaque période au moins égale à 7 heures de présence consécutives ou non est considérée comme équivalente à un jour de stage",
        "MONTANT DE LA GRATIFICATION VERSEE AU STAGIAIRE",
        "FAIT À",
        "Pour les candidats se présentant au titre de leur activité professionnelle",
    ] {
        let (_, apres) = reste.split_once(rubrique).unwrap_or_else(|| panic!("{rubrique}: {lu}"));
        reste = apres;
    }
    assert!(!lu.contains("Tenir la caisse"), "what was retired is not attested");
    // The whole class: a page each.
    let amina = lycee.numero("amina").await;
    if lycee.promotion("amina").await == lycee.promotion("zoe").await {
        let mut autre = champs(amina, "2026-11-02", "2026-11-27");
        autre.push(("autre", "1".into()));
        prevoir(&lycee, &autre, "amina").await;
        let tout = texte(&martin.get(&classe).await.octets).unwrap();
        assert_eq!(tout.matches('\u{c}').count(), 2);
    }
}

async fn deposer(qui: &Visiteur, page: &str, (nom, octets): (&str, &str)) -> Page {
    let cle = qui.get(page).await.champ("cle");
    qui.upload(&format!("{page}/pieces"), &[("cle", &cle)], Some((nom, octets))).await
}

async fn controler(qui: &Visiteur, page: &str, dits: &[(&str, &str)], lue: &Page) -> Page {
    let (cle, piece, version) = (lue.champ("cle"), lue.champ("piece"), lue.champ("version"));
    let mut champs = vec![("cle", cle.as_str()), ("piece", &piece), ("version", &version)];
    champs.extend(dits);
    qui.post(&format!("{page}/controle"), &champs).await
}

#[sqlx::test]
async fn the_signed_paper_is_deposited_then_checked_and_the_last_one_counts(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let (la, ici) = (format!("/etudiants/{zoe}/stages/{id}"), format!("/stages/{id}"));
    // What is not a paper is told, and nothing is written.
    let cle = elle.get(&ici).await.champ("cle");
    let page = elle.upload(&format!("{ici}/pieces"), &[("cle", &cle)], None).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Choisissez le fichier de l’attestation signée");
    for (nom, octets, attendu) in [
        ("attestation.exe", "MZ\u{1}\u{2}programme", "fichier"),
        ("attestation.txt", "Je soussigné", "n’est ni un PDF ni une photo"),
    ] {
        let page = deposer(&elle, &ici, (nom, octets)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{nom}");
        page.contient(attendu);
        page.contient("id=\"erreur-fichier\"");
    }
    assert_eq!(lycee.compter("livret.piece").await, 0);
    let scan = crate::octets::pdf("Attestation");
    let page = deposer(&elle, &ici, ("attestation.pdf", &scan)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let lue = martin.get(&la).await;
    lue.contient("déposée, à contrôler");
    lue.contient("Télécharger attestation.pdf");
    let fichier = martin.get(&format!("{la}/pieces/1")).await;
    assert_eq!(fichier.status, StatusCode::OK);
    assert_eq!(elle.get(&format!("{ici}/pieces/1")).await.octets, fichier.octets);
    for (qui, chemin) in [
        ("amina", format!("{ici}/pieces/1")),
        ("lefevre", format!("{la}/pieces/1")),
        ("jury", format!("{la}/pieces/1")),
        ("martin", format!("{la}/pieces/2")),
    ] {
        let page = lycee.visiteur(qui).await.get(&chemin).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui} {chemin}");
    }
    // A check that says nothing, or refuses without saying why.
    for (dits, attendu) in [
        (&[("remarque", "Vue")][..], "Dites si l’attestation est signée"),
        (&[("signee", "non")], "Dites ce qui manque"),
        (&[("signee", "oui"), ("dates", "1")], "Dites ce qui manque"),
    ] {
        let page = controler(&martin, &la, dits, &lue).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(attendu);
    }
    let refus = [("signee", "non"), ("dates", "1"), ("remarque", "La signature manque en bas.")];
    for _ in 0..2 {
        let page = controler(&martin, &la, &refus, &lue).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(lycee.compter("livret.evenement where genre = 'controler_piece'").await, 1);
    elle.get(&ici).await.contient("non signée par Mme MARTIN");
    elle.get(&ici).await.contient("La signature manque en bas.");
    elle.get("/stages").await.contient("déposer l’attestation signée de Boulangerie Martinet");
    let accord = [("signee", "oui"), ("dates", "1"), ("cachet", "1")];
    // She deposits again: the new one is to be checked, the old one stays.
    let avant = martin.get(&la).await;
    let page = deposer(&elle, &ici, ("attestation-2.pdf", &crate::octets::pdf("Signée"))).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = controler(&martin, &la, &accord, &avant).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Une autre attestation vient d’être déposée");
    let (lue, autre) = (martin.get(&la).await, martin.get(&la).await);
    lue.contient("attestation.pdf");
    lue.contient("attestation-2.pdf");
    let page = controler(&martin, &la, &accord, &lue).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = controler(&martin, &la, &refus, &autre).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "checked since it was read");
    page.contient("vient d’être contrôlée\u{a0}: contrôlée par Mme MARTIN");
    page.contient("La signature manque en bas.");
    elle.get(&ici).await.contient("contrôlée par Mme MARTIN");
    let tableau = martin.get(&format!("/promotions/{}/stages", lycee.promotion("zoe").await)).await;
    tableau.contient("attestation contrôlée");
    assert_eq!(lycee.compter("livret.piece").await, 2);
    assert_eq!(
        lycee.compter("livret.fichier").await,
        3,
        "the text that was refused is there until swept"
    );
    assert_eq!(elle.post(&format!("{la}/controle"), &accord).await.status, StatusCode::NOT_FOUND);
}

/// Amina's internship: a mission, a retired one, a paper that was refused and another; the answer is its number.
pub(crate) async fn vivre(lycee: &Lycee) -> i64 {
    let (martin, amina) = (lycee.visiteur("martin").await, lycee.numero("amina").await);
    let id = prevoir(lycee, &champs(amina, "2026-11-02", "2026-11-27"), "amina").await;
    let la = format!("/etudiants/{amina}/stages/{id}");
    for intitule in ["Prospecter le quartier", "Tenir la caisse"] {
        let cle = martin.get(&la).await.champ("cle");
        ajouter(&martin, &la, intitule, &["1.1.1"], &cle).await;
    }
    for nom in ["attestation-de-stage-de-novembre-2026.pdf", "attestation-2.pdf"] {
        let page = deposer(&martin, &la, (nom, &crate::octets::pdf("Attestation"))).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        let refus = [("signee", "non"), ("remarque", "La signature manque.")];
        let lue = martin.get(&la).await;
        assert_eq!(controler(&martin, &la, &refus, &lue).await.status, StatusCode::SEE_OTHER);
    }
    crate::stage_visite::vivre(lycee, &la).await;
    crate::stage_semaine::vivre(&lycee.visiteur("amina").await, &format!("/stages/{id}")).await;
    id
}
