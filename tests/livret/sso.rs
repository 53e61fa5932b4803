//! Coming in through a portal: two real ones, one that lies, one that is down; and who says who somebody is.
use std::collections::BTreeMap;

use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;

use crate::{
    lycee::{Lycee, Page, Visiteur},
    portail::{self, Portail},
};

/// Our own address, as portals know it. Nothing listens there: a browser of these plays comes back by hand.
pub(crate) const ICI: &str = "http://127.0.0.1:9";
const REGLAGE: &str = "/administration/connexion";

pub(crate) async fn lycee(db: PgPool) -> Lycee {
    let fichiers = std::sync::Arc::new(object_store::memory::InMemory::new());
    Lycee::avec(db, fichiers, |c| c.origine = Some(ICI.to_owned())).await
}

/// A portal of the school of that administrator: its number.
pub(crate) async fn regler(
    admin: &Visiteur,
    lycee: &Lycee,
    modele: &str,
    champs: &[(&str, &str)],
) -> i64 {
    let mut page = admin.get(&format!("{REGLAGE}?modele={modele}")).await;
    page.html = page.html.split_once("id=\"regler\"").unwrap().1.to_owned(); // not the forms of those before
    let mut tous: BTreeMap<&str, String> =
        ["cle", "portail", "version", "modele"].into_iter().map(|n| (n, page.champ(n))).collect();
    for nom in
        ["nom", "adresse", "client", "portees", "cle_lue", "nom_lu", "prenom_lu", "naissance_lue"]
    {
        let (_, apres) = page.html.split_once(&format!("id=\"{nom}\" name=\"{nom}\"")).unwrap();
        let valeur = apres.split_once("value=\"").unwrap().1.split('"').next().unwrap();
        tous.insert(nom, valeur.replace("&#38;", "&"));
    }
    tous.insert("genre", if modele == "oidc" { "oidc" } else { "cas3" }.to_owned());
    for (nom, valeur) in champs {
        tous.insert(nom, (*valeur).to_owned());
    }
    let tous: Vec<(&str, &str)> = tous.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let page = admin.post(REGLAGE, &tous).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    sqlx::query_scalar("select max(portail_id) from acces.portail")
        .fetch_one(&lycee.db)
        .await
        .unwrap()
}

/// Somebody's browser: it keeps every cookie.
pub(crate) struct Navigateur {
    pub(crate) visiteur: Visiteur,
    pots: BTreeMap<String, String>,
    pub(crate) dehors: portail::Dehors,
}

impl Navigateur {
    pub(crate) fn neuf(lycee: &Lycee) -> Self {
        Self { visiteur: lycee.passant(), pots: BTreeMap::new(), dehors: portail::Dehors::neuf() }
    }

    fn retenir(&mut self, page: Page) -> Page {
        for pot in page.headers.get_all("set-cookie") {
            let (nom, valeur) =
                pot.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.pots.insert(nom.to_owned(), valeur.to_owned());
        }
        let pots: Vec<String> = self.pots.iter().map(|(n, v)| format!("{n}={v}")).collect();
        self.visiteur.cookie = Some(pots.join("; "));
        page
    }

    pub(crate) async fn get(&mut self, chemin: &str) -> Page {
        let page = self.visiteur.get(chemin).await;
        self.retenir(page)
    }

    pub(crate) async fn post(&mut self, chemin: &str, champs: &[(&str, &str)]) -> Page {
        let page = self.visiteur.post(chemin, champs).await;
        self.retenir(page)
    }

    /// Leaves for that portal: where it sends her.
    pub(crate) async fn partir(&mut self, portail: i64, champs: &[(&str, &str)]) -> String {
        let id = portail.to_string();
        let tous: Vec<_> =
            [("portail", id.as_str())].into_iter().chain(champs.iter().copied()).collect();
        let page = self.post("/connexion/avec", &tous).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        page.contient("http-equiv=\"refresh\"");
        let lien = page
            .html
            .split_once("bouton principal\" href=\"")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap();
        lien.replace("&#38;", "&").replace("&amp;", "&")
    }

