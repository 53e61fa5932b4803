//! The school goes to see her, telephones or meets them in video: when, who was met, what was said.
use std::collections::BTreeMap;

use time::Date;
use uuid::Uuid;

use super::Periode;
use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
};

/// How they met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    SurPlace,
    Telephone,
    Visio,
}

impl Mode {
    pub const TOUS: [Self; 3] = [Self::SurPlace, Self::Telephone, Self::Visio];

    pub fn code(self) -> &'static str {
        match self {
            Self::SurPlace => "sur_place",
            Self::Telephone => "telephone",
            Self::Visio => "visio",
        }
    }

    pub fn intitule(self) -> &'static str {
        match self {
            Self::SurPlace => "sur place",
            Self::Telephone => "par téléphone",
            Self::Visio => "en visioconférence",
        }
    }

    pub fn lire(code: &str) -> Option<Self> {
        Self::TOUS.into_iter().find(|m| m.code() == code)
    }
}

/// What a visit was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dite {
    pub le: Date,
    pub mode: Mode,
    /// Who was met; may be empty.
    pub rencontre: String,
    pub compte_rendu: String,
}

impl Dite {
    fn contenu(&self, periode: &Periode, visite: Option<i64>) -> serde_json::Value {
        let mut contenu = serde_json::json!({
            "periode": periode.periode_id.to_string(), "le": date::iso(&self.le), "mode": self.mode.code(),
            "rencontre": self.rencontre, "compte_rendu": self.compte_rendu,
        });
        if let Some(visite) = visite {
            contenu["visite"] = visite.to_string().into();
        }
        contenu
    }
}

/// A visit, and whose it is.
#[derive(Debug, Clone)]
pub struct Visite {
    pub visite_id: i64,
    pub dite: Dite,
    pub par_id: i64,
    /// As she is called.
    pub par: String,
    pub version: i64,
}

impl Visite {
    /// « sur place, le 3 novembre 2026 ».
    pub fn en_mots(&self) -> String {
        format!("{}, le {}", self.dite.mode.intitule(), date::longue(&self.dite.le))
    }
}

/// The visits of a period, the last first.
pub async fn visites(db: &mut Db, periode: &Periode) -> Result<Vec<Visite>> {
    let lignes = sqlx::query!(
        r#"select v.visite_id, v.le, v.mode, v.rencontre, v.compte_rendu, v.par as par_id, v.version,
                  concat_ws(' ', q.civilite, q.nom) as "par!"
             from livret.visite v
             left join livret.personne q on q.etablissement_id = v.etablissement_id and q.personne_id = v.par
            where v.etablissement_id = livret.ici() and v.periode_id = $1
            order by v.le desc, v.visite_id desc"#,
        periode.periode_id
    )
    .fetch_all(&mut **db)
    .await?;
    let une = |mode: &str, le, rencontre, compte_rendu| {
        let mode = Mode::lire(mode).unwrap_or(Mode::SurPlace);
        Dite { le, mode, rencontre, compte_rendu }
    };
    Ok(lignes
        .into_iter()
        .map(|l| Visite {
            visite_id: l.visite_id,
            dite: une(&l.mode, l.le, l.rencontre, l.compte_rendu),
            par_id: l.par_id,
            par: l.par,
            version: l.version,
        })
        .collect())
}

/// How many visits each of these periods had; none where it is not said. One query.
pub async fn nombres(db: &mut Db, periodes: &[i64]) -> Result<BTreeMap<i64, i64>> {
    let lignes = sqlx::query!(
        r#"select periode_id, count(*) as "nombre!" from livret.visite
            where etablissement_id = livret.ici() and periode_id = any ($1)
            group by periode_id"#,
        periodes
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.into_iter().map(|l| (l.periode_id, l.nombre)).collect())
}

