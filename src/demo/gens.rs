//! The people of the demonstration, plainly invented.
use anyhow::Result;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(super) struct Ecole<'a> {
    pub secret: &'a str,
    pub edition: Uuid,
    pub le: OffsetDateTime,
}

/// A promotion to bring to life.
pub struct Groupe {
    pub promotion_id: i64,
    pub enseignants: Vec<&'static str>,
    /// identifiant of each student.
    pub etudiants: Vec<String>,
}

const ANCIENS: [&str; 32] = [
    "DIALLO Amina",
    "ÉTIENNE Zoé",
    "ABDALLAH Inès",
    "ALVAREZ Tom",
    "BEAUFILS Léna",
    "BENALI Yanis",
    "BOUVIER Maël",
    "ÇELIK Mert",
    "CHEVALIER Jade",
    "D’ANGELO Lina",
    "DE LA FONTAINE Eva",
    "DUMONT Hugo",
    "EL AMRANI Sofia",
    "FAURE Manon",
    "FERNANDES Rui",
    "GARNIER Chloé",
    "GIRARD Enzo",
    "HÉBERT Anaïs",
    "IBRAHIM Kader",
    "JOLY Camille",
    "KONÉ Aminata",
    "LEROUX Paul",
    "LŒUFFE Ambre",
    "MÜLLER Emma",
    "N’GUESSAN Awa",
    "NGUYEN Linh",
    "OLIVEIRA Mia",
    "QUÉRÉ Gwenn",
    "ROUSSEAU Lola",
    "SÁNCHEZ Iker",
    "TRAORÉ Issa",
    "VASSEUR Nina",
];

const NOUVEAUX: [&str; 28] = [
    "AUBERT Noé",
    "BARBIER Salomé",
    "BEN SALEM Rania",
    "BLANCHET Louis",
    "CARON Élise",
    "CISSÉ Moussa",
    "COLLET Jules",
    "DA SILVA Inês",
    "DELMAS Victor",
    "DIOP Fatou",
    "FONTAINE Agathe",
    "GAUTHIER Sacha",
    "HAMEL Rose",
    "HUET Basile",
    "JACQUET Lou",
    "KAYA Deniz",
    "LACROIX Margaux",
    "LE GOFF Erwan",
    "MARCHAND Alice",
    "MOREL Théo",
    "NOËL Clémence",
    "PEREIRA Diego",
    "PRÉVOST Marius",
    "RENARD Capucine",
    "SAADI Nour",
    "TESSIER Émile",
    "VIDAL Iris",
    "ZANETTI Ugo",
];

const AUTRES: [&str; 4] = ["HOARAU Maya", "PAYET Loïc", "GRONDIN Anaëlle", "TÉCHER Kévin"];

pub(super) async fn simone_vidal(
    db: &mut PgConnection,
    ecole: &Ecole<'_>,
) -> Result<(Groupe, Groupe)> {
    ecole.personne(db, Some("Mme"), "VIDAL-ROUX Claire", "admin", "administrateur").await?;
    let ancienne = ecole.promotion(db, "NDRC 2025-2027", 1).await?;
    let nouvelle = ecole.promotion(db, "NDRC 2026-2028", 2).await?;
    for (civilite, nom, identifiant, promotions) in [
        ("Mme", "MARTIN Hélène", "martin", &[ancienne, nouvelle][..]),
        ("M.", "DURAND Philippe", "durand", &[nouvelle]),
        ("Mme", "OKAFOR Grace", "okafor", &[ancienne]),
        ("M.", "PETITJEAN Luc", "petitjean", &[ancienne]),
        ("Mme", "ROSSI Carla", "rossi", &[ancienne, nouvelle]),
    ] {
        let id = ecole.personne(db, Some(civilite), nom, identifiant, "enseignant").await?;
        ecole.suivre(db, id, promotions).await?;
        ecole.coordonner(db, identifiant, id).await?;
    }
    ecole.personne(db, Some("Mme"), "ASSELIN Odile", "direction", "direction").await?;
    ecole.personne(db, Some("M."), "KERVELLA Yann", "ddfpt", "ddfpt").await?;
    let jury = ecole.personne(db, Some("Mme"), "BELLAMY Anne", "jury", "jury").await?;
    sqlx::query("insert into livret.mandat (etablissement_id, promotion_id, jury_id) values (livret.ici(), $1, $2)")
        .bind(ancienne).bind(jury).execute(&mut *db).await?;
    let etudiants = ecole.etudiants(db, ancienne, &ANCIENS).await?;
    let anciens = Groupe {
        promotion_id: ancienne,
        enseignants: vec!["martin", "okafor", "petitjean", "rossi"],
        etudiants,
    };
    let etudiants = ecole.etudiants(db, nouvelle, &NOUVEAUX).await?;
    Ok((
        anciens,
        Groupe {
            promotion_id: nouvelle,
            enseignants: vec!["durand", "martin", "rossi"],
            etudiants,
        },
    ))
}

