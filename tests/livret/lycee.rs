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
}

/// Somebody in front of a browser.
pub(crate) struct Visiteur {
    router: Router,
    pub(crate) cookie: Option<String>,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) octets: Vec<u8>,
    pub(crate) html: String,
}

impl Lycee {
    /// The people and their promotions, on 24 November 2026; nothing judged yet.
    pub(crate) async fn open(db: PgPool) -> Self {
        let (clock, hand) = Clock::manual(datetime!(2026-11-24 08:00 UTC));
        let options = db.connect_options().as_ref().clone();
        let app = App::new(
            app::pool(options, 4),
            Config::default(),
            clock,
            Random::system(),
            Sceau::new(&[7; 32]),
            Arc::new(object_store::memory::InMemory::new()),
        );
        let mut connection = db.acquire().await.unwrap();
        referentiel::publier(&mut connection, referentiel::OFFICIEL, app.clock.now())
            .await
            .unwrap();
        demo::gens_seulement(&mut connection, &app, LIVRE).await.unwrap();
        Self { router: router::router(app.clone()), app, db, hand }
    }

    /// Signed in without the form: the form has its own tests.
    pub(crate) async fn visiteur(&self, identifiant: &str) -> Visiteur {
        let valeur = livret::compte::ouvrir_session(&self.app, identifiant).await.unwrap();
        let cookie = Some(format!("sid={}", valeur.expect("a known identifiant")));
        Visiteur { router: self.router.clone(), cookie }
    }

    pub(crate) fn passant(&self) -> Visiteur {
        Visiteur { router: self.router.clone(), cookie: None }
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

    /// A multipart form: fields, then perhaps a file.
    pub(crate) async fn upload(
        &self,
        path: &str,
        champs: &[(&str, &str)],
        fichier: Option<(&str, &str)>,
    ) -> Page {
        let mut corps = String::new();
        for (nom, valeur) in champs {
            corps = format!(
                "{corps}{}",
                format_args!(
                    "--limite\r\ncontent-disposition: form-data; name=\"{nom}\"\r\n\r\n{valeur}\r\n"
                )
            );
        }
        if let Some((nom, octets)) = fichier {
            corps = format!(
                "{corps}{}",
                format_args!(
                    "--limite\r\ncontent-disposition: form-data; name=\"fichier\"; filename=\"{nom}\"\r\ncontent-type: application/octet-stream\r\n\r\n{octets}\r\n"
                )
            );
        }
        corps += "--limite--\r\n";
        let headers = [
            ("content-type", "multipart/form-data; boundary=limite"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send("POST", path, &headers, &corps).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        corps: &str,
    ) -> Page {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "livret.test");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (nom, valeur) in headers {
            request = request.header(*nom, *valeur);
        }
        let request = request.body(Body::from(corps.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let headers = response.headers().clone();
        let location = headers.get(header::LOCATION).map_or("", |h| h.to_str().unwrap()).to_owned();
        let octets = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        let html = String::from_utf8_lossy(&octets).replace("&nbsp;", "\u{a0}");
        Page { status, location, headers, octets, html }
    }
}

impl Page {
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
