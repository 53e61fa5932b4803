//! What a coordonnateur decides of the livret scolaire: how its years are cut, what past sessions gave, when it is closed.
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Decoupage, Scolaire, Session, lire};
use crate::{
    app::{Db, InTheNameOf},
    error::{Error, Result},
    journal::{self, Acte, Plume},
    promotion::Coordonnateur,
};

/// What is chosen for all of a promotion.
#[derive(Debug, Clone)]
pub struct Reglages {
    pub decoupage: Decoupage,
    pub sessions: Vec<Session>,
}

fn depasse(quoi: &str) -> Error {
    Error::Conflict(format!(
        "Quelqu’un vient de changer le livret scolaire\u{a0}: {quoi}. Relisez, puis enregistrez de nouveau."
    ))
}

impl Coordonnateur {
    /// Under the pen: the livret scolaire as it stands, or what to say of it.
    async fn sous_la_plume(&self, db: &mut Db) -> Result<Scolaire> {
        lire(db, &self.promotion, self.jour()).await?.ok_or(Error::NotFound)
    }

    /// Chooses how the years are cut, and says what past sessions gave.
    ///
    /// # Errors
    /// It is closed; somebody chose since `lue` was read; a third period is filled that would be hidden.
    pub async fn regler_scolaire(
        &self,
        db: &mut Db,
        voulu: &Reglages,
        (lue, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = json!({
            "promotion": self.promotion.promotion_id.to_string(), "decoupage": voulu.decoupage.code(),
            "sessions": voulu.sessions,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("regler_livret_scolaire", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuel = self.sous_la_plume(db).await?;
        if actuel.decoupage == voulu.decoupage && actuel.sessions == voulu.sessions {
            return Ok(());
        }
        if let Some(depuis) = &actuel.arrete {
            return Err(Error::Refused(format!(
                "Le livret scolaire est arrêté depuis le {depuis}. Rouvrez-le d’abord, puis enregistrez de nouveau."
            )));
        }
        if actuel.version != lue {
            return Err(depasse(&format!(
                "l’année est découpée en {}s, et {} sessions passées sont dites",
                actuel.decoupage.code(),
                actuel.sessions.len()
            )));
        }
        if voulu.decoupage == Decoupage::Semestre && actuel.troisieme_periode() {
            return Err(Error::Refused(
                "Des moyennes du 3e trimestre sont saisies\u{a0}: en semestres, elles ne se verraient plus. Videz-les d’abord."
                    .into(),
            ));
        }
        let acte = Acte { genre: "regler_livret_scolaire", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "insert into certification.scolaire (etablissement_id, promotion_id, decoupage, sessions, version)
             values (livret.ici(), $1, $2, $3, $4)
             on conflict (etablissement_id, promotion_id) do update
                set decoupage = excluded.decoupage, sessions = excluded.sessions, version = excluded.version",
            self.promotion.promotion_id,
            voulu.decoupage.code(),
            Json(&voulu.sessions) as _,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Closes the livret scolaire, or opens it again: while it is closed, nothing is written in it.
    ///
    /// # Errors
    /// Somebody did since `lue` was read.
    pub async fn arreter_scolaire(
        &self,
        db: &mut Db,
        arrete: bool,
        (lue, cle): (i64, Uuid),
    ) -> Result<()> {
        let genre = if arrete { "arreter_livret_scolaire" } else { "rouvrir_livret_scolaire" };
        let contenu = json!({ "promotion": self.promotion.promotion_id.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            return if deja.est(genre, &contenu) { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuel = self.sous_la_plume(db).await?;
        if actuel.arrete.is_some() == arrete {
            return Ok(());
        }
        if actuel.version != lue {
            return Err(depasse(match &actuel.arrete {
                Some(_) => "il est arrêté",
                None => "il est ouvert",
            }));
        }
        let version = plume.ecrire(db, Acte { genre, cle, contenu, ..Acte::default() }).await?;
        let (le, par) = (arrete.then_some(db.le), arrete.then(|| self.personne_id()));
        sqlx::query!(
            "insert into certification.scolaire (etablissement_id, promotion_id, decoupage, arrete_le, arrete_par, version)
             values (livret.ici(), $1, $2, $3, $4, $5)
             on conflict (etablissement_id, promotion_id) do update
                set arrete_le = excluded.arrete_le, arrete_par = excluded.arrete_par, version = excluded.version",
            self.promotion.promotion_id,
            actuel.decoupage.code(),
            le,
            par,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

impl Scolaire {
    /// Something is said of a third period.
    fn troisieme_periode(&self) -> bool {
        let dite = |code: &str, id: i64| {
            let b = self.bulletin(code, id);
            b.moyennes[2].is_some() || b.moyennes[5].is_some()
        };
        let enseignements = &self.modele.enseignements;
        self.etudiants.iter().any(|e| enseignements.iter().any(|n| dite(&n.code, e.id())))
    }
}
