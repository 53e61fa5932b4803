//! What a teacher says of a period: that it is to be, that it is not quite as was said, that it is not to be.
use time::Date;
use uuid::Uuid;

use super::{
    Absence, Periode, Rythme, calcul,
    carnet::{Coordonnees, Personne},
    stages,
};
use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    promotion::Promotion,
};

/// Somebody or something of the book, or to be written in it.
#[derive(Debug, Clone)]
pub enum Choisi<T> {
    Connu(i64),
    Nouveau(T),
}

/// A period as a teacher wants it.
#[derive(Debug, Clone)]
pub struct Voulue {
    pub organisation: Choisi<Coordonnees>,
    pub tuteur: Option<Choisi<Personne>>,
    pub referent_id: Option<i64>,
    pub du: Date,
    pub au: Date,
    pub interrompue_le: Option<Date>,
    pub rythme: Rythme,
    pub absences: Vec<Absence>,
}

/// Longest period, in days: beyond, a year was mistyped.
const LA_PLUS_LONGUE: i64 = 366;

impl Voulue {
    /// Why these dates cannot be, field by field; the other periods of the student are given.
    pub fn refus(&self, promotion: &Promotion, autres: &[Periode]) -> Vec<(&'static str, String)> {
        let mut refus = vec![];
        let mut dire = |champ, message: String| refus.push((champ, message));
        if self.au < self.du {
            dire(
                "au",
                "La période finit avant de commencer\u{a0}: corrigez l’une des deux dates.".into(),
            );
        } else if (self.au - self.du).whole_days() >= LA_PLUS_LONGUE {
            dire(
                "au",
                "Une période dure un an au plus. Vérifiez les années, ou faites-en deux.".into(),
            );
        }
        if self.du < promotion.debut {
            let debut = date::longue(&promotion.debut);
            dire(
                "du",
                format!(
                    "La formation de cette promotion commence le {debut}. Choisissez une date à partir de ce jour."
                ),
            );
        }
        let fin = self.interrompue_le.map_or(self.au, |le| le.min(self.au));
        let deja: Vec<(i64, Date, Date)> =
            autres.iter().map(|p| (p.periode_id, p.du, p.fin())).collect();
        if let Some(id) = calcul::recouvre(&deja, self.du, fin) {
            let autre = autres.iter().find(|p| p.periode_id == id).map(Periode::en_mots);
            dire(
                "du",
                format!(
                    "Cette personne est déjà en stage\u{a0}: {}. Deux périodes ne se recouvrent pas.",
                    autre.unwrap_or_default()
                ),
            );
        }
        if let Some(le) = self.interrompue_le.filter(|le| *le < self.du || *le > self.au) {
            let le = date::longue(&le);
            dire(
                "interrompue_le",
                format!(
                    "Le {le} n’est pas dans la période. Donnez le dernier jour de présence, ou laissez vide."
                ),
            );
        }
        if self.rythme.iter().all(|m| *m == 0) {
            dire("rythme", "Donnez au moins une heure de présence par semaine.".into());
        }
        for a in &self.absences {
            if a.au < a.du || a.du < self.du || a.au > self.au {
                let (du, au) = (date::courte(&a.du), date::courte(&a.au));
                dire(
                    "absences",
                    format!("L’absence du {du} au {au} n’est pas dans la période. Corrigez-la."),
                );
                break;
            }
        }
        refus
    }

    fn contenu(
        &self,
        etudiant: &Etudiant,
        organisation: i64,
        tuteur: Option<i64>,
    ) -> serde_json::Value {
        let absences: Vec<_> = self
            .absences
            .iter()
            .map(|a| serde_json::json!({ "du": date::iso(&a.du), "au": date::iso(&a.au), "motif": a.motif }))
            .collect();
        serde_json::json!({
            "promotion": etudiant.promotion_id().to_string(), "organisation": organisation.to_string(),
            "tuteur": tuteur.map(|t| t.to_string()), "referent": self.referent_id.map(|r| r.to_string()),
            "du": date::iso(&self.du), "au": date::iso(&self.au),
            "interrompue_le": self.interrompue_le.as_ref().map(date::iso), "rythme": self.rythme, "absences": absences,
        })
    }
}