pub(super) async fn henri_marechal(db: &mut PgConnection, ecole: &Ecole<'_>) -> Result<Groupe> {
    let promotion = ecole.promotion(db, "NDRC 2025-2027", 1).await?;
    let id = ecole.personne(db, Some("M."), "LEFEVRE Marc", "lefevre", "enseignant").await?;
    ecole.suivre(db, id, &[promotion]).await?;
    ecole.coordonner(db, "lefevre", id).await?;
    let etudiants = ecole.etudiants(db, promotion, &AUTRES).await?;
    Ok(Groupe { promotion_id: promotion, enseignants: vec!["lefevre"], etudiants })
}

impl Ecole<'_> {
    async fn personne(
        &self,
        db: &mut PgConnection,
        civilite: Option<&str>,
        nom: &str,
        identifiant: &str,
        genre: &str,
    ) -> Result<i64> {
        let (nom, prenom) = nom.rsplit_once(' ').unwrap_or((nom, nom));
        let id: i64 = sqlx::query_scalar(
            "insert into livret.personne (etablissement_id, civilite, nom, prenom)
             values (livret.ici(), $1, $2, $3) returning personne_id",
        )
        .bind(civilite)
        .bind(nom)
        .bind(prenom)
        .fetch_one(&mut *db)
        .await?;
        let fin = (genre == "jury").then(|| self.le + Duration::days(365));
        sqlx::query("insert into acces.fonction values (livret.ici(), $1, $2, $3, $4)")
            .bind(id)
            .bind(genre)
            .bind(self.le - Duration::days(450))
            .bind(fin)
            .execute(&mut *db)
            .await?;
        sqlx::query("insert into acces.compte (etablissement_id, personne_id, identifiant, secret) values (livret.ici(), $1, $2, $3)")
            .bind(id).bind(identifiant).bind(self.secret)
            .execute(&mut *db)
            .await?;
        Ok(id)
    }

    /// `rang`: 1 for the promotion that ends next, 2 for the one after.
    async fn promotion(&self, db: &mut PgConnection, nom: &str, rang: i32) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "insert into livret.promotion (etablissement_id, nom, edition_id, annee_examen, debut)
             values (livret.ici(), $1, $2, $3, $4) returning promotion_id",
        )
        .bind(nom)
        .bind(self.edition)
        .bind(2026 + rang)
        .bind((self.le - Duration::days(450)).date())
        .fetch_one(db)
        .await?)
    }

    async fn suivre(
        &self,
        db: &mut PgConnection,
        enseignant: i64,
        promotions: &[i64],
    ) -> Result<()> {
        sqlx::query(
            "insert into livret.suivi (etablissement_id, promotion_id, enseignant_id, du)
             select livret.ici(), p, $2, $3 from unnest($1::bigint[]) p",
        )
        .bind(promotions)
        .bind(enseignant)
        .bind((self.le - Duration::days(450)).date())
        .execute(db)
        .await?;
        Ok(())
    }

    /// Mme Martin coordinates the section; in the other school, M. Lefevre does.
    async fn coordonner(&self, db: &mut PgConnection, identifiant: &str, id: i64) -> Result<()> {
        sqlx::query(
            "update livret.suivi set coordonne = $1
              where etablissement_id = livret.ici() and enseignant_id = $2",
        )
        .bind(["martin", "lefevre"].contains(&identifiant))
        .bind(id)
        .execute(db)
        .await?;
        Ok(())
    }

    async fn etudiants(
        &self,
        db: &mut PgConnection,
        promotion: i64,
        noms: &[&str],
    ) -> Result<Vec<String>> {
        let mut identifiants = vec![];
        for (n, nom) in noms.iter().enumerate() {
            let identifiant = match *nom {
                "DIALLO Amina" => "amina".to_owned(),
                "ÉTIENNE Zoé" => "zoe".to_owned(),
                _ => format!("etudiant{promotion}-{}", n + 1),
            };
            let id = self.personne(db, None, nom, &identifiant, "etudiant").await?;
            sqlx::query(
                "insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
                 values (livret.ici(), $1, $2, $3)",
            )
            .bind(promotion)
            .bind(id)
            .bind((self.le - Duration::days(450)).date())
            .execute(&mut *db)
            .await?;
            identifiants.push(identifiant);
        }
        Ok(identifiants)
    }
}
