//! What a coordonnateur says of the exam: the last days of deposit, and how each student sits it.
use std::collections::BTreeSet;

use time::Date;
use uuid::Uuid;

use super::{Echeance, Examen};
use crate::{
    app::Db,
    date,
    error::Result,
    etudiant::Etudiant,
    journal::{Acte, Plume},
    promotion::Coordonnateur,
    referentiel::Edition,
};

/// The last day that is wanted for an épreuve, and the version that was read.
#[derive(Debug, Clone)]
pub struct Depot {
    pub epreuve: String,
    pub le: Option<Date>,
    pub version: i64,
}

/// How a student is to sit the exam, and the version that was read.
#[derive(Debug, Clone)]
pub struct Voulue {
    pub etudiant_id: i64,
    pub voie: String,
    pub numero: Option<String>,
    pub version: i64,
}

/// Why nothing was written: the field, and what to do.
#[derive(Debug, Clone)]
pub struct Refus {
    pub champ: String,
    pub message: String,
    /// Somebody wrote since it was read.
    pub depasse: bool,
}

fn deja(de: &str) -> String {
    format!("Quelqu’un vient d’écrire\u{a0}: {de}. Relisez, puis enregistrez de nouveau.")
}

impl Coordonnateur {
    /// Says until when each file may be handed in; what is so already is written no second time. All or none.
    ///
    /// # Errors
    /// The database. What is wrong with a date is in the answer.
    pub async fn fixer_echeances(
        &self,
        db: &mut Db,
        edition: &Edition,
        voulues: &[Depot],
        cle: Uuid,
    ) -> Result<Vec<Refus>> {
        let mut plume = Plume::prendre(db, self).await?;
        let Some(examen) = super::lire(db, self.promotion.promotion_id, edition).await? else {
            return Ok(vec![]);
        };
        let change = |v: &&Depot| examen.echeance(&v.epreuve).is_some_and(|e| e.le != v.le);
        let changees: Vec<&Depot> = voulues.iter().filter(change).collect();
        let depassee =
            |v: &&&Depot| examen.echeance(&v.epreuve).map(|e| e.version) != Some(v.version);
        let refus: Vec<Refus> =
            changees.iter().filter(depassee).map(|v| date_depassee(&examen, v)).collect();
        if !refus.is_empty() {
            return Ok(refus);
        }
        for v in changees {
            let acte = Acte {
                genre: "fixer_echeance",
                cle: Uuid::new_v5(&cle, v.epreuve.as_bytes()),
                contenu: serde_json::json!({
                    "promotion": self.promotion.promotion_id.to_string(), "epreuve": v.epreuve,
                    "le": v.le.as_ref().map(date::iso),
                }),
                ..Acte::default()
            };
            let version = plume.ecrire(db, acte).await?;
            sqlx::query!(
                "insert into livret.echeance (etablissement_id, promotion_id, epreuve, le, version)
                 values (livret.ici(), $1, $2, $3, $4)
                 on conflict (etablissement_id, promotion_id, epreuve)
                 do update set le = excluded.le, version = excluded.version",
                self.promotion.promotion_id,
                v.epreuve,
                v.le,
                version
            )
            .execute(&mut **db)
            .await?;
        }
        Ok(vec![])
    }