/// What came of it.
#[derive(Debug)]
pub enum Issue {
    Ecrite(i64),
    /// Field by field.
    Refusee(Vec<(&'static str, String)>),
}

fn minutes(rythme: &Rythme) -> Vec<i32> {
    rythme.iter().map(|m| i32::try_from(*m).unwrap_or(i32::MAX)).collect()
}

impl Enseignant {
    /// Says that a student of mine is to be there.
    ///
    /// # Errors
    /// The database. What is wrong with a date is in the issue.
    pub async fn prevoir(
        &self,
        db: &mut Db,
        (promotion, etudiant): (&Promotion, &Etudiant),
        voulue: &Voulue,
        cle: Uuid,
    ) -> Result<Issue> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            return self.deja_prevue(db, etudiant, (deja, voulue)).await;
        }
        let autres = stages(db, promotion.promotion_id, &[etudiant.id()]).await?.periodes;
        let refus = voulue.refus(promotion, &autres);
        if !refus.is_empty() {
            return Ok(Issue::Refusee(refus));
        }
        let (organisation, tuteur) = self.chez_qui(db, &mut plume, voulue, cle).await?;
        let contenu = voulue.contenu(etudiant, organisation, tuteur);
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "prevoir_periode", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let id = sqlx::query_scalar!(
            "insert into livret.periode (etablissement_id, promotion_id, etudiant_id, organisation_id, tuteur_id, referent_id,
                                         du, au, interrompue_le, rythme, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning periode_id",
            promotion.promotion_id, etudiant.id(), organisation, tuteur, voulue.referent_id, voulue.du, voulue.au,
            voulue.interrompue_le, &minutes(&voulue.rythme), version
        )
        .fetch_one(&mut **db)
        .await?;
        absences(db, (id, etudiant.id()), &voulue.absences).await?;
        Ok(Issue::Ecrite(id))
    }

    /// The period that this very form made when it was sent before.
    pub async fn periode_de_la_cle(&self, db: &mut Db, cle: Uuid) -> Result<Option<(i64, i64)>> {
        let deja = sqlx::query!(
            r#"select p.etudiant_id, p.periode_id
                 from livret.evenement e
                 join livret.periode p on p.etablissement_id = e.etablissement_id and p.etudiant_id = e.etudiant_id
                                      and p.version >= e.seq
                where e.etablissement_id = livret.ici() and e.acteur_id = $1 and e.cle = $2
                  and e.genre = 'prevoir_periode'
                order by p.version limit 1"#,
            self.personne_id(),
            cle
        )
        .fetch_optional(&mut **db)
        .await?;
        Ok(deja.map(|l| (l.etudiant_id, l.periode_id)))
    }

    /// The period that the first sending of the same form made.
    async fn deja_prevue(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        (deja, voulue): (journal::Deja, &Voulue),
    ) -> Result<Issue> {
        let sienne = deja.genre == "prevoir_periode" && deja.etudiant_id == Some(etudiant.id());
        if !sienne || deja.contenu["du"] != date::iso(&voulue.du) {
            return Err(journal::cle_reprise());
        }
        let id = sqlx::query_scalar!(
            "select periode_id from livret.periode
              where etablissement_id = livret.ici() and etudiant_id = $1 and version >= $2
              order by version limit 1",
            etudiant.id(),
            deja.seq
        )
        .fetch_optional(&mut **db)
        .await?;
        id.map(Issue::Ecrite).ok_or_else(journal::cle_reprise)
    }

