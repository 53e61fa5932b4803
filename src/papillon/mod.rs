//! Papillons: the access of each on a slip of paper, with a code that serves once. Made for a promotion, made again face
//! to face for one person, and taken back for a whole school.
pub mod ecole;
pub mod pages;
mod papier;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    app::{App, Db, InTheNameOf},
    compte::{self, Gestionnaire},
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// How long a code opens an account: of a student, of anybody else.
const ETUDIANT: Duration = Duration::days(30);
const EQUIPE: Duration = Duration::hours(72);

/// The account of somebody, as whoever gives accesses sees it.
#[expect(clippy::struct_excessive_bools, reason = "a row, as the database says it")]
#[derive(Debug, Clone)]
pub struct Acces {
    pub personne_id: i64,
    pub civilite: Option<String>,
    pub nom: String,
    pub prenom: String,
    /// A student and nothing else.
    pub etudiant: bool,
    /// Where she is today: what papillons are sorted by.
    pub promotions: Option<String>,
    pub identifiant: String,
    pub ferme: bool,
    pub secret: bool,
    pub code_jusqu_au: Option<OffsetDateTime>,
    pub connecte_le: Option<OffsetDateTime>,
    pub facteurs: i64,
    pub reinitialise: bool,
    pub renouvelable: bool,
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etat {
    Ferme,
    /// A code waits, until then.
    Attente(OffsetDateTime),
    /// A code waited too long.
    Perime,
    Connecte(OffsetDateTime),
    /// A password was chosen, and no session remembered.
    Choisi,
    Jamais,
    /// Her access was taken back; she has no code yet.
    Reinitialise,
}

impl Acces {
    /// « Mme MARTIN Hélène », « ÉTIENNE Zoé ».
    pub fn liste(&self) -> String {
        let civilite = self.civilite.as_deref().map(|c| format!("{c}\u{a0}")).unwrap_or_default();
        format!("{civilite}{} {}", self.nom, self.prenom)
    }

    pub fn etat(&self, le: OffsetDateTime) -> Etat {
        match (self.code_jusqu_au, self.connecte_le) {
            _ if self.ferme => Etat::Ferme,
            (Some(fin), _) if le < fin => Etat::Attente(fin),
            (Some(_), _) => Etat::Perime,
            _ if self.reinitialise && !self.secret => Etat::Reinitialise,
            (None, Some(le)) => Etat::Connecte(le),
            (None, None) if self.secret => Etat::Choisi,
            (None, None) => Etat::Jamais,
        }
    }

    /// Proposed for a papillon: nothing opens her account, and no code waits.
    pub fn a_faire(&self, le: OffsetDateTime) -> bool {
        self.renouvelable
            && matches!(self.etat(le), Etat::Jamais | Etat::Perime | Etat::Reinitialise)
    }

    fn duree(&self) -> Duration {
        if self.etudiant { ETUDIANT } else { EQUIPE }
    }
}

/// The accounts of a promotion, of one person, or of those who are in none.
async fn lire(
    db: &mut Db,
    le: OffsetDateTime,
    promotion: Option<i64>,
    seul: Option<i64>,
) -> Result<Vec<Acces>> {
    Ok(sqlx::query_as!(
        Acces,
        r#"select personne_id as "personne_id!", civilite, nom as "nom!", prenom as "prenom!", etudiant as "etudiant!",
                  promotions, identifiant as "identifiant!", ferme as "ferme!", secret as "secret!", code_jusqu_au,
                  connecte_le, facteurs as "facteurs!", reinitialise as "reinitialise!", renouvelable as "renouvelable!"
             from acces.acces_de($1, $2, $3)"#,
        promotion,
        seul,
        le
    )
    .fetch_all(&mut **db)
    .await?)
}

/// A promotion whose accesses somebody sees.
#[derive(Debug, Clone)]
pub struct Ouverte {
    pub promotion_id: i64,
    pub nom: String,
    /// All of them are hers to give; otherwise those of the students that she follows.
    pub geree: bool,
}

impl Gestionnaire {
    /// Of the school, coordinated, or followed; any other does not exist.
    pub async fn promotion_a_ouvrir(&self, db: &mut Db, id: i64) -> Result<Ouverte> {
        if let Some(p) =
            self.promotions_gerees(db).await?.into_iter().find(|p| p.promotion_id == id)
        {
            return Ok(Ouverte { promotion_id: id, nom: p.nom, geree: true });
        }
        let Self::Enseignant(enseignant) = self else { return Err(Error::NotFound) };
        let p = enseignant.promotion(db, id).await?;
        Ok(Ouverte { promotion_id: id, nom: p.nom, geree: false })
    }

