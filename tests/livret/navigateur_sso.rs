//! Portals in a real browser: its rules on forms, redirections and cookies, and every page of the way in every mode.
use fantoccini::Locator;
use sqlx::PgPool;

use crate::{
    accessibilite::examiner,
    lycee::Lycee,
    pilote::{entrer, manque, navigateur},
    portail,
    sso::{ELLE, regler, repondre},
};

#[sqlx::test]
async fn a_browser_goes_to_a_portal_and_comes_back_and_every_page_of_the_way_is_accessible(
    db: PgPool,
) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let fichiers = std::sync::Arc::new(object_store::memory::InMemory::new());
    let lycee = Lycee::avec(db, fichiers, |c| c.origine = Some(base.clone())).await;
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let menteur = portail::Menteur::ouvrir().await;
    menteur.dire(&portail::reussite("<cas:user>k-zoe</cas:user>"));
    let admin = lycee.visiteur("admin").await;
    regler(&admin, &lycee, "cas", &[("nom", "Mon ENT"), ("adresse", &menteur.adresse)]).await;
    let (_pilote, c) = navigateur().await;
    let mut trouvees = vec![];
    let bouton = Locator::Css("form[action='/connexion/avec'] button");
    let dire = |page: &str| format!("{base}{page}");

    c.goto(&dire("/connexion")).await.unwrap();
    examiner(&c, "sign-in with a portal", &mut trouvees).await;
    c.find(bouton).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Id("naissance")).await.unwrap();
    examiner(&c, "who are you", &mut trouvees).await;
    for (champ, dit) in &ELLE[..2] {
        let champ = c.find(Locator::Id(champ)).await.unwrap();
        champ.clear().await.unwrap();
        champ.send_keys(dit).await.unwrap();
    }
    c.execute("document.getElementById('naissance').value = '2006-10-03'", vec![]).await.unwrap();
    c.find(Locator::Css("form.carte button")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("[role=status]")).await.unwrap();
    examiner(&c, "said, not confirmed", &mut trouvees).await;

    entrer(&c, &base, "martin").await;
    let ici = format!("/promotions/{}/rattachements", lycee.promotion("zoe").await);
    c.goto(&dire(&ici)).await.unwrap();
    examiner(&c, "who is it", &mut trouvees).await;
    let page =
        repondre(&lycee.visiteur("martin").await, &ici, "confirmer", lycee.numero("zoe").await)
            .await;
    assert_eq!(page.location, ici, "{}", page.html);
    c.goto(&dire(&ici)).await.unwrap();
    examiner(&c, "who comes in through it", &mut trouvees).await;

    c.delete_all_cookies().await.unwrap();
    c.goto(&dire("/connexion?vers=/preuves")).await.unwrap();
    c.find(bouton).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("form[action='/deconnexion']")).await.unwrap();
    assert_eq!(c.current_url().await.unwrap().path(), "/preuves", "in, where she was going");
    c.find(Locator::Css("form[action='/deconnexion'] button"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    c.wait().for_element(Locator::Css("main [role=status]")).await.unwrap();
    examiner(&c, "left", &mut trouvees).await;

    entrer(&c, &base, "admin").await;
    for page in ["/administration/connexion?modele=edifice", "/administration/connexion?portail=1"]
    {
        c.goto(&dire(page)).await.unwrap();
        examiner(&c, page, &mut trouvees).await;
    }
    c.find(Locator::Css("form[action$='/essai'] button")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css(".notice[role=status]")).await.unwrap();
    examiner(&c, "tried", &mut trouvees).await;
    c.close().await.unwrap();
    lycee.app.db.close().await;
    assert!(trouvees.is_empty(), "{} faults:\n{}", trouvees.len(), trouvees.join("\n"));
}