    /// Says that a period is not quite as it was said.
    ///
    /// # Errors
    /// A colleague corrected it since `version` was read. What is wrong with a date is in the issue.
    pub async fn corriger_periode(
        &self,
        db: &mut Db,
        (promotion, etudiant, lue): (&Promotion, &Etudiant, &Periode),
        voulue: &Voulue,
        (version, cle): (i64, Uuid),
    ) -> Result<Issue> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "corriger_periode" && deja.etudiant_id == Some(etudiant.id());
            return if meme {
                Ok(Issue::Ecrite(lue.periode_id))
            } else {
                Err(journal::cle_reprise())
            };
        }
        let mut autres = stages(db, promotion.promotion_id, &[etudiant.id()]).await?.periodes;
        depassee(&autres, lue.periode_id, version)?;
        autres.retain(|p| p.periode_id != lue.periode_id);
        let refus = voulue.refus(promotion, &autres);
        if !refus.is_empty() {
            return Ok(Issue::Refusee(refus));
        }
        let (organisation, tuteur) = self.chez_qui(db, &mut plume, voulue, cle).await?;
        let mut contenu = voulue.contenu(etudiant, organisation, tuteur);
        contenu["periode"] = lue.periode_id.to_string().into();
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "corriger_periode", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.periode
                set organisation_id = $2, tuteur_id = $3, referent_id = $4, du = $5, au = $6, interrompue_le = $7,
                    rythme = $8, version = $9
              where etablissement_id = livret.ici() and periode_id = $1",
            lue.periode_id, organisation, tuteur, voulue.referent_id, voulue.du, voulue.au, voulue.interrompue_le,
            &minutes(&voulue.rythme), version
        )
        .execute(&mut **db)
        .await?;
        absences(db, (lue.periode_id, etudiant.id()), &voulue.absences).await?;
        Ok(Issue::Ecrite(lue.periode_id))
    }

    /// Says that a period is not to be. It counts no more; the journal keeps it, with why.
    ///
    /// # Errors
    /// A colleague corrected it since `version` was read, or no reason is given.
    pub async fn annuler_periode(
        &self,
        db: &mut Db,
        (etudiant, lue): (&Etudiant, &Periode),
        motif: &str,
        (version, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = serde_json::json!({ "periode": lue.periode_id.to_string(), "motif": motif });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("annuler_periode", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let siennes = stages(db, etudiant.promotion_id(), &[etudiant.id()]).await?.periodes;
        depassee(&siennes, lue.periode_id, version)?;
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "annuler_periode", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.periode set annulee = true, version = $2
              where etablissement_id = livret.ici() and periode_id = $1",
            lue.periode_id,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Who she is with: of the book, or written in it now.
    async fn chez_qui(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        voulue: &Voulue,
        cle: Uuid,
    ) -> Result<(i64, Option<i64>)> {
        let organisation = match &voulue.organisation {
            Choisi::Connu(id) => *id,
            Choisi::Nouveau(coordonnees) => {
                let cle = Uuid::new_v5(&cle, b"organisation");
                self.inscrire_organisation(db, plume, coordonnees, cle).await?
            }
        };
        let tuteur = match &voulue.tuteur {
            None => None,
            Some(Choisi::Connu(id)) => Some(*id),
            Some(Choisi::Nouveau(p)) => {
                let cle = Uuid::new_v5(&cle, b"tuteur");
                Some(self.inscrire_tuteur(db, plume, (organisation, p), cle).await?)
            }
        };
        Ok((organisation, tuteur))
    }
}

fn depassee(siennes: &[Periode], periode_id: i64, version: i64) -> Result<()> {
    let actuelle = siennes.iter().find(|p| p.periode_id == periode_id);
    let actuelle =
        actuelle.ok_or_else(|| Error::Conflict("Cette période vient d’être annulée.".into()))?;
    if actuelle.version == version {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "Cette période vient d’être corrigée\u{a0}: {}. Relisez, puis enregistrez de nouveau.",
        actuelle.en_mots()
    )))
}

async fn absences(
    db: &mut Db,
    (periode_id, etudiant_id): (i64, i64),
    voulues: &[Absence],
) -> Result<()> {
    sqlx::query!(
        "delete from livret.periode_absence where etablissement_id = livret.ici() and periode_id = $1",
        periode_id
    )
    .execute(&mut **db)
    .await?;
    let dus: Vec<Date> = voulues.iter().map(|a| a.du).collect();
    let aus: Vec<Date> = voulues.iter().map(|a| a.au).collect();
    let motifs: Vec<String> = voulues.iter().map(|a| a.motif.clone()).collect();
    sqlx::query!(
        "insert into livret.periode_absence (etablissement_id, periode_id, etudiant_id, du, au, motif)
         select livret.ici(), $1, $2, a.* from unnest($3::date[], $4::date[], $5::text[]) a",
        periode_id,
        etudiant_id,
        &dus,
        &aus,
        &motifs
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}
