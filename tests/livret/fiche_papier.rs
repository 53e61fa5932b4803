//! Sheets on paper: printed, written as a document, with what is joined to them.
use std::io::Read;

use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    fiche::{commencer, enregistrer, suivre},
    lycee::Lycee,
    octets,
};

const FICHE: &[(&str, &str)] = &[
    ("nature", "evenement"),
    ("titre", "Portes ouvertes #1 *étoilées*"),
    ("r.offre", "Paniers <b>&</b> livraison"),
    ("r.resultats", "172 visiteurs → 31 abonnements 🎉"),
];

#[sqlx::test]
async fn a_sheet_is_printed_and_written_for_her_and_for_her_team(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let brouillon = commencer(&zoe, "E4", &[]).await;
    let numero = lycee.numero("zoe").await;
    // Her draft is hers to print; her team has nothing to print yet.
    let pdf = zoe.get(&format!("{brouillon}/fiche.pdf")).await;
    assert!(pdf.octets.starts_with(b"%PDF"), "{}", pdf.html);
    let page = martin.get(&format!("/etudiants/{numero}{brouillon}/fiche.pdf")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("n’est pas encore enregistrée");
    let fiche = enregistrer(&zoe, "E4", FICHE).await;
    let la = format!("/etudiants/{numero}/fiches/{fiche}");
    for (qui, chemin) in [(&zoe, format!("/fiches/{fiche}")), (&martin, la.clone())] {
        let pdf = qui.get(&format!("{chemin}/fiche.pdf")).await;
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert!(pdf.octets.starts_with(b"%PDF"));
        let texte = String::from_utf8_lossy(&pdf.octets);
        assert_eq!(texte.matches("/Type/Page/").count(), 2, "recto and verso");
        let docx = qui.get(&format!("{chemin}/fiche.docx")).await;
        assert_eq!(docx.status, StatusCode::OK);
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&docx.octets[..])).unwrap();
        let mut xml = String::new();
        archive.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
        assert!(xml.contains("Paniers &lt;b&gt;&amp;&lt;/b&gt; livraison"), "{xml}");
    }
    // For the whole promotion: those that the team keeps, or all when that is asked for.
    let promotion = lycee.promotion("zoe").await;
    let toutes = format!("/promotions/{promotion}/fiches/E4/fiches.pdf");
    assert_eq!(martin.get(&toutes).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(martin.get(&toutes.replace("E4", "E9")).await.status, StatusCode::NOT_FOUND);
    assert!(martin.get(&format!("{toutes}?toutes=oui")).await.octets.starts_with(b"%PDF"));
    assert_eq!(suivre(&martin, &la, &[("suite", "retenir")]).await.status, StatusCode::SEE_OTHER);
    assert!(martin.get(&toutes).await.octets.starts_with(b"%PDF"));
}

#[sqlx::test]
async fn an_annexe_is_joined_replaced_and_refused_when_it_cannot_be_one(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let fiche = enregistrer(&zoe, "E4", FICHE).await;
    let (ici, la) = (
        format!("/fiches/{fiche}"),
        format!("/etudiants/{}/fiches/{fiche}", lycee.numero("zoe").await),
    );
    assert_eq!(zoe.get(&format!("{ici}/annexe")).await.status, StatusCode::NOT_FOUND);
    let joindre = async |nom: &str, contenu: &str| {
        let cle = zoe.get(&ici).await.champ("cle");
        zoe.upload(&format!("{ici}/annexe"), &[("cle", cle.as_str())], Some((nom, contenu))).await
    };
    let page = joindre("annexe.txt", "des mots").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("n’est ni un PDF ni une photo");
    page.contient("Paniers");
    for texte in ["Annexe un", "Annexe deux"] {
        let page = joindre("annexe.pdf", &octets::pdf(texte)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    zoe.get(&ici).await.contient("Jointe");
    let lue = martin.get(&format!("{la}/annexe")).await;
    assert_eq!(lue.html, octets::pdf("Annexe deux"), "the last one counts");
    assert_eq!(lycee.compter("livret.fiche_annexe").await, 2, "each stays");
    suivre(&martin, &la, &[("suite", "retenir")]).await;
    let cle = "00000000-0000-4000-8000-000000000009";
    let page = zoe
        .upload(
            &format!("{ici}/annexe"),
            &[("cle", cle)],
            Some(("annexe.pdf", &octets::pdf("Trois"))),
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("elle ne s’écrit plus");
}
