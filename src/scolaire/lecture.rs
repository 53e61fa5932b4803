//! All that a promotion's livret scolaire holds, read at once.
use std::collections::BTreeMap;

use sqlx::types::Json;
use time::{Date, PrimitiveDateTime};

use super::{Bulletin, Candidat, Conseil, Decoupage, Modele, Rubrique, Session, Valeur};
use crate::{app::Db, date, error::Result, etudiant::Etudiant, promotion::Promotion, referentiel};

/// What a rubrique says of a student, who said it last and when.
#[derive(Debug, Clone)]
pub struct Ligne {
    pub valeur: Valeur,
    /// Line of the journal that said it.
    pub version: i64,
    pub par: String,
    pub le: PrimitiveDateTime,
}

impl Ligne {
    /// « Mme Martin, le 3 novembre 2026 à 14:05 ».
    pub fn signature(&self) -> String {
        format!("{}, le {}", self.par, date::instant(&self.le))
    }

    /// « Mme Martin, 03/11/2026 à 14:05 ».
    pub fn signature_courte(&self) -> String {
        format!("{}, {}", self.par, date::instant_court(&self.le))
    }
}

/// The livret scolaire of a promotion.
#[derive(Debug, Clone)]
pub struct Scolaire {
    pub modele: &'static Modele,
    /// Year of the exam: the second year's.
    pub session: i32,
    pub decoupage: Decoupage,
    /// Past ones, the latest first.
    pub sessions: Vec<Session>,
    /// Since when it is closed, and by whom.
    pub arrete: Option<String>,
    /// Of the settings: 0 while nobody chose.
    pub version: i64,
    pub etudiants: Vec<Etudiant>,
    lignes: BTreeMap<(Rubrique, i64), Ligne>,
}

impl Scolaire {
    pub fn ligne(&self, rubrique: &Rubrique, etudiant_id: i64) -> Option<&Ligne> {
        self.lignes.get(&(rubrique.clone(), etudiant_id))
    }

    /// What it says of her; nothing is something that can be read too.
    pub fn valeur(&self, rubrique: &Rubrique, etudiant_id: i64) -> Valeur {
        self.ligne(rubrique, etudiant_id).map_or_else(|| rubrique.vide(), |l| l.valeur.clone())
    }

    /// The line that said it last: 0 when nobody did.
    pub fn lue(&self, rubrique: &Rubrique, etudiant_id: i64) -> i64 {
        self.ligne(rubrique, etudiant_id).map_or(0, |l| l.version)
    }

    pub fn bulletin(&self, enseignement: &str, etudiant_id: i64) -> Bulletin {
        match self.valeur(&Rubrique::Enseignement(enseignement.to_owned()), etudiant_id) {
            Valeur::Bulletin(b) => b,
            _ => Bulletin::default(),
        }
    }

    pub fn conseil(&self, etudiant_id: i64) -> Conseil {
        match self.valeur(&Rubrique::Conseil, etudiant_id) {
            Valeur::Conseil(c) => c,
            _ => Conseil::default(),
        }
    }

    pub fn candidat(&self, etudiant_id: i64) -> Candidat {
        match self.valeur(&Rubrique::Candidat, etudiant_id) {
            Valeur::Candidat(c) => c,
            _ => Candidat::default(),
        }
    }

    /// The parts that are filled, in the order of the official sheet.
    pub fn rubriques(&self) -> Vec<Rubrique> {
        let enseignements = self.modele.enseignements.iter();
        let mut toutes: Vec<Rubrique> =
            enseignements.map(|e| Rubrique::Enseignement(e.code.clone())).collect();
        toutes.extend([Rubrique::Conseil, Rubrique::Candidat]);
        toutes
    }

    /// What was said last of a rubrique, of those who are in the promotion.
    pub fn derniere(&self, rubrique: &Rubrique) -> Option<&Ligne> {
        let toutes = self.etudiants.iter().filter_map(|e| self.ligne(rubrique, e.id()));
        toutes.max_by_key(|l| l.version)
    }
}

/// The livret scolaire of a promotion that one may see, for those who are in it that day: nothing where no official model is
/// known for its session. Teachers and juries may read it; a student's transaction is refused.
pub async fn lire(db: &mut Db, promotion: &Promotion, jour: Date) -> Result<Option<Scolaire>> {
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let Some(modele) = Modele::de(&edition.code, promotion.annee_examen) else { return Ok(None) };
    let reglage = sqlx::query!(
        r#"select s.decoupage, s.sessions as "sessions: Json<Vec<Session>>", s.version,
                  (s.arrete_le at time zone e.fuseau) as arrete_le,
                  concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!"
             from certification.scolaire s
             join livret.etablissement e using (etablissement_id)
             left join livret.personne p on p.etablissement_id = s.etablissement_id and p.personne_id = s.arrete_par
            where s.etablissement_id = livret.ici() and s.promotion_id = $1"#,
        promotion.promotion_id
    )
    .fetch_optional(&mut **db)
    .await?;
    let etudiants = promotion.etudiants(db, jour).await?;
    let mut lignes = bulletins(db, promotion.promotion_id).await?;
    lignes.extend(conseils(db, promotion.promotion_id).await?);
    lignes.extend(candidats(db, promotion.promotion_id).await?);
    let mut scolaire = Scolaire {
        modele,
        session: promotion.annee_examen,
        decoupage: Decoupage::Semestre,
        sessions: vec![],
        arrete: None,
        version: 0,
        etudiants,
        lignes: lignes.into_iter().collect(),
    };
    if let Some(r) = reglage {
        scolaire.decoupage = Decoupage::nomme(&r.decoupage).unwrap_or(Decoupage::Semestre);
        scolaire.sessions = r.sessions.0;
        scolaire.sessions.sort_by_key(|s| -s.annee);
        scolaire.arrete = r.arrete_le.map(|le| format!("{} par {}", date::instant(&le), r.par));
        scolaire.version = r.version;
    }
    Ok(Some(scolaire))
}

