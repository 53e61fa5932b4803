//! What a teacher does with a student's sheets: remarks on rubrics, and where the sheet stands.
use serde_json::{Value, json};
use time::Date;
use uuid::Uuid;

use super::{Etat, Fiche, Modele, acte::depassee, remarques};
use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
};

/// What a teacher says of where a sheet stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suite {
    /// I read it as it is now.
    Relire,
    /// The team keeps it for the file.
    Retenir,
    /// It is hers to write again, and why.
    Rendre(String),
    /// I saw the printed sheet, signed.
    Viser,
    /// It was handed in with the file, that day.
    Deposer(Date),
}

impl Suite {
    fn genre(&self) -> &'static str {
        match self {
            Self::Relire => "relire_fiche",
            Self::Retenir => "retenir_fiche",
            Self::Rendre(_) => "rendre_fiche",
            Self::Viser => "viser_fiche",
            Self::Deposer(_) => "deposer_fiche",
        }
    }

    fn contenu(&self, fiche: &Fiche) -> Value {
        let mut dit = json!({ "fiche": fiche.fiche_id.to_string() });
        match self {
            Self::Rendre(motif) => dit["motif"] = motif.as_str().into(),
            Self::Deposer(le) => dit["le"] = date::iso(le).into(),
            _ => {}
        }
        dit
    }

    /// Why it cannot be said of this sheet now.
    fn refus(&self, fiche: &Fiche, aujourd_hui: Date) -> Option<String> {
        if fiche.rang.is_none() {
            return Some(
                "Cette fiche n’a pas encore de version enregistrée\u{a0}: il n’y a rien à relire."
                    .into(),
            );
        }
        let mots = fiche.etat.intitule();
        match self {
            Self::Relire | Self::Retenir if fiche.etat.gardee() => {
                Some(format!("Cette fiche est déjà {mots}."))
            }
            Self::Rendre(_) | Self::Viser | Self::Deposer(_) if !fiche.etat.gardee() => {
                Some("Cette fiche n’est pas retenue. Retenez-la d’abord.".into())
            }
            Self::Deposer(le) if *le > aujourd_hui => Some(format!(
                "Le {} n’est pas encore passé. Donnez le jour où le dossier a été déposé.",
                date::longue(le)
            )),
            _ => None,
        }
    }

    /// Where it stands then: its state, since when it is signed, since when it is handed in.
    fn apres(&self, fiche: &Fiche, jour: Date) -> (Etat, Option<Date>, Option<Date>) {
        match self {
            Self::Relire => (Etat::Relue, None, None),
            Self::Retenir => (Etat::Retenue, None, None),
            Self::Rendre(_) => (Etat::Brouillon, None, None),
            Self::Viser => (fiche.etat, Some(fiche.visee_le.unwrap_or(jour)), fiche.deposee_le),
            Self::Deposer(le) => (Etat::Deposee, fiche.visee_le, Some(*le)),
        }
    }
}

/// Two kept sheets of one nature cost marks (annexe II d): the second is refused before it is kept.
fn doublon(fiche: &Fiche, autres: &[Fiche]) -> Option<String> {
    let meme = |f: &&Fiche| {
        f.fiche_id != fiche.fiche_id
            && f.epreuve == fiche.epreuve
            && f.etat.gardee()
            && f.nature.is_some()
            && f.nature == fiche.nature
    };
    autres.iter().find(meme).map(|f| {
        format!(
            "{} est déjà retenue pour cette nature d’activité. Rendez-la d’abord, ou demandez une fiche d’une autre nature.",
            f.nom()
        )
    })
}

/// Why the team cannot keep it: it lacks what the model must say, or another is kept in its place.
fn ingardable(
    suite: &Suite,
    (fiche, modele): (&Fiche, &Modele),
    siennes: &[Fiche],
) -> Option<String> {
    if *suite != Suite::Retenir {
        return None;
    }
    let dits = fiche.entete_manquante(modele);
    if !dits.is_empty() {
        return Some(format!(
            "Cette fiche ne dit pas encore\u{a0}: {}. Demandez à l’étudiant de la compléter.",
            dits.join(", ")
        ));
    }
    let distinctes = modele.attendus.iter().all(|a| a.distinctes);
    if distinctes { doublon(fiche, siennes) } else { None }
}