    /// Says how students sit the exam; what is so already is written no second time. All or none.
    ///
    /// # Errors
    /// The database. What is wrong with a line is in the answer.
    pub async fn inscrire_a_l_examen(
        &self,
        db: &mut Db,
        edition: &Edition,
        voulues: &[Voulue],
        cle: Uuid,
    ) -> Result<Vec<Refus>> {
        let mut plume = Plume::prendre(db, self).await?;
        let Some(examen) = super::lire(db, self.promotion.promotion_id, edition).await? else {
            return Ok(vec![]);
        };
        let presents: BTreeSet<i64> = self
            .promotion
            .etudiants(db, self.aujourd_hui())
            .await?
            .iter()
            .map(Etudiant::id)
            .collect();
        let mut changees: Vec<&Voulue> = vec![];
        for v in voulues.iter().filter(|v| presents.contains(&v.etudiant_id)) {
            let dite = examen.candidature(v.etudiant_id);
            if dite.voie.code != v.voie || dite.numero != v.numero {
                changees.push(v);
            }
        }
        let refus = refuser(&examen, voulues, &changees);
        if !refus.is_empty() {
            return Ok(refus);
        }
        let actes = changees.iter().map(|v| self.candidature(v, cle)).collect();
        let versions = plume.ecrire_lot(db, actes).await?;
        let etudiants: Vec<i64> = changees.iter().map(|v| v.etudiant_id).collect();
        let voies: Vec<String> = changees.iter().map(|v| v.voie.clone()).collect();
        let numeros: Vec<Option<String>> = changees.iter().map(|v| v.numero.clone()).collect();
        sqlx::query!(
            "insert into livret.candidature (etablissement_id, promotion_id, etudiant_id, voie, numero, version)
             select livret.ici(), $1, q.* from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[]) q
             on conflict (etablissement_id, promotion_id, etudiant_id)
             do update set voie = excluded.voie, numero = excluded.numero, version = excluded.version",
            self.promotion.promotion_id, &etudiants, &voies, &numeros as &[Option<String>], &versions
        )
        .execute(&mut **db)
        .await?;
        Ok(vec![])
    }

    fn candidature(&self, v: &Voulue, cle: Uuid) -> Acte {
        Acte {
            genre: "inscrire_a_l_examen",
            cle: Uuid::new_v5(&cle, v.etudiant_id.to_string().as_bytes()),
            etudiant_id: Some(v.etudiant_id),
            contenu: serde_json::json!({
                "promotion": self.promotion.promotion_id.to_string(), "voie": v.voie, "numero": v.numero,
            }),
            ..Acte::default()
        }
    }
}

fn date_depassee(examen: &Examen, v: &Depot) -> Refus {
    let dite = examen.echeance(&v.epreuve).and_then(|e: &Echeance| e.le);
    let dite = dite.map_or_else(|| "aucune date".into(), |le| date::longue(&le));
    Refus { champ: format!("le-{}", v.epreuve), message: deja(&dite), depasse: true }
}

/// What is wrong with the lines that change: another wrote, an unknown voie, a number that is no number or that another has.
fn refuser(examen: &Examen, voulues: &[Voulue], changees: &[&Voulue]) -> Vec<Refus> {
    let mut refus = vec![];
    let mut dire = |v: &Voulue, quoi: &str, message: String, depasse| {
        refus.push(Refus { champ: format!("{quoi}-{}", v.etudiant_id), message, depasse });
    };
    for v in changees {
        let actuelle = examen.candidature(v.etudiant_id);
        let numero = v.numero.as_deref();
        if actuelle.version != v.version {
            let numero = actuelle.numero.as_deref().unwrap_or("sans numéro");
            dire(v, "numero", deja(&format!("{}, {numero}", actuelle.voie.intitule)), true);
        } else if examen.reglement.voie(&v.voie).is_none() {
            dire(
                v,
                "voie",
                "Cette voie n’existe pas. Choisissez-en une dans la liste.".into(),
                false,
            );
        } else if numero.is_some_and(|n| !bien_forme(n)) {
            let message = "Un numéro de candidat compte de 1 à 20 chiffres ou lettres, sans espace. Corrigez-le ou laissez la case vide.";
            dire(v, "numero", message.into(), false);
        } else if numero.is_some_and(|n| pris(examen, voulues, v.etudiant_id, n)) {
            let message =
                "Deux personnes auraient ce numéro. Vérifiez-le sur la convocation de chacune.";
            dire(v, "numero", message.into(), false);
        }
    }
    refus
}

fn bien_forme(numero: &str) -> bool {
    (1..=20).contains(&numero.len())
        && numero.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Another has this number, or would have it.
fn pris(examen: &Examen, voulues: &[Voulue], elle: i64, numero: &str) -> bool {
    let voulu = |id: i64| voulues.iter().any(|v| v.etudiant_id == id);
    let autre = |v: &Voulue| v.etudiant_id != elle && v.numero.as_deref() == Some(numero);
    voulues.iter().any(autre)
        || examen
            .candidatures
            .iter()
            .any(|(id, c)| *id != elle && !voulu(*id) && c.numero.as_deref() == Some(numero))
}