    /// There and back: where the portal sends her, at our place.
    pub(crate) async fn aller(
        &mut self,
        portail: i64,
        qui: (&str, &str),
        champs: &[(&str, &str)],
    ) -> String {
        let adresse = self.partir(portail, champs).await;
        let retour = self.dehors.suivre(&adresse, ICI, qui).await;
        retour.strip_prefix(ICI).unwrap().to_owned()
    }

    /// Signed in?
    pub(crate) async fn dedans(&mut self, page: &str) -> bool {
        self.get(page).await.status == StatusCode::OK
    }
}

pub(crate) const ELLE: [(&str, &str); 3] =
    [("nom", "Étienne"), ("prenom", "zoé"), ("naissance", "03/10/2006")];

/// The only demand that waits on this page, answered so.
pub(crate) async fn repondre(qui: &Visiteur, page: &str, acte: &str, personne: i64) -> Page {
    let lue = qui.get(page).await;
    let personne = if personne == 0 { String::new() } else { personne.to_string() };
    let champs = [
        ("acte", acte),
        ("personne", personne.as_str()),
        ("cle", &lue.champ("cle")),
        ("rattachement", &lue.champ("rattachement")),
        ("fois", &lue.champ("fois")),
    ];
    qui.post(page, &champs).await
}

/// Unknown, she says who she is: a first time wrongly, and once with words.
async fn se_presenter(zoe: &mut Navigateur, portail: i64, nom: &str, qui: (&str, &str)) {
    zoe.get("/connexion").await.contient(&format!("Se connecter avec {nom}"));
    let retour = zoe.aller(portail, qui, &[]).await;
    let page = zoe.get(&retour).await;
    assert_eq!(page.location, "/connexion/rattachement", "{}", page.html);
    assert!(!zoe.dedans("/livret").await, "unknown, she gets nothing");
    // What the portal says of her waits in the form; the same address opens nothing twice.
    let page = zoe.get("/connexion/rattachement").await;
    if nom != "cas2" {
        page.contient("value=\"Zoé\""); // the second version of CAS says no names
    }
    let page = zoe.get(&retour).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("elle a déjà servi");
    let page = zoe
        .post(
            "/connexion/rattachement",
            &[("nom", "É"), ("prenom", ""), ("naissance", "31/02/2006")],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cette date n’existe pas");
    page.contient("value=\"É\"");
    let page = zoe.post("/connexion/rattachement", &ELLE).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    zoe.get("/connexion/rattachement").await.contient("Votre demande attend une réponse");
    assert!(!zoe.dedans("/livret").await, "said, not confirmed");
}

/// From nobody to her livret, through this portal, and out again.
async fn une_annee(lycee: &Lycee, portail: i64, nom: &str, qui: (&str, &str)) {
    let (numero, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    let martin = lycee.visiteur("martin").await;
    let mut zoe = Navigateur::neuf(lycee);
    se_presenter(&mut zoe, portail, nom, qui).await;
    let ici = format!("/promotions/{promotion}/rattachements");
    let page = martin.get(&ici).await;
    for mots in ["mêmes nom et prénom", "3\u{a0}octobre\u{a0}2006", nom, "ÉTIENNE Zoé"] {
        page.contient(mots);
    }
    assert_eq!(
        repondre(&martin, &ici, "confirmer", 0).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let amina = lycee.numero("amina").await;
    let page = repondre(&martin, &ici, "confirmer", amina).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "not one of those offered");
    let page = repondre(&martin, &ici, "confirmer", numero).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&ici).await.contient("Personne n’attend");

    let retour = zoe.aller(portail, qui, &[("vers", "/preuves")]).await;
    let page = zoe.get(&retour).await;
    assert_eq!(
        (page.status, page.location.as_str()),
        (StatusCode::SEE_OTHER, "/preuves"),
        "{}",
        page.html
    );
    assert!(zoe.dedans("/livret").await);
    let page = zoe.post("/deconnexion", &[]).await;
    zoe.get(&page.location).await.contient(&format!("vous restez connecté à {nom}"));
    assert!(!zoe.dedans("/livret").await);
    // Nothing of her stays in the demand.
    let reste: i64 = sqlx::query_scalar(
        "select count(*) from acces.rattachement where nom is not null or naissance is not null or dit is not null",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(reste, 0);
}

#[sqlx::test]
async fn a_student_comes_in_through_a_real_openid_provider(db: PgPool) {
    let lycee = lycee(db).await;
    let Some(serveur) = Portail::oidc(&[&format!("{ICI}/connexion/retour/1")]).await else {
        return;
    };
    lycee.hand.advance(portail::maintenant() - lycee.app.clock.now()); // it dates what it signs
    let admin = lycee.visiteur("admin").await;
    let reglages = [
        ("nom", "Mon lycée"),
        ("adresse", serveur.adresse.as_str()),
        ("client", "livret"),
        ("secret", "secret-du-livret"),
    ];
    let id = regler(&admin, &lycee, "oidc", &reglages).await;
    assert_eq!(id, 1, "the address of return that the provider knows");
    let id_ = id.to_string();
    admin
        .post(&format!("{REGLAGE}/essai"), &[("portail", &id_)])
        .await
        .contient("Le portail répond et publie");
    let clair: Vec<u8> =
        sqlx::query_scalar("select secret from acces.portail").fetch_one(&lycee.db).await.unwrap();
    assert!(!clair.windows(6).any(|w| w == b"secret"), "the database does not know it");
    une_annee(&lycee, id, "Mon lycée", ("zoe-ent", "x")).await;

    // Another secret, another client: said in French, nobody enters.
    let mut zoe = Navigateur::neuf(&lycee);
    let retour = zoe.aller(id, ("zoe-ent", "x"), &[]).await;
    sqlx::query("update acces.portail set secret = null").execute(&lycee.db).await.unwrap();
    let page = zoe.get(&retour).await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{}", page.html);
    assert!(!zoe.dedans("/livret").await);
}

#[sqlx::test]
async fn a_student_comes_in_through_a_real_cas_server(db: PgPool) {
    let lycee = lycee(db).await;
    let Some(serveur) = Portail::cas(&format!("^{ICI}/connexion/retour/")).await else { return };
    let admin = lycee.visiteur("admin").await;
    let adresse = format!("{}/cas", serveur.adresse);
    for genre in ["cas2", "cas3"] {
        let champs = [("nom", genre), ("adresse", adresse.as_str()), ("genre", genre)];
        let id = regler(&admin, &lycee, "cas", &champs).await;
        let id_ = id.to_string();
        let page = admin.post(&format!("{REGLAGE}/essai"), &[("portail", &id_)]).await;
        page.contient("refuse un passage inventé");
        une_annee(&lycee, id, genre, ("k-zoe-77", "motdepasse")).await;
        // A ticket of somebody's own making.
        let mut zoe = Navigateur::neuf(&lycee);
        let depart = zoe.partir(id, &[]).await;
        let service = portail::parametre(&depart, "service");
        let page =
            zoe.get(&format!("{}&ticket=ST-invente", service.strip_prefix(ICI).unwrap())).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY);
        page.contient("il a expiré ou a déjà servi");
    }
    // An address that does not serve CAS.
    let racine = [("nom", "Racine"), ("adresse", serveur.adresse.as_str())];
    let id = regler(&admin, &lycee, "cas", &racine).await.to_string();
    let page = admin.post(&format!("{REGLAGE}/essai"), &[("portail", &id)]).await;
    page.contient("Ce portail ne convient pas encore");
    page.contient("erreur (404)");
}

/// What a server may say that is no proof: each time a page in French, and nobody enters.
#[sqlx::test]
async fn a_portal_that_lies_or_is_down_opens_nothing(db: PgPool) {
    let lycee = lycee(db).await;
    let menteur = portail::Menteur::ouvrir().await;
    let admin = lycee.visiteur("admin").await;
    let champs = [("nom", "ENT"), ("adresse", menteur.adresse.as_str())];
    let id = regler(&admin, &lycee, "cas", &champs).await;
    // zoe is known by this portal, so that a lie that was believed would show.
    sqlx::query(
        "insert into acces.rattachement (etablissement_id, portail_id, valeur, etat, dite_le, compte_id)
         select etablissement_id, $1, 'k-zoe', 'confirme', now(), compte_id from acces.compte where identifiant = 'zoe'",
    )
    .bind(id)
    .execute(&lycee.db)
    .await
    .unwrap();
    let oui = portail::reussite("<cas:user>k-zoe</cas:user>");
    let cas = [
        (
            "two people",
            portail::reussite("<cas:user>k-zoe</cas:user><cas:user>k-amina</cas:user>"),
            "deux choses à la fois",
        ),
        ("another namespace", oui.replace("yale.edu", "example.org"), "répond par une page"),
        (
            "a page",
            "<!doctype html><html><body>k-zoe</body></html>".to_owned(),
            "répond par une page",
        ),
        (
            "a document type",
            format!("<!DOCTYPE a [<!ENTITY b 'k-zoe'>]>{oui}"),
            "ne peut pas être lue",
        ),
        (
            "a flood",
            portail::reussite(&format!("<cas:user>k-zoe</cas:user>{}", " ".repeat(2 << 20))),
            "trop grande",
        ),
        ("nobody", portail::reussite("<cas:proxies/>"), "ne contient pas l’identité"),
        ("« 500 »", "500".to_owned(), "erreur (500)"),
        ("« ailleurs »", "302".to_owned(), "renvoie vers une autre adresse"),
    ];
    for (nom, dit, mots) in cas {
        menteur.dire(&dit);
        let mut zoe = Navigateur::neuf(&lycee);
        let service = portail::parametre(&zoe.partir(id, &[]).await, "service");
        let page = zoe.get(&format!("{}&ticket=ST-1", service.strip_prefix(ICI).unwrap())).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{nom}");
        page.contient(mots);
        page.sans("k-zoe");
        assert!(!zoe.dedans("/livret").await, "{nom}");
    }
    // The truth, once, so that the lies were refused for what they are.
    menteur.dire(&oui);
    let mut zoe = Navigateur::neuf(&lycee);
    let service = portail::parametre(&zoe.partir(id, &[]).await, "service");
    let bonne = format!("{}&ticket=ST-1", service.strip_prefix(ICI).unwrap());
    // Another browser, another state, another portal, too late.
    let mut autre = Navigateur::neuf(&lycee);
    autre.partir(id, &[]).await;
    assert_eq!(autre.get(&bonne).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for adresse in [
        bonne.replace("etat=", "etat=0"),
        bonne.replace(&format!("/{id}?"), "/99?"),
        bonne.replace(&format!("/{id}?"), "/toto?"),
    ] {
        let page = zoe.get(&adresse).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{adresse}");
    }
    lycee.hand.advance(Duration::minutes(9));
    assert_eq!(zoe.get(&bonne).await.status, StatusCode::SEE_OTHER);
    assert!(zoe.dedans("/livret").await);
    let mut zoe = Navigateur::neuf(&lycee);
    let service = portail::parametre(&zoe.partir(id, &[]).await, "service");
    lycee.hand.advance(Duration::minutes(11));
    let page = zoe.get(&format!("{}&ticket=ST-1", service.strip_prefix(ICI).unwrap())).await;
    page.contient("Cette connexion a expiré");
    // Down, and silent.
    for muet in [true, false] {
        let adresse = portail::personne(muet);
        sqlx::query("update acces.portail set adresse = $1")
            .bind(&adresse.0)
            .execute(&lycee.db)
            .await
            .unwrap();
        let mut zoe = Navigateur::neuf(&lycee);
        let service = portail::parametre(&zoe.partir(id, &[]).await, "service");
        let page = zoe.get(&format!("{}&ticket=ST-1", service.strip_prefix(ICI).unwrap())).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY);
        page.contient(if muet { "plus de cinq secondes" } else { "il ne répond pas" });
    }
}

/// An administrator of the other school.
async fn directrice(lycee: &Lycee) -> Visiteur {
    sqlx::query(
        "insert into acces.fonction (etablissement_id, personne_id, genre, du)
         select etablissement_id, personne_id, 'administrateur', '2026-09-01' from acces.compte where identifiant = 'lefevre'",
    )
    .execute(&lycee.db)
    .await
    .unwrap();
    lycee.visiteur("lefevre").await
}

/// A portal that tells the truth, and somebody whom it knows, in front of the page where she says who she is.
async fn connue(lycee: &Lycee, menteur: &portail::Menteur, id: i64, cle: &str) -> Navigateur {
    menteur.dire(&portail::reussite(&format!("<cas:user>{cle}</cas:user>")));
    let mut elle = Navigateur::neuf(lycee);
    let service = portail::parametre(&elle.partir(id, &[]).await, "service");
    elle.get(&format!("{}&ticket=ST-1", service.strip_prefix(ICI).unwrap())).await;
    elle
}

#[sqlx::test]
async fn only_an_administrator_says_who_a_teacher_is_and_no_right_comes_with_it(db: PgPool) {
    let lycee = lycee(db).await;
    let menteur = portail::Menteur::ouvrir().await;
    let admin = lycee.visiteur("admin").await;
    let id = regler(&admin, &lycee, "cas", &[("nom", "ENT"), ("adresse", &menteur.adresse)]).await;
    let martin = lycee.numero("martin").await;
    let mut elle = connue(&lycee, &menteur, id, "k-martin").await;
    elle.post(
        "/connexion/rattachement",
        &[("nom", "Martin"), ("prenom", "Hélène"), ("naissance", "1980-02-29")],
    )
    .await;
    // Her colleagues do not see her; one who writes the form herself is refused, by the page and by the database.
    let promotion = lycee.promotion("amina").await;
    let ici = format!("/promotions/{promotion}/rattachements");
    let okafor = lycee.visiteur("okafor").await;
    okafor.get(&ici).await.sans("29\u{a0}février\u{a0}1980");
    let rattachement: i64 = sqlx::query_scalar("select rattachement_id from acces.rattachement")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let (r, m) = (rattachement.to_string(), martin.to_string());
    let cle = "00000000-0000-4000-8000-000000000009";
    let forge = [
        ("acte", "confirmer"),
        ("rattachement", &r),
        ("personne", &m),
        ("fois", "1"),
        ("cle", cle),
    ];
    assert_eq!(okafor.post(&ici, &forge).await.status, StatusCode::CONFLICT);
    let mut tx = lycee.db.begin().await.unwrap();
    let qui = lycee.numero("okafor").await;
    let ecole = "select set_config('livret.etablissement', etablissement_id::text, true) from acces.compte where identifiant = 'okafor'";
    let elle = format!(
        "set local livret.personne = '{qui}'; set local livret.jour = '2026-11-24'; set local role livret_enseignant"
    );
    for sql in [ecole.to_owned(), elle] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
    }
    let fait: bool = sqlx::query_scalar("select acces.rattacher($1, $2, $3, now())")
        .bind(rattachement)
        .bind(promotion)
        .bind(martin)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert!(!fait, "the database says no too");
    tx.rollback().await.unwrap();
    // The other school sees nobody.
    let autre = directrice(&lycee).await;
    autre.get("/administration/rattachements").await.contient("Personne n’attend");
    autre.get(REGLAGE).await.contient("Aucun portail");

    let page = repondre(&admin, "/administration/rattachements", "confirmer", martin).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let mut elle = connue(&lycee, &menteur, id, "k-martin").await;
    assert!(elle.dedans(&format!("/promotions/{promotion}")).await, "a teacher, as she was");
    assert!(!elle.dedans("/administration").await, "and nothing more");
    // Undone, what it had opened is closed.
    let page = admin.get("/administration/rattachements").await;
    let (cle, r) = (page.champ("cle"), page.champ("rattachement"));
    let page = admin
        .post(
            "/administration/rattachements",
            &[("acte", "detacher"), ("rattachement", &r), ("cle", &cle)],
        )
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert!(!elle.dedans(&format!("/promotions/{promotion}")).await);
    let mut elle = connue(&lycee, &menteur, id, "k-martin").await;
    assert!(!elle.dedans(&format!("/promotions/{promotion}")).await);
    elle.get("/connexion/rattachement").await.contient("Présentez-vous");
}

