//! The cast: the fictional schools of the demonstration, the same in every test, and people in front of a browser.
use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use http_body_util::BodyExt;
use livret::{
    app::{self, App},
    config::Config,
    date::{Clock, Hand},
    demo, referentiel, router,
    sceau::{Random, Sceau},
};
use sqlx::PgPool;
use time::macros::datetime;
use tower::ServiceExt;

pub(crate) struct Lycee {
    pub(crate) app: App,
    pub(crate) db: PgPool,
    pub(crate) hand: Hand,
    router: Router,
    _depots: tempfile::TempDir,
}

/// Somebody in front of a browser.
pub(crate) struct Visiteur {
    router: Router,
    pub(crate) cookie: Option<String>,
    /// What her pages say of who she is.
    pub(crate) numero: String,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) octets: Vec<u8>,
    pub(crate) html: String,
}

/// The key that signs what the cast does.
const SCEAU: [u8; 32] = [7; 32];

impl Lycee {
    /// The people and their promotions, on 24 November 2026; nothing judged yet.
    pub(crate) async fn open(db: PgPool) -> Self {
        Self::avec(db, Arc::new(object_store::memory::InMemory::new()), |_| {}).await
    }

    /// The whole demonstration: the same people, and what they lived.
    pub(crate) async fn vecu(db: PgPool) -> Self {
        let lycee = Self::sans_ecole(db, SCEAU).await;
        let mut connection = lycee.db.acquire().await.unwrap();
        demo::peupler(&mut connection, &lycee.app).await.unwrap_or_else(|e| panic!("{e:?}"));
        lycee
    }

    /// The same, with files kept there and other settings.
    pub(crate) async fn avec(
        db: PgPool,
        fichiers: Arc<dyn object_store::ObjectStore>,
        regler: impl FnOnce(&mut Config),
    ) -> Self {
        let lycee = Self::vide(db, (fichiers, SCEAU), regler).await;
        let mut connection = lycee.db.acquire().await.unwrap();
        demo::gens_seulement(&mut connection, &lycee.app, LIVRE).await.unwrap();
        lycee
    }

    /// A server where no school is open yet, with its own seal and its own files.
    pub(crate) async fn sans_ecole(db: PgPool, sceau: [u8; 32]) -> Self {
        let fichiers = Arc::new(object_store::memory::InMemory::new());
        Self::vide(db, (fichiers, sceau), |_| {}).await
    }

    /// Nobody yet.
    async fn vide(
        db: PgPool,
        (fichiers, sceau): (Arc<dyn object_store::ObjectStore>, [u8; 32]),
        regler: impl FnOnce(&mut Config),
    ) -> Self {
        let depots = tempfile::tempdir().unwrap();
        let programme = env!("CARGO_BIN_EXE_livret").into();
        let mut config = Config { programme, ..Config::default() };
        regler(&mut config);
        let (clock, hand) = Clock::manual(datetime!(2026-11-24 08:00 UTC));
        let options = db.connect_options().as_ref().clone();
        let app = App::new(
            app::pool(options, 4),
            config,
            clock,
            Random::system(),
            Sceau::new(&sceau),
            fichiers,
            depots.path().to_owned(),
        );
        let mut connection = db.acquire().await.unwrap();
        referentiel::publier(&mut connection, referentiel::OFFICIEL, app.clock.now())
            .await
            .unwrap();
        drop(connection);
        Self { router: router::router(app.clone()), app, db, hand, _depots: depots }
    }

    /// Signed in without the form: the form has its own tests.
    pub(crate) async fn visiteur(&self, identifiant: &str) -> Visiteur {
        let valeur = livret::compte::ouvrir_session(&self.app, identifiant).await.unwrap();
        let cookie = Some(format!("sid={}", valeur.expect("a known identifiant")));
        let personne = self.numero(identifiant).await;
        let ecole: i64 =
            sqlx::query_scalar("select etablissement_id from acces.compte where identifiant = $1")
                .bind(identifiant)
                .fetch_one(&self.db)
                .await
                .unwrap();
        let numero = format!("{ecole}-{personne}");
        Visiteur { router: self.router.clone(), cookie, numero }
    }

    pub(crate) fn passant(&self) -> Visiteur {
        Visiteur { router: self.router.clone(), cookie: None, numero: String::new() }
    }

    /// Number of a person.
    pub(crate) async fn numero(&self, identifiant: &str) -> i64 {
        sqlx::query_scalar("select personne_id from acces.compte where identifiant = $1")
            .bind(identifiant)
            .fetch_one(&self.db)
            .await
            .unwrap()
    }

