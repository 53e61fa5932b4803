//! The other doors: portals of the schools of this server, offered beside the password.
use axum_extra::extract::CookieJar;
use sha2::{Digest, Sha256};

use crate::{app::App, compte, error::Result};

/// A portal that one may come in through.
#[derive(Debug, Clone)]
pub struct Portail {
    pub portail_id: i64,
    pub nom: String,
}

/// Portals by school, as the sign-in page lists them.
#[derive(Debug, Clone, Default)]
pub struct Portails {
    pub ecoles: Vec<(String, Vec<Portail>)>,
    /// The one that she left us for and is still signed in at.
    pub quitte: Option<String>,
}

impl Portails {
    /// Of one school, by its UAI; of all of them when it is empty.
    pub(super) async fn lire(app: &App, ecole: &str) -> Result<Self> {
        let ecole: String = ecole.trim().chars().take(20).collect();
        let lignes = sqlx::query!(
            r#"select portail_id as "portail_id!", nom as "nom!", etablissement as "etablissement!"
                 from acces.portails($1)"#,
            ecole.replace('\0', "")
        )
        .fetch_all(&app.db)
        .await?;
        let mut ecoles: Vec<(String, Vec<Portail>)> = vec![];
        for l in lignes {
            let portail = Portail { portail_id: l.portail_id, nom: l.nom };
            match ecoles.last_mut() {
                Some((ecole, portails)) if *ecole == l.etablissement => portails.push(portail),
                _ => ecoles.push((l.etablissement, vec![portail])),
            }
        }
        Ok(Self { ecoles, quitte: None })
    }

    /// The same, after she left: leaving here does not leave there.
    pub(super) fn quittant(mut self, portail: &str) -> Self {
        let id: Option<i64> = portail.parse().ok();
        let tous = self.ecoles.iter().flat_map(|e| &e.1);
        self.quitte = tous.into_iter().find(|p| Some(p.portail_id) == id).map(|p| p.nom.clone());
        self
    }

    /// Several schools: each is named.
    pub fn plusieurs(&self) -> bool {
        self.ecoles.len() > 1
    }
}

/// The portal that this session came through.
pub(super) async fn venue_par(app: &App, jar: &CookieJar) -> Result<Option<i64>> {
    let cookie = compte::cookie(app, String::new());
    let Some(valeur) = jar.get(cookie.name()) else { return Ok(None) };
    let empreinte = Sha256::digest(valeur.value().as_bytes());
    let portail = sqlx::query_scalar!(
        "select portail_id from acces.session where empreinte = $1",
        empreinte.as_slice()
    )
    .fetch_optional(&app.db)
    .await?;
    Ok(portail.flatten())
}