/// « 2 visites »; « Aucune visite » once more than half of the period is over; nothing before.
pub fn en_mots(nombre: i64, periode: &Periode, jour: Date) -> Option<String> {
    let passes = (jour - periode.du).whole_days();
    let tous = (periode.fin() - periode.du).whole_days() + 1;
    match nombre {
        0 if passes * 2 > tous => Some("Aucune visite".into()),
        0 => None,
        n => Some(date::nombre(n, "visite", "visites")),
    }
}

impl Enseignant {
    /// Says that I met those who have her: went there, telephoned, or in video.
    pub async fn rendre_visite(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, &Periode),
        dite: &Dite,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = dite.contenu(periode, None);
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("visiter_stage", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "visiter_stage", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "insert into livret.visite (etablissement_id, periode_id, etudiant_id, le, mode, rencontre, compte_rendu, par, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8)",
            periode.periode_id, etudiant.id(), dite.le, dite.mode.code(), dite.rencontre, dite.compte_rendu,
            self.personne_id(), version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Says what a visit of mine was, again.
    ///
    /// # Errors
    /// It is a colleague's, or it was corrected since `version` was read.
    pub async fn corriger_visite(
        &self,
        db: &mut Db,
        (etudiant, periode, visite_id): (&Etudiant, &Periode, i64),
        dite: &Dite,
        (version, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = dite.contenu(periode, Some(visite_id));
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("corriger_visite", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let toutes = visites(db, periode).await?;
        let elle = toutes.into_iter().find(|v| v.visite_id == visite_id).ok_or(Error::NotFound)?;
        if elle.par_id != self.personne_id() {
            return Err(Error::Refused(format!(
                "Ce compte rendu est de {}\u{a0}: seule cette personne le corrige.",
                elle.par
            )));
        }
        if elle.version != version {
            return Err(Error::Conflict(format!(
                "Ce compte rendu vient d’être corrigé, dans un autre onglet peut-être\u{a0}: {}, «\u{a0}{}\u{a0}». \
                 Votre saisie est ci-dessous\u{a0}: relisez, puis enregistrez de nouveau pour la garder.",
                elle.en_mots(),
                elle.dite.compte_rendu
            )));
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "corriger_visite", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.visite set le = $2, mode = $3, rencontre = $4, compte_rendu = $5, version = $6
              where etablissement_id = livret.ici() and visite_id = $1",
            visite_id, dite.le, dite.mode.code(), dite.rencontre, dite.compte_rendu, version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn periode(du: Date, au: Date, interrompue_le: Option<Date>) -> Periode {
        Periode {
            periode_id: 1,
            promotion_id: 1,
            etudiant_id: 1,
            organisation_id: 1,
            organisation: String::new(),
            ville: String::new(),
            tuteur_id: None,
            tuteur: None,
            referent_id: None,
            referent: None,
            du,
            au,
            interrompue_le,
            rythme: [420; 7],
            absences: vec![],
            version: 1,
        }
    }

    #[test]
    fn nobody_came_is_said_past_the_middle_and_not_before() {
        let (du, au) = (date!(2026 - 11 - 02), date!(2026 - 11 - 27)); // 26 days
        for (interrompue_le, jour, dite) in [
            (None, date!(2026 - 10 - 30), false),
            (None, date!(2026 - 11 - 02), false),
            (None, date!(2026 - 11 - 15), false),
            (None, date!(2026 - 11 - 16), true),
            (None, date!(2026 - 11 - 27), true),
            (None, date!(2026 - 12 - 15), true),
            (Some(date!(2026 - 11 - 06)), date!(2026 - 11 - 05), true),
            (Some(date!(2026 - 11 - 06)), date!(2026 - 11 - 04), false),
        ] {
            let p = periode(du, au, interrompue_le);
            assert_eq!(en_mots(0, &p, jour).is_some(), dite, "{jour} {interrompue_le:?}");
            assert_eq!(en_mots(1, &p, jour).as_deref(), Some("1\u{a0}visite"));
        }
        let un_jour = periode(du, du, None);
        assert!(en_mots(0, &un_jour, du).is_none(), "the day itself is not over");
    }
}
