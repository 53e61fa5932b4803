//! Opening a livret again: one person asks and says why, another one confirms.
use uuid::Uuid;

use super::{MOTIF_MAX, Reouverture};
use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::{Error, OnConstraint, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    signal::Signal,
};

/// What the second person does of a reopening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    Confirmer,
    Ecarter,
}

impl Suite {
    const fn genre(self) -> &'static str {
        match self {
            Self::Confirmer => "confirmer_reouverture",
            Self::Ecarter => "ecarter_reouverture",
        }
    }

    const fn etat(self) -> &'static str {
        match self {
            Self::Confirmer => "confirmee",
            Self::Ecarter => "ecartee",
        }
    }
}

/// A motive as it is kept; in French, why it cannot be.
pub(super) fn motif(texte: &str) -> Result<String, String> {
    let texte = texte.trim();
    let longueur = texte.chars().count();
    if texte.is_empty() {
        Err("Dites pourquoi\u{a0}: le motif reste dans l’histoire du livret.".into())
    } else if texte.contains('\0') {
        Err("Le motif contient un caractère illisible. Effacez-le.".into())
    } else if longueur > MOTIF_MAX {
        Err(format!(
            "Ce motif compte {longueur} caractères\u{a0}: 2\u{202f}000 au plus. Raccourcissez-le."
        ))
    } else {
        Ok(texte.to_owned())
    }
}

impl Enseignant {
    /// Asks that the livret of one of my students be opened again. A second person will confirm.
    ///
    /// # Errors
    /// It is open; somebody asked already; no motive.
    pub async fn demander_reouverture(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        texte: &str,
        cle: Uuid,
    ) -> Result<i64> {
        let motif = motif(texte).map_err(Error::Refused)?;
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "demander_reouverture"
                && deja.etudiant_id == Some(etudiant.id())
                && deja.contenu["motif"] == motif.as_str();
            return if meme { Ok(deja.seq) } else { Err(journal::cle_reprise()) };
        }
        let arret = etudiant.arret(db).await?.ok_or_else(|| {
            Error::Conflict("Ce livret est ouvert\u{a0}: il n’y a rien à rouvrir.".into())
        })?;
        let acte = Acte {
            genre: "demander_reouverture",
            cle,
            etudiant_id: Some(etudiant.id()),
            contenu: serde_json::json!({ "arret": arret.version.to_string(), "motif": motif }),
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.reouverture (etablissement_id, etudiant_id, version, arret, motif, par, demandee_le)
             values (livret.ici(), $1, $2, $3, $4, $5, $6)",
            etudiant.id(), version, arret.version, motif, self.personne_id(), le
        )
        .execute(&mut **db)
        .await
        .on_constraint(
            "une_reouverture_a_la_fois",
            Error::Conflict("La réouverture de ce livret est déjà demandée\u{a0}: elle attend une seconde personne.".into()),
        )?;
        Ok(version)
    }

    /// Confirms a reopening that somebody else asked for, or sets it aside.
    ///
    /// # Errors
    /// I asked myself; it is not for me to confirm; somebody answered before.
    pub async fn clore_reouverture(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        demande: i64,
        (suite, cle): (Suite, Uuid),
    ) -> Result<()> {
        let contenu = serde_json::json!({ "demande": demande.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(suite.genre(), &contenu) && deja.etudiant_id == Some(etudiant.id());
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let toutes = etudiant.reouvertures(db).await?;
        let reouverture = toutes.into_iter().find(|r| r.version == demande);
        let reouverture = reouverture.ok_or_else(|| {
            Error::Conflict("Cette demande de réouverture n’existe pas. Relisez la page.".into())
        })?;
        if !reouverture.attend() {
            return Err(Error::Conflict(close(&reouverture)));
        }
        if suite == Suite::Confirmer
            && let Some(refus) = self.refus_de_confirmer(db, etudiant, &reouverture).await?
        {
            return Err(Error::Refused(refus));
        }
        let acte = Acte {
            genre: suite.genre(),
            cle,
            etudiant_id: Some(etudiant.id()),
            contenu,
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        let message = Signal::message(self.etablissement_id(), etudiant.promotion_id);
        sqlx::query!(
            r#"with r as (
                update livret.reouverture set etat = $3, close_par = $4, close_le = $5, close_version = $6
                 where etablissement_id = livret.ici() and etudiant_id = $1 and version = $2),
               a as (
                update livret.arret set leve_le = $5, leve_version = $6
                 where etablissement_id = livret.ici() and etudiant_id = $1 and version = $7 and $3 = 'confirmee')
             select pg_notify('livret', $8) as "dit: String""#,
            etudiant.id(), demande, suite.etat(), self.personne_id(), le, version, reouverture.arret, message
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(())
    }

    /// Why I may not be the second person, if I may not: the coordonnateur is, unless she asked herself.
    pub(super) async fn refus_de_confirmer(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        reouverture: &Reouverture,
    ) -> Result<Option<String>> {
        if reouverture.par_id == self.personne_id() {
            return Ok(Some(
                "Vous avez demandé cette réouverture\u{a0}: une autre personne la confirme.".into(),
            ));
        }
        let coordonnateurs: Vec<String> = sqlx::query_scalar!(
            r#"select distinct concat_ws(' ', p.civilite, p.nom) as "nom!"
                 from livret.suivi s
                 join livret.personne p on p.etablissement_id = s.etablissement_id and p.personne_id = s.enseignant_id
                where s.etablissement_id = livret.ici() and s.promotion_id = $1 and s.coordonne
                  and s.du <= $2 and (s.au is null or $2 <= s.au) and s.enseignant_id <> $3"#,
            etudiant.promotion_id, self.jour(), reouverture.par_id
        )
        .fetch_all(&mut **db)
        .await?;
        let moi = self.promotion(db, etudiant.promotion_id).await?.coordonnee;
        Ok((!moi && !coordonnateurs.is_empty()).then(|| {
            format!("C’est à la coordination de confirmer\u{a0}: {}.", coordonnateurs.join(", "))
        }))
    }
}

/// « Réouverture confirmée par Mme Martin le … »
fn close(r: &Reouverture) -> String {
    format!(
        "{} par {}{}.",
        r.issue(),
        r.close_par.as_deref().unwrap_or("quelqu’un"),
        r.close_le.as_ref().map_or(String::new(), |le| format!(" le {}", date::instant(le)))
    )
}