    /// The accounts of a promotion: students, then teachers.
    pub async fn acces(&self, db: &mut Db, promotion: &Ouverte) -> Result<Vec<Acces>> {
        let le = db.le;
        lire(db, le, Some(promotion.promotion_id), None).await
    }

    /// The account of one person, when her access is mine to make again; any other does not exist.
    pub async fn acces_de(&self, db: &mut Db, personne: i64) -> Result<Acces> {
        let le = db.le;
        let seul = lire(db, le, None, Some(personne)).await?.pop();
        seul.filter(|a| a.renouvelable).ok_or(Error::NotFound)
    }

    /// Each of these gets a new code: her sessions end, her password and her old code serve no more. All, or none.
    ///
    /// # Errors
    /// One of them is not mine to renew; or this very form was sent before: its codes are on paper, and nowhere else.
    async fn renouveler(&self, db: &mut Db, lot: &Lot, cle: Uuid) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        if plume.deja(db, cle).await?.is_some() {
            return Err(Error::Refused(
                "Ces papillons viennent d’être faits\u{a0}: ils sont dans le PDF déjà reçu. Rouvrez la page pour en faire d’autres.".into(),
            ));
        }
        let personnes: Vec<i64> = lot.neufs.iter().map(|n| n.acces.personne_id).collect();
        let acte = Acte {
            genre: "renouveler_acces",
            cle,
            contenu: serde_json::json!({
                "personnes": personnes.iter().map(i64::to_string).collect::<Vec<_>>(),
                "sans_facteur": lot.sans_facteur,
            }),
            ..Acte::default()
        };
        plume.ecrire(db, acte).await?;
        let codes: Vec<Vec<u8>> = lot.neufs.iter().map(|n| n.empreinte.to_vec()).collect();
        let fins: Vec<OffsetDateTime> = lot.neufs.iter().map(|n| n.fin).collect();
        let le = db.le;
        sqlx::query!(
            "select acces.renouveler($1, $2, $3, $4, $5)",
            &personnes,
            &codes,
            &fins,
            lot.sans_facteur,
            le
        )
        .execute(&mut **db)
        .await
        .map_err(|e| match &e {
            sqlx::Error::Database(d) if d.code().as_deref() == Some("LV029") => Error::NotFound,
            _ => e.into(),
        })?;
        Ok(())
    }
}

/// A code that is not written yet.
struct Neuf {
    acces: Acces,
    code: String,
    empreinte: [u8; 32],
    fin: OffsetDateTime,
}

/// Papillons to make together.
struct Lot {
    neufs: Vec<Neuf>,
    /// Second factors are taken away too.
    sans_facteur: bool,
}

impl Lot {
    fn new(app: &App, mut gens: Vec<Acces>, sans_facteur: bool) -> Self {
        let le = app.clock.now();
        // By class; inside, the order of the list that they came in, which is French.
        gens.sort_by(|a, b| (!a.etudiant, &a.promotions).cmp(&(!b.etudiant, &b.promotions)));
        let neufs = gens.into_iter().map(|acces| {
            let (code, empreinte) = compte::code_neuf(app);
            Neuf { fin: le + acces.duree(), acces, code, empreinte }
        });
        Self { neufs: neufs.collect(), sans_facteur }
    }
}

/// The document is made before the codes are written: when it cannot be, nothing changed.
async fn faire(
    app: &App,
    qui: &Gestionnaire,
    origine: String,
    lot: Lot,
    cle: Uuid,
) -> Result<Vec<u8>> {
    let document = papier::document(qui.compte(), &origine, &lot)?;
    let pdf = crate::impression::make(app, document, papier::pdf).await?;
    let mut db = app.begin(qui).await?;
    qui.renouveler(&mut db, &lot, cle).await?;
    db.commit().await?;
    Ok(pdf)
}

/// One's own access is made again by somebody else.
fn pas_soi(qui: &Gestionnaire, personne: i64) -> Result<()> {
    if qui.personne_id() == personne {
        return Err(Error::Refused(
            "Votre propre accès se change dans «\u{a0}Mon compte\u{a0}». Si vous l’avez perdu, demandez un papillon à quelqu’un d’autre.".into(),
        ));
    }
    Ok(())
}

/// A form whose key was used for another act.
fn cle_bonne(cle: Uuid) -> Result<()> {
    if cle.is_nil() { Err(journal::cle_reprise()) } else { Ok(()) }
}
