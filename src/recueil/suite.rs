//! What becomes of the form of a preuve: shown, kept as a draft, sent, refused with nothing lost.
use std::sync::Arc;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{
    Brouillon, Memoire, Saisie, brouillons, envoi, garder,
    pages::{Edit, Reprise},
    saisie::etape_de,
    suggestion::suggerer,
};
use crate::{
    app::{App, Db},
    compte::Deposant,
    error::{Error, Result},
    etudiant::Etudiant,
    form::FormErrors,
    preuve::{
        self,
        fichier::{self, fichiers_de},
    },
    referentiel::{self, Edition},
};

/// Who, for whom, with what is found of her: each request of these pages begins so.
pub(super) struct Vue {
    app: App,
    qui: Deposant,
    db: Db,
    etudiant: Etudiant,
    edition: Arc<Edition>,
}

impl Vue {
    pub async fn ouvrir(app: App, qui: Deposant, id: Option<i64>) -> Result<Self> {
        let mut db = app.begin(&qui).await?;
        let etudiant = qui.de(&mut db, id).await?;
        let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
        Ok(Self { app, qui, db, etudiant, edition })
    }

    fn base(&self) -> String {
        match self.qui {
            Deposant::Etudiant(_) => "/preuves".to_owned(),
            Deposant::Enseignant(_) => format!("/etudiants/{}/preuves", self.etudiant.id()),
        }
    }

    async fn page(mut self, mut saisie: Saisie, erreurs: FormErrors, repris: bool) -> Result<Edit> {
        let db = &mut self.db;
        let memoire = Memoire::de(db, &self.etudiant).await?;
        let recus = fichier::parmi_les_siens(db, &saisie.fichiers).await?;
        let deja = match saisie.preuve {
            Some(id) => {
                let preuve = self.etudiant.preuve(db, id).await?;
                fichiers_de(db, &preuve).await?
            }
            None => vec![],
        };
        let equipe = self.etudiant.equipiers(db).await?;
        if let (true, Some(organisation)) =
            (saisie.version == 0 && saisie.contexte.is_empty(), &memoire.organisation)
            && saisie.preuve.is_none()
            && erreurs.is_empty()
        {
            saisie.organisation.clone_from(organisation);
        }
        let texte = format!("{} {}", saisie.titre, saisie.texte);
        let suggestions = suggerer(&self.edition, &texte, &memoire, &saisie.codes);
        let compte = self.qui.compte();
        let numero = compte.numero();
        Ok(Edit {
            cadre: compte.cadre(if matches!(self.qui, Deposant::Etudiant(_)) {
                "/preuves"
            } else {
                "/promotions"
            }),
            base: self.base(),
            moi: matches!(self.qui, Deposant::Etudiant(_)),
            coffre: BASE64_STANDARD.encode(self.app.sceau.derive(&format!("brouillon/{numero}"))),
            compte: numero,
            morceau: self.app.config.morceau_max,
            etudiant: self.etudiant,
            edition: self.edition,
            saisie,
            recus,
            deja,
            equipe,
            suggestions,
            erreurs,
            repris,
        })
    }

    pub async fn commencer(mut self, reprise: Reprise) -> Result<Edit> {
        let Some(cle) = reprise.brouillon else {
            let saisie = Saisie::vide(&self.app, self.qui.compte().aujourd_hui());
            return self.page(saisie, FormErrors::default(), false).await;
        };
        let trouve = brouillons(&mut self.db, &self.etudiant, Some(cle)).await?.pop();
        let mut saisie = trouve.map(Brouillon::saisie).ok_or(Error::NotFound)?;
        if let Some(etape) = reprise.etape {
            saisie.etape = etape.clamp(1, 3);
        }
        self.page(saisie, FormErrors::default(), true).await
    }

    pub async fn completer(mut self, preuve: i64) -> Result<Edit> {
        let preuve = self.etudiant.preuve(&mut self.db, preuve).await?;
        let saisie = Saisie::de(&self.app, &preuve);
        self.page(saisie, FormErrors::default(), false).await
    }

    /// Keeps the draft, goes to a step, or sends.
    pub async fn recevoir(
        mut self,
        mut saisie: Saisie,
        mut erreurs: FormErrors,
        script: bool,
    ) -> Result<Response> {
        if saisie.cle.is_nil() {
            erreurs.add("titre", "Ce formulaire est incomplet. Enregistrez de nouveau.");
            saisie.cle = self.app.random.uuid();
        }
        if !saisie.compte.is_empty() && saisie.compte != self.qui.compte().numero() {
            return Ok(dune_autre(script));
        }
        if saisie.reprise {
            return self.reprendre(saisie, erreurs).await;
        }
        if saisie.vers().is_some() || saisie.aller == "garder" {
            return self.garder(saisie, erreurs, script).await;
        }
        let base = self.base();
        let sur = (&self.etudiant, &*self.edition);
        match envoi::envoyer(&mut self.db, &self.qui, sur, &saisie, &mut erreurs).await {
            Ok(Some(id)) => {
                let Self { db, .. } = self;
                db.commit().await?;
                return Ok(ailleurs(&format!("{base}/{id}"), script));
            }
            Ok(None) => {}
            Err(Error::Refused(message) | Error::Conflict(message)) => {
                erreurs.add("titre", message);
                let Self { app, qui, db, etudiant, .. } = self;
                drop(db); // what was tried is undone
                self = Self::ouvrir(app, qui, Some(etudiant.id())).await?;
                self.rattraper(&mut saisie).await?;
            }
            Err(autre) => return Err(autre),
        }
        saisie.etape = erreurs.iter().map(|(champ, _)| etape_de(champ)).min().unwrap_or(1);
        self.refuser(saisie, erreurs, script).await
    }