impl Enseignant {
    /// Says where a sheet of one of my students stands.
    ///
    /// # Errors
    /// It cannot be said of this sheet; it changed since `lue` was read.
    pub async fn suivre_fiche(
        &self,
        db: &mut Db,
        (etudiant, fiche, modele): (&Etudiant, &Fiche, &Modele),
        suite: &Suite,
        (lue, cle): (i64, Uuid),
    ) -> Result<()> {
        let (genre, contenu) = (suite.genre(), suite.contenu(fiche));
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            return if deja.est(genre, &contenu) { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let siennes = etudiant.fiches(db).await?; // again, under the pen
        let actuelle = siennes.iter().find(|f| f.fiche_id == fiche.fiche_id);
        let actuelle = actuelle.ok_or(Error::NotFound)?;
        if actuelle.version != lue {
            return Err(depassee(actuelle));
        }
        let refus = suite.refus(actuelle, self.aujourd_hui());
        if let Some(message) = refus.or_else(|| ingardable(suite, (actuelle, modele), &siennes)) {
            return Err(Error::Refused(message));
        }
        let (etat, visee, deposee) = suite.apres(actuelle, self.aujourd_hui());
        let etudiant_id = Some(etudiant.id());
        let version =
            plume.ecrire(db, Acte { genre, cle, etudiant_id, contenu, ..Acte::default() }).await?;
        sqlx::query!(
            "update livret.fiche set etat = $2, visee_le = $3, deposee_le = $4, version = $5
              where etablissement_id = livret.ici() and fiche_id = $1",
            fiche.fiche_id,
            etat.code(),
            visee,
            deposee,
            version
        )
        .execute(&mut **db)
        .await?;
        if let Suite::Rendre(motif) = suite {
            let rang = actuelle.rang.unwrap_or_default();
            inscrire(db, self, (actuelle, "", motif, rang), version).await?;
        }
        Ok(())
    }

    /// Says something of a rubric of the version that I read; of the whole sheet when `rubrique` is empty.
    ///
    /// # Errors
    /// Nothing is recorded yet.
    pub async fn remarquer_fiche(
        &self,
        db: &mut Db,
        (etudiant, fiche): (&Etudiant, &Fiche),
        (rubrique, texte, rang): (&str, &str, i32),
        cle: Uuid,
    ) -> Result<()> {
        let contenu = json!({
            "fiche": fiche.fiche_id.to_string(), "rubrique": rubrique, "texte": texte, "rang": rang,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("remarquer_fiche", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuelle = etudiant.fiche(db, fiche.fiche_id).await?;
        if !actuelle.rang.is_some_and(|dernier| (1..=dernier).contains(&rang)) {
            return Err(Error::Refused(
                "Cette fiche n’a pas de version à ce rang. Rouvrez la page et recommencez.".into(),
            ));
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "remarquer_fiche", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        inscrire(db, self, (fiche, rubrique, texte, rang), version).await
    }

    /// Says that a remark is answered. Any teacher of hers may.
    pub async fn lever_remarque(
        &self,
        db: &mut Db,
        (etudiant, fiche): (&Etudiant, &Fiche),
        remarque_id: i64,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = json!({
            "fiche": fiche.fiche_id.to_string(), "remarque": remarque_id.to_string(),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("lever_remarque", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let toutes = remarques(db, fiche.fiche_id).await?;
        let elle = toutes.iter().find(|r| r.remarque_id == remarque_id).ok_or(Error::NotFound)?;
        if elle.levee {
            return Ok(());
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "lever_remarque", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.fiche_remarque set levee = true, version = $2
              where etablissement_id = livret.ici() and remarque_id = $1",
            remarque_id,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

async fn inscrire(
    db: &mut Db,
    qui: &Enseignant,
    (fiche, rubrique, texte, rang): (&Fiche, &str, &str, i32),
    version: i64,
) -> Result<()> {
    let le = db.le;
    sqlx::query!(
        "insert into livret.fiche_remarque (etablissement_id, fiche_id, etudiant_id, rubrique, texte, rang, par, le, version)
         values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8)",
        fiche.fiche_id,
        fiche.etudiant_id,
        rubrique,
        texte,
        rang,
        qui.personne_id(),
        le,
        version
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}