#[sqlx::test]
async fn a_demand_is_refused_said_again_and_forgotten_after_thirty_days(db: PgPool) {
    let lycee = lycee(db).await;
    let menteur = portail::Menteur::ouvrir().await;
    let admin = lycee.visiteur("admin").await;
    let id = regler(&admin, &lycee, "cas", &[("nom", "ENT"), ("adresse", &menteur.adresse)]).await;
    let promotion = lycee.promotion("zoe").await;
    let (ici, martin) =
        (format!("/promotions/{promotion}/rattachements"), lycee.visiteur("martin").await);
    let mut zoe = connue(&lycee, &menteur, id, "k-1").await;
    zoe.post("/connexion/rattachement", &ELLE).await;
    zoe.post("/connexion/rattachement", &ELLE).await;
    assert_eq!(lycee.compter("acces.rattachement").await, 1, "the same twice is one");
    // She says it otherwise while somebody reads it: the answer is to what was read, and is refused.
    let lue = martin.get(&ici).await;
    zoe.post("/connexion/rattachement", &[ELLE[0], ELLE[1], ("naissance", "2006-10-04")]).await;
    let (cle, r, zoe_) =
        (lue.champ("cle"), lue.champ("rattachement"), lycee.numero("zoe").await.to_string());
    let champs = [
        ("acte", "confirmer"),
        ("rattachement", &r),
        ("personne", &zoe_),
        ("fois", "1"),
        ("cle", &cle),
    ];
    let page = martin.post(&ici, &champs).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("04/10/2006");
    assert_eq!(repondre(&martin, &ici, "refuser", 0).await.status, StatusCode::SEE_OTHER);
    zoe.get("/connexion/rattachement").await.contient("L’équipe n’a pas confirmé");
    zoe.post("/connexion/rattachement", &ELLE).await;
    martin.get(&ici).await.contient("3\u{a0}octobre\u{a0}2006");
    // Another person of the portal says that she is zoe: she is not offered twice.
    let mut autre = connue(&lycee, &menteur, id, "k-2").await;
    autre.post("/connexion/rattachement", &ELLE).await;
    let numero = lycee.numero("zoe").await;
    assert_eq!(repondre(&martin, &ici, "confirmer", numero).await.status, StatusCode::SEE_OTHER);
    martin.get(&ici).await.contient("entre déjà par ce portail");
    assert_eq!(
        repondre(&martin, &ici, "confirmer", numero).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    lycee.hand.advance(Duration::days(31));
    lycee.visiteur("martin").await.get(&ici).await.contient("Personne n’attend");
    assert_eq!(livret::sso::oublier(&lycee.app).await.unwrap(), 1);
    assert_eq!(lycee.compter("acces.rattachement").await, 1, "who was confirmed stays");
}

/// What was typed when a session ended waits on the way to the portal too; nothing leads elsewhere.
#[sqlx::test]
async fn a_form_cut_short_comes_back_through_the_portal_and_nothing_leads_elsewhere(db: PgPool) {
    let lycee = lycee(db).await;
    let menteur = portail::Menteur::ouvrir().await;
    let admin = lycee.visiteur("admin").await;
    let id = regler(&admin, &lycee, "cas", &[("nom", "ENT"), ("adresse", &menteur.adresse)]).await;
    let mut zoe = connue(&lycee, &menteur, id, "k-zoe").await;
    zoe.post("/connexion/rattachement", &ELLE).await;
    let ici = format!("/promotions/{}/rattachements", lycee.promotion("zoe").await);
    repondre(&lycee.visiteur("martin").await, &ici, "confirmer", lycee.numero("zoe").await).await;
    let mut zoe = Navigateur::neuf(&lycee);
    let page = zoe.post("/preuves/1/demande", &[("motif", "J’ai vendu trois paniers.")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    page.contient("Se connecter avec ENT");
    let champs = ["reprise_vers", "reprise_champs", "reprise_genre"].map(|n| (n, page.champ(n)));
    let champs = champs.each_ref().map(|(n, v)| (*n, v.as_str()));
    let depart = zoe.partir(id, &champs).await;
    let garde: Vec<u8> =
        sqlx::query_scalar("select reprise from acces.aller where reprise is not null")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert!(!garde.windows(7).any(|w| w == b"paniers"), "sealed");
    let service = portail::parametre(&depart, "service");
    let page = zoe.get(&format!("{}&ticket=ST-1", service.strip_prefix(ICI).unwrap())).await;
    page.contient("Votre saisie est conservée");
    page.contient("J’ai vendu trois paniers.");
    for ailleurs in ["//ailleurs.test", "https://ailleurs.test", "/\\ailleurs.test"] {
        let mut zoe = Navigateur::neuf(&lycee);
        let service = portail::parametre(&zoe.partir(id, &[("vers", ailleurs)]).await, "service");
        let page = zoe.get(&format!("{}&ticket=ST-1", service.strip_prefix(ICI).unwrap())).await;
        assert_eq!(page.location, "/", "{ailleurs}");
    }
    // Several schools: each is named, or one alone is asked for; a portal that is closed is offered no more.
    let autre = directrice(&lycee).await;
    regler(&autre, &lycee, "edifice", &[("nom", "ENT de l’autre")]).await;
    let page = lycee.passant().get("/connexion").await;
    page.contient("ENT de l’autre");
    page.contient("<h3>");
    let page = lycee.passant().get("/connexion?ecole=0000000b").await;
    page.contient("ENT de l’autre");
    page.sans("Se connecter avec ENT<");
    let lue = admin.get(REGLAGE).await;
    let (cle, version, id_) = (lue.champ("cle"), lue.champ("version"), id.to_string());
    let champs =
        [("portail", id_.as_str()), ("version", &version), ("actif", "non"), ("cle", &cle)];
    for _ in 0..2 {
        assert_eq!(
            admin.post(&format!("{REGLAGE}/etat"), &champs).await.status,
            StatusCode::SEE_OTHER
        );
    }
    lycee.passant().get("/connexion?ecole=0000000A").await.sans("Se connecter avec");
    let page = Navigateur::neuf(&lycee).post("/connexion/avec", &[("portail", &id_)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[sqlx::test]
async fn settings_that_cannot_be_come_back_filled_and_a_secret_stays_with_its_address(db: PgPool) {
    let lycee = lycee(db).await;
    let admin = lycee.visiteur("admin").await;
    let lue = admin.get(&format!("{REGLAGE}?modele=keycloak")).await;
    let cle = lue.champ("cle");
    for (champ, faux) in [
        ("adresse", "http://ent.example.org"),
        ("adresse", "https://admin:secret@ent.example.org"),
        ("client", ""),
        ("cle_lue", "sub'; drop"),
        ("genre", "saml"),
        ("nom", ""),
    ] {
        let mut champs = BTreeMap::from([
            ("nom", "Mon Keycloak"),
            ("genre", "oidc"),
            ("adresse", "https://connexion.example.org/realms/lycee"),
            ("client", "livret"),
            ("cle_lue", "sub"),
            ("cle", &cle),
        ]);
        champs.insert(champ, faux);
        let champs: Vec<_> = champs.into_iter().collect();
        let page = admin.post(REGLAGE, &champs).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{champ}");
        page.contient("Rien n’est enregistré");
        page.contient(&format!("erreur-{champ}"));
    }
    assert_eq!(lycee.compter("acces.portail").await, 0);
    let base = [
        ("nom", "K"),
        ("client", "livret"),
        ("secret", "tres-secret"),
        ("adresse", "https://a.example.org"),
    ];
    let id = regler(&admin, &lycee, "oidc", &base).await;
    let garde = || async {
        sqlx::query_scalar::<_, Option<Vec<u8>>>("select secret from acces.portail")
            .fetch_one(&lycee.db)
            .await
            .unwrap()
    };
    for (adresse, reste) in [("https://a.example.org", true), ("https://b.example.org", false)] {
        let lue = admin.get(&format!("{REGLAGE}?portail={id}")).await;
        lue.sans("tres-secret");
        let (_, formulaire) = lue.html.split_once("id=\"regler\"").unwrap();
        let valeur = |nom: &str| {
            let (_, v) = formulaire.split_once(&format!("name=\"{nom}\" value=\"")).unwrap();
            v.split('"').next().unwrap().to_owned()
        };
        let champs = [
            ("portail", valeur("portail")),
            ("version", valeur("version")),
            ("cle", valeur("cle")),
            ("nom", "K".into()),
            ("genre", "oidc".into()),
            ("adresse", adresse.into()),
            ("client", "livret".into()),
            ("cle_lue", "sub".into()),
        ];
        let champs = champs.each_ref().map(|(n, v)| (*n, v.as_str()));
        let page = admin.post(REGLAGE, &champs).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        assert_eq!(garde().await.is_some(), reste, "{adresse}");
        // Read before that change: stale.
        let mut vieux = champs;
        vieux[2].1 = "00000000-0000-4000-8000-00000000000a";
        assert_eq!(admin.post(REGLAGE, &vieux).await.status, StatusCode::CONFLICT);
    }
}