    /// A preuve that is there already, or changed since: sent again, the form completes it as it is now.
    async fn rattraper(&mut self, saisie: &mut Saisie) -> Result<()> {
        let envoyee = preuve::de_la_cle(&mut self.db, saisie.cle).await?;
        let Some(id) = envoyee.map(|e| e.0).or(saisie.preuve) else { return Ok(()) };
        let actuelle = self.etudiant.preuve(&mut self.db, id).await?;
        if envoyee.is_some() {
            saisie.cle = self.app.random.uuid();
            saisie.fichiers.clear(); // those of the sending are in the preuve
        }
        (saisie.preuve, saisie.lue) = (Some(id), actuelle.version);
        Ok(())
    }

    /// Sent again after her session ended: shown, not written. A file of it may be gone.
    async fn reprendre(mut self, mut saisie: Saisie, mut erreurs: FormErrors) -> Result<Response> {
        if fichier::parmi_les_siens(&mut self.db, &saisie.fichiers).await?.is_empty() {
            erreurs.add(
                "fichier",
                "Le fichier n’a pas pu être gardé\u{a0}: choisissez-le de nouveau.",
            );
        }
        saisie.cle = self.app.random.uuid();
        Ok(self.page(saisie, erreurs, false).await?.into_response())
    }

    async fn garder(
        self,
        mut saisie: Saisie,
        mut erreurs: FormErrors,
        script: bool,
    ) -> Result<Response> {
        let (base, ici, vers) = (self.base(), saisie.etape, saisie.vers());
        let Self { app, qui, mut db, etudiant, edition } = self;
        saisie.etape = vers.unwrap_or(ici);
        let gardee = garder(&mut db, &qui, &etudiant, &saisie).await;
        saisie.etape = ici;
        match gardee {
            Ok(version) => saisie.version = version,
            Err(Error::Conflict(message) | Error::Refused(message)) => {
                erreurs.add("titre", message);
                drop(db); // what was tried is undone
                let mut vue = Self::ouvrir(app, qui, Some(etudiant.id())).await?;
                vue.rattraper(&mut saisie).await?;
                let autre = brouillons(&mut vue.db, &etudiant, Some(saisie.cle)).await?.pop();
                saisie.version = autre.map_or(0, |b| b.version);
                return vue.refuser(saisie, erreurs, script).await;
            }
            Err(autre) => return Err(autre),
        }
        if script {
            let memoire = Memoire::de(&mut db, &etudiant).await?;
            let texte = format!("{} {}", saisie.titre, saisie.texte);
            let offertes = suggerer(&edition, &texte, &memoire, &[]);
            db.commit().await?;
            let dit = json!({ "version": saisie.version, "suggestions": offertes });
            return Ok(Json(dit).into_response());
        }
        db.commit().await?;
        let Some(vers) = vers else { return Ok(Redirect::to(&base).into_response()) };
        if vers > ici {
            // The draft is kept either way; what is wrong in the steps passed is said here.
            let mut toutes = FormErrors::default();
            saisie.depot(&edition, (time::Date::MIN, qui.compte().aujourd_hui()), &mut toutes);
            for (champ, message) in toutes.iter().filter(|(c, _)| etape_de(c) <= ici) {
                erreurs.add(champ, message);
            }
        }
        if erreurs.is_empty() {
            let page = format!("{base}/nouvelle?brouillon={}&etape={vers}", saisie.cle);
            return Ok(Redirect::to(&page).into_response());
        }
        Self::ouvrir(app, qui, Some(etudiant.id())).await?.refuser(saisie, erreurs, false).await
    }

    async fn refuser(self, saisie: Saisie, erreurs: FormErrors, script: bool) -> Result<Response> {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        if script {
            let dites: Vec<_> = erreurs
                .iter()
                .map(|(champ, m)| json!({ "champ": champ, "message": m, "etape": etape_de(champ) }))
                .collect();
            let dit = json!({
                "erreurs": dites, "version": saisie.version, "cle": saisie.cle, "preuve": saisie.preuve,
                "lue": saisie.lue,
            });
            return Ok((status, Json(dit)).into_response());
        }
        Ok((status, self.page(saisie, erreurs, false).await?).into_response())
    }
}

/// A page that somebody else left open on this computer: what she typed is not written under another name.
fn dune_autre(script: bool) -> Response {
    let message = "Cette page est celle d’une autre personne, qui n’est plus connectée ici. Fermez-la, ou reconnectez-vous à son compte.";
    if script {
        let dit = json!({ "message": message });
        return (StatusCode::UNAUTHORIZED, Json(dit)).into_response();
    }
    Error::Refused(message.to_owned()).into_response()
}

/// Where the browser goes next: a script is told, a form is sent there.
fn ailleurs(vers: &str, script: bool) -> Response {
    if script {
        Json(json!({ "vers": vers })).into_response()
    } else {
        Redirect::to(vers).into_response()
    }
}