    /// Number of the promotion of a student.
    pub(crate) async fn promotion(&self, identifiant: &str) -> i64 {
        sqlx::query_scalar(
            "select promotion_id from livret.inscription i join acces.compte c on c.personne_id = i.etudiant_id
              where identifiant = $1",
        )
        .bind(identifiant)
        .fetch_one(&self.db)
        .await
        .unwrap()
    }

    /// A preuve of this student, and her demande that it be judged: its number.
    pub(crate) async fn demande(&self, qui: &str) -> i64 {
        let visiteur = self.visiteur(qui).await;
        let cle = visiteur.get("/preuves/nouvelle").await.champ("cle");
        let champs = [
            ("titre", "Vente flash"),
            ("vecue_le", "2026-11-20"),
            ("contexte", "stage"),
            ("codes", "1.1.1"),
            ("cle", &cle),
        ];
        let preuve = visiteur.upload("/preuves/nouvelle", &champs, None).await.location;
        let chemin = format!("{preuve}/demande");
        let cle = visiteur.get(&chemin).await.champ("cle");
        let page = visiteur
            .post(&chemin, &[("demande-1.1.1", "1"), ("niveau-1.1.1", "S"), ("cle", &cle)])
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        sqlx::query_scalar("select max(demande_id) from livret.demande")
            .fetch_one(&self.db)
            .await
            .unwrap()
    }

    /// The livret of this student is stopped by this teacher.
    pub(crate) async fn arreter(&self, qui: &str, etudiant: i64) {
        let cookie = livret::compte::ouvrir_session(&self.app, qui).await.unwrap().unwrap();
        let compte = livret::compte::Compte::of_session(&self.app, &cookie).await.unwrap().unwrap();
        let enseignant = livret::compte::Enseignant::of(Arc::new(compte)).unwrap();
        let mut db = self.app.begin(&enseignant).await.unwrap();
        let promotion = enseignant.etudiant(&mut db, etudiant).await.unwrap().promotion_id();
        let coordonnateur = enseignant.coordonnateur(&mut db, promotion).await.unwrap();
        let cle = self.app.random.uuid();
        coordonnateur.arreter_livrets(&mut db, &[etudiant], cle).await.unwrap();
        db.commit().await.unwrap();
    }

    /// A situation of her promotion, opened by one of its teachers.
    pub(crate) async fn situation(&self, qui: &Visiteur, promotion: i64, titre: &str) -> i64 {
        let chemin = format!("/promotions/{promotion}/situations/nouvelle");
        let cle = qui.get(&chemin).await.champ("cle");
        let saisie = [
            ("titre", titre),
            ("contexte", "atelier"),
            ("vecue_le", "2026-11-20"),
            ("visible_le", "2026-11-20"),
            ("nature", "formatif"),
            ("cle", &cle),
        ];
        let page = qui.post(&chemin, &saisie).await;
        let id = page.location.split_once("situation=").map(|l| l.1.parse());
        id.unwrap_or_else(|| panic!("not opened: {}", page.html)).unwrap()
    }

    /// A team of these people.
    pub(crate) async fn equipe(&self, qui: &Visiteur, promotion: i64, membres: &[i64]) -> i64 {
        let chemin = format!("/promotions/{promotion}/groupes/nouveau");
        let cle = qui.get(&chemin).await.champ("cle");
        let membres: Vec<String> = membres.iter().map(i64::to_string).collect();
        let mut saisie = vec![("nom", "Équipe Boréal"), ("equipe", "1"), ("cle", cle.as_str())];
        saisie.extend(membres.iter().map(|m| ("membre", m.as_str())));
        let page = qui.post(&chemin, &saisie).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        sqlx::query_scalar("select max(groupe_id) from livret.groupe")
            .fetch_one(&self.db)
            .await
            .unwrap()
    }

    pub(crate) async fn compter(&self, table: &'static str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&self.db)
            .await
            .unwrap()
    }
}

/// A hash that is quick to make: what is checked is who may enter, not how hard it is to guess.
const LIVRE: &str = "demonstration-livret";