type Lignes = Vec<((Rubrique, i64), Ligne)>;

async fn bulletins(db: &mut Db, promotion_id: i64) -> Result<Lignes> {
    let lues = sqlx::query!(
        r#"select b.etudiant_id, b.enseignement, b.moyennes as "moyennes: Vec<Option<i32>>", b.appreciation, b.version,
                  (v.le at time zone e.fuseau) as "le!",
                  concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!"
             from certification.scolaire_bulletin b
             join livret.etablissement e using (etablissement_id)
             join livret.evenement v on (v.etablissement_id, v.seq) = (b.etablissement_id, b.version)
             join livret.personne p on (p.etablissement_id, p.personne_id) = (v.etablissement_id, v.acteur_id)
            where b.etablissement_id = livret.ici() and b.promotion_id = $1"#,
        promotion_id
    )
    .fetch_all(&mut **db)
    .await?;
    let ligne = |l: &[Option<i32>]| <[Option<i32>; 6]>::try_from(l).unwrap_or_default();
    Ok(lues
        .into_iter()
        .map(|l| {
            let (moyennes, appreciation) = (ligne(&l.moyennes), l.appreciation);
            let valeur = Valeur::Bulletin(Bulletin { moyennes, appreciation });
            let cle = (Rubrique::Enseignement(l.enseignement), l.etudiant_id);
            (cle, Ligne { valeur, version: l.version, par: l.par, le: l.le })
        })
        .collect())
}

async fn conseils(db: &mut Db, promotion_id: i64) -> Result<Lignes> {
    let lus = sqlx::query!(
        r#"select c.etudiant_id, c.avis, c.observations, c.pix, c.version, (v.le at time zone e.fuseau) as "le!",
                  concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!"
             from certification.scolaire_conseil c
             join livret.etablissement e using (etablissement_id)
             join livret.evenement v on (v.etablissement_id, v.seq) = (c.etablissement_id, c.version)
             join livret.personne p on (p.etablissement_id, p.personne_id) = (v.etablissement_id, v.acteur_id)
            where c.etablissement_id = livret.ici() and c.promotion_id = $1"#,
        promotion_id
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lus
        .into_iter()
        .map(|l| {
            let conseil = Conseil { avis: l.avis, observations: l.observations, pix: l.pix };
            let valeur = Valeur::Conseil(conseil);
            let ligne = Ligne { valeur, version: l.version, par: l.par, le: l.le };
            ((Rubrique::Conseil, l.etudiant_id), ligne)
        })
        .collect())
}

async fn candidats(db: &mut Db, promotion_id: i64) -> Result<Lignes> {
    let lus = sqlx::query!(
        r#"select c.etudiant_id, c.naissance, c.lieu, c.ine, c.langue, c.version, (v.le at time zone e.fuseau) as "le!",
                  concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!"
             from certification.scolaire_candidat c
             join livret.etablissement e using (etablissement_id)
             join livret.evenement v on (v.etablissement_id, v.seq) = (c.etablissement_id, c.version)
             join livret.personne p on (p.etablissement_id, p.personne_id) = (v.etablissement_id, v.acteur_id)
            where c.etablissement_id = livret.ici() and c.promotion_id = $1"#,
        promotion_id
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lus
        .into_iter()
        .map(|l| {
            let (naissance, lieu, ine, langue) = (l.naissance, l.lieu, l.ine, l.langue);
            let valeur = Valeur::Candidat(Candidat { naissance, lieu, ine, langue });
            let ligne = Ligne { valeur, version: l.version, par: l.par, le: l.le };
            ((Rubrique::Candidat, l.etudiant_id), ligne)
        })
        .collect())
}

/// What these lines of the journal said of a student, as it is kept there.
pub async fn dites(db: &mut Db, versions: &[i64]) -> Result<BTreeMap<i64, serde_json::Value>> {
    let lues = sqlx::query!(
        r#"select seq, contenu -> 'valeur' as "valeur: serde_json::Value" from livret.evenement
            where etablissement_id = livret.ici() and seq = any ($1)
              and genre in ('remplir_livret_scolaire', 'rendre_avis_du_conseil', 'renseigner_candidat')"#,
        versions
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lues.into_iter().filter_map(|l| Some((l.seq, l.valeur?))).collect())
}
