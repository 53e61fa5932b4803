//! The official sheets: a student makes one out of what she did, her teachers say what to take up again, the team keeps it.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    demande::preuve,
    lycee::{Lycee, Page, Visiteur},
};

/// What Zoé types in the form of a sheet that she reads, besides what its page holds already.
async fn ecrire(qui: &Visiteur, fiche: &str, aller: &str, champs: &[(&str, &str)]) -> Page {
    let page = qui.get(fiche).await;
    let caches: Vec<(&str, String)> =
        ["cle", "copie", "version"].into_iter().map(|c| (c, page.champ(c))).collect();
    let mut tous: Vec<(&str, &str)> = caches.iter().map(|(n, v)| (*n, v.as_str())).collect();
    tous.extend(champs);
    tous.push(("aller", aller));
    qui.post(fiche, &tous).await
}

/// Begins a sheet; the answer is its address.
pub async fn commencer(qui: &Visiteur, epreuve: &str, preuves: &[&str]) -> String {
    let cle = qui.get("/fiches/nouvelle").await.champ("cle");
    let mut champs = vec![("cle", cle.as_str()), ("epreuve", epreuve)];
    champs.extend(preuves.iter().map(|p| ("preuve", *p)));
    let page = qui.post("/fiches/nouvelle", &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    page.location
}

const REMPLIE: &[(&str, &str)] = &[
    ("nature", "negociation"),
    ("titre", "  Vente  de gâteaux aux associations "),
    ("r.organisation", "Boulangerie Martinet"),
    ("r.offre", "Pains & gâteaux\r\n#sur commande"),
    ("r.phases", "Accueil"),
    ("r.outils", "Carnet"),
    ("r.phases", ""),
    ("r.outils", ""),
    ("r.phases", "Conclusion"),
    ("r.outils", "Bon de commande"),
];

/// A sheet of Zoé's with one recorded version; the answer is its number.
pub async fn enregistrer(zoe: &Visiteur, epreuve: &str, champs: &[(&str, &str)]) -> String {
    let fiche = commencer(zoe, epreuve, &[]).await;
    let page = ecrire(zoe, &fiche, "enregistrer", champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    fiche.trim_start_matches("/fiches/").to_owned()
}

/// Says where a sheet stands.
pub async fn suivre(qui: &Visiteur, la: &str, champs: &[(&str, &str)]) -> Page {
    let page = qui.get(la).await;
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let mut tous = vec![("cle", cle.as_str()), ("version", version.as_str())];
    tous.extend(champs);
    qui.post(&format!("{la}/suite"), &tous).await
}

#[sqlx::test]
async fn a_preuve_becomes_a_sheet_that_is_read_corrected_kept_and_handed_in(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let numero = lycee.numero("zoe").await;
    let preuve = preuve(&zoe, "Vente au marché").await;
    let preuve = preuve.trim_start_matches("/preuves/").to_owned();
    zoe.get(&format!("/preuves/{preuve}")).await.contient("En faire une fiche");
    let fiche = commencer(&zoe, "E4", &[&preuve]).await;
    let page = zoe.get(&fiche).await;
    page.contient("J’ai négocié les remises avec l’épicière.");
    page.contient("value=\"Vente au marché\"");
    page.contient("annexe V-1");
    // What she keeps is hers alone.
    let page = ecrire(&zoe, &fiche, "garder", REMPLIE).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    zoe.get(&page.location).await.contient("Brouillon gardé");
    let la = format!("/etudiants/{numero}{fiche}");
    let page = martin.get(&la).await;
    page.contient("n’a pas encore enregistré de version");
    page.sans("Boulangerie");
    // What she records is read by her team, rows without a word left out.
    let page = ecrire(&zoe, &fiche, "enregistrer", REMPLIE).await;
    zoe.get(&page.location).await.contient("votre équipe peut la lire");
    let lue = martin.get(&la).await;
    for dit in [
        "Vente de gâteaux aux associations",
        "Pains &#38; gâteaux\n#sur commande",
        "Bon de commande",
    ] {
        lue.contient(dit);
    }
    assert_eq!(lue.html.matches("<td class=\"texte propre\">").count(), 4, "two rows of two");
    martin
        .get(&format!("/promotions/{}/fiches", lycee.promotion("zoe").await))
        .await
        .contient("Vente de gâteaux");
    // She is told what to take up again, where it is.
    let dite = [("rubrique", "offre"), ("texte", "Chiffrez l’offre."), ("rang", "1")];
    remarquer(&martin, &la, &dite).await;
    let page = zoe.get(&fiche).await;
    page.contient("Chiffrez l’offre.");
    page.sans("rubrique modifiée depuis");
    let corrigee: Vec<(&str, &str)> = REMPLIE
        .iter()
        .map(|(n, v)| (*n, if *n == "r.offre" { "Quarante pains par jour" } else { *v }))
        .collect();
    ecrire(&zoe, &fiche, "enregistrer", &corrigee).await;
    zoe.get(&fiche).await.contient("Chiffrez l’offre.");
    martin.get(&la).await.contient("modifiée depuis");
    let ecarts = martin.get(&format!("{la}/versions")).await;
    ecarts.contient("De la version 1 à la version 2");
    ecarts.contient("Quarante");
    let page = martin.get(&la).await;
    let (cle, remarque) = (page.champ("cle"), page.champ("remarque"));
    martin
        .post(&format!("{la}/levee"), &[("cle", cle.as_str()), ("remarque", remarque.as_str())])
        .await;
    zoe.get(&fiche).await.sans("Chiffrez l’offre.");
    // The team keeps it: it is written no more, then signed, then handed in.
    for (suite, dit) in
        [("relire", "relue"), ("retenir", "retenue, à viser"), ("viser", "retenue, visée")]
    {
        let page = suivre(&martin, &la, &[("suite", suite)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{suite} {}", page.html);
        martin.get(&la).await.contient(&format!("<span class=\"etiquette\">{dit}</span>"));
    }
    let page = zoe.get(&fiche).await;
    page.contient("elle ne s’écrit plus");
    page.sans("<textarea");
    let page = suivre(&martin, &la, &[("suite", "deposer"), ("le", "2026-11-23")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    zoe.get("/fiches").await.contient("déposée le 23\u{a0}novembre\u{a0}2026, visée");
    // And given back, with why: signature and deposit are to be done again.
    suivre(&martin, &la, &[("suite", "rendre"), ("motif", "Une page manque.")]).await;
    let page = zoe.get(&fiche).await;
    page.contient("Une page manque.");
    page.contient("<span class=\"etiquette\">brouillon</span>");
    assert_eq!(
        lycee.compter("livret.fiche where visee_le is null and deposee_le is null").await,
        1
    );
    assert_eq!(lycee.compter("livret.fiche_version").await, 2);
}

async fn remarquer(qui: &Visiteur, la: &str, champs: &[(&str, &str)]) -> Page {
    let cle = qui.get(la).await.champ("cle");
    let mut tous = vec![("cle", cle.as_str())];
    tous.extend(champs);
    qui.post(&format!("{la}/remarques"), &tous).await
}

#[sqlx::test]
async fn what_cannot_be_said_of_a_sheet_is_refused_and_nothing_is_lost(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let numero = lycee.numero("zoe").await;
    let cle = zoe.get("/fiches/nouvelle").await.champ("cle");
    for champs in [
        vec![("cle", cle.as_str())],
        vec![("cle", cle.as_str()), ("epreuve", "E9")],
        vec![("cle", cle.as_str()), ("epreuve", "E4"), ("preuve", "99999")],
        vec![("epreuve", "E4")],
    ] {
        let page = zoe.post("/fiches/nouvelle", &champs).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{champs:?}");
    }
    let premiere = enregistrer(&zoe, "E4", REMPLIE).await;
    let seconde = enregistrer(&zoe, "E4", REMPLIE).await;
    let vide = enregistrer(&zoe, "E6", &[("r.contexte", "Un réseau")]).await;
    let la = |fiche: &str| format!("/etudiants/{numero}/fiches/{fiche}");
    assert_eq!(
        suivre(&martin, &la(&premiere), &[("suite", "retenir")]).await.status,
        StatusCode::SEE_OTHER
    );
    // Two of the same nature, one without nature, and dates or states that cannot be.
    for (fiche, champs, dit) in [
        (&seconde, vec![("suite", "retenir")], "est déjà retenue pour cette nature"),
        (&vide, vec![("suite", "retenir")], "Activité(s) réelle(s) vécue(s)"),
        (&premiere, vec![("suite", "retenir")], "déjà retenue"),
        (&seconde, vec![("suite", "viser")], "n’est pas retenue"),
        (&premiere, vec![("suite", "deposer"), ("le", "2027-01-31")], "n’est pas encore passé"),
        (&premiere, vec![("suite", "deposer"), ("le", "31/02/2026")], "Cette date n’existe pas"),
        (&premiere, vec![("suite", "rendre"), ("motif", " ")], "Ce champ est à remplir"),
        (&premiere, vec![("suite", "autre")], "Choisissez la suite"),
    ] {
        let page = suivre(&martin, &la(fiche), &champs).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{champs:?}");
        page.contient(dit);
    }
    // A kept sheet is written no more, even from a page that was open before.
    let page = zoe
        .post(&format!("/fiches/{premiere}"), &[("cle", cle.as_str()), ("titre", "Autre")])
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("value=\"Autre\"");
    // An empty remark, and one that is too long, come back as they were typed.
    let longue = "m".repeat(2001);
    for (texte, dit) in [(" ", "Écrivez la remarque"), (longue.as_str(), "2001")] {
        let champs = [("rubrique", "offre"), ("texte", texte), ("rang", "1")];
        let page = remarquer(&martin, &la(&seconde), &champs).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(dit);
        page.contient(&format!(">{texte}</textarea>"));
    }
    let page =
        remarquer(&martin, &la(&seconde), &[("rubrique", "rien"), ("texte", "x"), ("rang", "1")])
            .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = remarquer(&martin, &la(&seconde), &[("texte", "x"), ("rang", "7")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "no such version");
    assert_eq!(lycee.compter("livret.fiche_remarque").await, 0);
    assert_eq!(lycee.compter("livret.fiche where etat = 'retenue'").await, 1);
}

#[sqlx::test]
async fn two_pages_of_one_sheet_do_not_undo_each_other(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let fiche = commencer(&zoe, "E6", &[]).await;
    let page = zoe.get(&fiche).await;
    let (cle, copie, version) = (page.champ("cle"), page.champ("copie"), page.champ("version"));
    let avec = |titre: &'static str, aller: &'static str| {
        vec![
            ("cle", cle.clone()),
            ("copie", copie.clone()),
            ("version", version.clone()),
            ("titre", titre.to_owned()),
            ("aller", aller.to_owned()),
        ]
    };
    let envoyer = async |champs: Vec<(&str, String)>| {
        let champs: Vec<(&str, &str)> = champs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        zoe.post(&fiche, &champs).await
    };
    assert_eq!(envoyer(avec("Une page", "garder")).await.status, StatusCode::SEE_OTHER);
    let page = envoyer(avec("L’autre page", "enregistrer")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("value=\"L’autre page\"");
    assert_eq!(lycee.compter("livret.fiche_version").await, 0, "neither kept nor recorded");
    zoe.get(&fiche).await.contient("value=\"Une page\"");
    // Sent again from the page that came back, it is kept: she chose.
    let champs: Vec<(&str, String)> = ["cle", "copie", "version"]
        .into_iter()
        .map(|c| (c, page.champ(c)))
        .chain([("titre", "L’autre page".to_owned()), ("aller", "enregistrer".to_owned())])
        .collect();
    for _ in 0..2 {
        assert_eq!(envoyer(champs.clone()).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(lycee.compter("livret.fiche_version").await, 1, "the same form twice counts once");
}

#[sqlx::test]
async fn a_sheet_is_hers_and_her_team_s_and_nobody_else_s(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let numero = lycee.numero("zoe").await;
    let fiche = enregistrer(&zoe, "E4", REMPLIE).await;
    for (qui, chemin) in [
        ("amina", format!("/fiches/{fiche}")),
        ("amina", format!("/fiches/{fiche}/versions")),
        ("zoe", format!("/etudiants/{numero}/fiches/{fiche}")),
        ("lefevre", format!("/etudiants/{numero}/fiches/{fiche}")),
        ("martin", format!("/etudiants/{}/fiches/{fiche}", lycee.numero("amina").await)),
        ("martin", format!("/fiches/{fiche}")),
        ("jury", format!("/etudiants/{numero}/fiches/{fiche}")),
        ("zoe", "/fiches/99999".into()),
        ("zoe", format!("/fiches/{fiche}/versions?de=1&a=9")),
    ] {
        let page = lycee.visiteur(qui).await.get(&chemin).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui} {chemin}");
    }
    // Taken away, it is read by nobody; its number is free again, the journal keeps what it said.
    let page = zoe.get(&format!("/fiches/{fiche}")).await;
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let page = zoe
        .post(
            &format!("/fiches/{fiche}/retrait"),
            &[("cle", cle.as_str()), ("version", version.as_str())],
        )
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(zoe.get(&format!("/fiches/{fiche}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(lycee.compter("livret.evenement where genre = 'ecrire_fiche'").await, 1);
    let autre = enregistrer(&zoe, "E4", REMPLIE).await;
    zoe.get(&format!("/fiches/{autre}")).await.contient("Fiche E4 n°\u{a0}1");
}

/// Two sheets of Amina's: one under way, with versions and remarks, one that the team keeps; their numbers.
pub async fn vivre(lycee: &Lycee) -> (String, String) {
    let (amina, martin) = (lycee.visiteur("amina").await, lycee.visiteur("martin").await);
    let numero = lycee.numero("amina").await;
    let (ouverte, gardee) =
        (enregistrer(&amina, "E4", REMPLIE).await, enregistrer(&amina, "E4", REMPLIE).await);
    let la = |fiche: &str| format!("/etudiants/{numero}/fiches/{fiche}");
    for rubrique in ["offre", "phases", ""] {
        let champs =
            [("rubrique", rubrique), ("texte", "Précisez, avec des chiffres."), ("rang", "1")];
        let page = remarquer(&martin, &la(&ouverte), &champs).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    let champs =
        [("titre", "Un autre titre"), ("r.offre", "Vingt pains"), ("r.sources", "Le marché")];
    ecrire(&amina, &format!("/fiches/{ouverte}"), "enregistrer", &champs).await;
    let page = suivre(&martin, &la(&gardee), &[("suite", "retenir")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    (ouverte, gardee)
}