impl Visiteur {
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, champs: &[(&str, &str)]) -> Page {
        let corps = serde_html_form::to_string(champs).unwrap();
        self.send(
            "POST",
            path,
            &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("sec-fetch-site", "same-origin"),
            ],
            &corps,
        )
        .await
    }

    /// Opens a stream.
    pub(crate) async fn flux(&self, path: &str) -> Flux {
        let request = Request::builder()
            .uri(path)
            .header(header::COOKIE, self.cookie.as_deref().unwrap_or_default())
            .body(Body::empty())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Flux(response.into_body())
    }

    /// What the grid sends behind the page.
    pub(crate) async fn json(&self, path: &str, corps: &serde_json::Value) -> Page {
        let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        self.send("POST", path, &headers, &corps.to_string()).await
    }

    /// A multipart form: fields, then perhaps a file.
    pub(crate) async fn upload(
        &self,
        path: &str,
        champs: &[(&str, &str)],
        fichier: Option<(&str, &str)>,
    ) -> Page {
        let fichiers: Vec<_> = fichier.into_iter().map(|(n, o)| (n, o.as_bytes())).collect();
        self.upload_tous(path, champs, &fichiers).await
    }

    /// The same, with any number of files.
    pub(crate) async fn upload_tous(
        &self,
        path: &str,
        champs: &[(&str, &str)],
        fichiers: &[(&str, &[u8])],
    ) -> Page {
        let mut corps = vec![];
        for (nom, valeur) in champs {
            corps.extend(
                format!(
                    "--limite\r\ncontent-disposition: form-data; name=\"{nom}\"\r\n\r\n{valeur}\r\n"
                )
                .into_bytes(),
            );
        }
        for (nom, octets) in fichiers {
            corps.extend(
                format!(
                    "--limite\r\ncontent-disposition: form-data; name=\"fichier\"; filename=\"{nom}\"\r\n\
                     content-type: application/octet-stream\r\n\r\n"
                )
                .into_bytes(),
            );
            corps.extend_from_slice(octets);
            corps.extend(b"\r\n");
        }
        corps.extend(b"--limite--\r\n");
        let headers = [
            ("content-type", "multipart/form-data; boundary=limite"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.envoyer("POST", path, &headers, Body::from(corps)).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        corps: &str,
    ) -> Page {
        self.envoyer(method, path, headers, Body::from(corps.to_owned())).await
    }

    pub(crate) async fn envoyer(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        corps: Body,
    ) -> Page {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "livret.test");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (nom, valeur) in headers {
            request = request.header(*nom, *valeur);
        }
        let request = request.body(corps).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let headers = response.headers().clone();
        let location = headers.get(header::LOCATION).map_or("", |h| h.to_str().unwrap()).to_owned();
        let flux = headers.get(header::CONTENT_TYPE).is_some_and(|t| t == "text/event-stream");
        let octets = if flux {
            vec![] // it has no end: who wants its words reads them elsewhere
        } else {
            response.into_body().collect().await.unwrap().to_bytes().to_vec()
        };
        let html = String::from_utf8_lossy(&octets).replace("&nbsp;", "\u{a0}");
        Page { status, location, headers, octets, html }
    }
}

/// What a stream says, word after word.
pub(crate) struct Flux(Body);

impl Flux {
    /// The next word that is no silence; a stream that says nothing for ten seconds fails.
    pub(crate) async fn prochain(&mut self) -> String {
        loop {
            let attente = std::time::Duration::from_secs(10);
            let mot = tokio::time::timeout(attente, self.0.frame()).await.expect("silence");
            let octets = mot.expect("an end").unwrap().into_data().unwrap();
            let texte = String::from_utf8(octets.to_vec()).unwrap();
            if !texte.starts_with(':') {
                return texte.trim().to_owned();
            }
        }
    }
}

impl Page {
    pub(crate) fn dit(&self) -> serde_json::Value {
        serde_json::from_slice(&self.octets).unwrap_or_else(|e| panic!("{e} in {}", self.html))
    }

    /// The value of a hidden field.
    pub(crate) fn champ(&self, nom: &str) -> String {
        let debut = format!("name=\"{nom}\" value=\"");
        let reste = self
            .html
            .split_once(&debut)
            .unwrap_or_else(|| panic!("no field {nom} in {}", self.html))
            .1;
        reste.split_once('"').unwrap().0.to_owned()
    }

    pub(crate) fn contient(&self, texte: &str) {
        assert!(self.html.contains(texte), "« {texte} » is not in:\n{}", self.html);
    }

    pub(crate) fn sans(&self, texte: &str) {
        assert!(!self.html.contains(texte), "« {texte} » should not be in:\n{}", self.html);
    }
}
