//! The official descriptive sheets: written by the student from what she did, read by her teachers, kept for her file.
pub mod acte;
pub mod amorce;
pub mod annexe;
pub mod annexe_pages;
pub mod copie;
pub mod difference;
pub mod docx;
pub mod impression_pages;
pub mod modele;
mod page_ecriture;
mod page_lecture;
mod page_versions;
pub mod pages;
pub mod papier;
#[cfg(test)]
mod papier_essais;
pub mod relecture;
mod saisie;
mod tableau;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::{Date, PrimitiveDateTime};

use crate::{
    app::Db,
    error::{Error, Result},
    etudiant::Etudiant,
};
pub use modele::Modele;

/// Where a sheet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Etat {
    Brouillon,
    /// A teacher read it as it is now.
    Relue,
    /// The team keeps it for the file: it is written no more.
    Retenue,
    /// Handed in with the file.
    Deposee,
}

impl Etat {
    pub const TOUS: [Self; 4] = [Self::Brouillon, Self::Relue, Self::Retenue, Self::Deposee];

    fn lire(code: &str) -> Self {
        Self::TOUS.into_iter().find(|e| e.code() == code).unwrap_or(Self::Brouillon)
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Brouillon => "brouillon",
            Self::Relue => "relue",
            Self::Retenue => "retenue",
            Self::Deposee => "deposee",
        }
    }

    pub fn intitule(self) -> &'static str {
        match self {
            Self::Brouillon => "brouillon",
            Self::Relue => "relue",
            Self::Retenue => "retenue",
            Self::Deposee => "déposée",
        }
    }

    /// It is kept for the file.
    pub fn gardee(self) -> bool {
        self >= Self::Retenue
    }
}

/// What a sheet says: of each rubric by its code, row after row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Texte {
    pub titre: String,
    /// Of the model; nothing until it is chosen.
    pub nature: Option<String>,
    /// Really lived; nothing until it is said, or where the model does not ask.
    pub vecue: Option<bool>,
    pub rubriques: BTreeMap<String, Vec<String>>,
}

impl Texte {
    /// The rows of a rubric.
    pub fn de(&self, code: &str) -> &[String] {
        self.rubriques.get(code).map_or(&[], Vec::as_slice)
    }

    pub fn remplie(&self, code: &str) -> bool {
        self.de(code).iter().any(|t| !t.trim().is_empty())
    }

    /// How many rubrics of the model say something, and how many there are.
    pub fn remplies(&self, modele: &Modele) -> (usize, usize) {
        let oui = modele.rubriques().filter(|r| self.remplie(&r.code)).count();
        (oui, modele.rubriques().count())
    }

    /// What the model asks and the sheet does not say yet, in the model's words.
    pub fn manques<'a>(&self, modele: &'a Modele) -> Vec<&'a str> {
        let mut dits = entete(modele, (&self.titre, self.nature.as_deref(), self.vecue));
        let vides = modele.rubriques().filter(|r| !self.remplie(&r.code));
        dits.extend(vides.map(|r| nu(&r.intitule)));
        dits
    }
}

/// An official label as a sentence takes it: without its colon.
fn nu(intitule: &str) -> &str {
    intitule.trim_end_matches([':', ' ', '\u{a0}'])
}

/// What the head of a sheet does not say yet.
fn entete<'a>(
    modele: &'a Modele,
    (titre, nature, vecue): (&str, Option<&str>, Option<bool>),
) -> Vec<&'a str> {
    let mut dits = vec![];
    if nature.is_none() {
        dits.push("la nature de l’activité");
    }
    if titre.is_empty() {
        dits.push("le titre");
    }
    if let (Some(v), None) = (&modele.vecue, vecue) {
        dits.push(nu(&v.intitule));
    }
    dits
}

/// A sheet, without what it says rubric by rubric.
#[derive(Debug, Clone)]
pub struct Fiche {
    pub fiche_id: i64,
    pub promotion_id: i64,
    pub etudiant_id: i64,
    pub epreuve: String,
    /// Its number among hers of the épreuve, as the model has it.
    pub numero: i32,
    pub etat: Etat,
    /// Of the last version that she recorded; nothing while there is none.
    pub rang: Option<i32>,
    pub titre: String,
    pub nature: Option<String>,
    pub vecue: Option<bool>,
    /// The printed sheet is signed: a teacher saw it.
    pub visee_le: Option<Date>,
    pub deposee_le: Option<Date>,
    /// When the last version was recorded.
    pub ecrite_le: Option<PrimitiveDateTime>,
    /// Remarks that are still to be answered.
    pub ouvertes: i64,
    /// Something is joined to it.
    pub annexe: bool,
    /// Nobody said where it stands since she recorded it.
    pub nouvelle: bool,
    /// Line of the journal that said it last.
    pub version: i64,
}

impl Fiche {
    /// « Fiche E4 n° 1 ».
    pub fn nom(&self) -> String {
        format!("Fiche {} n°\u{a0}{}", self.epreuve, self.numero)
    }

    /// « Vente flash », or what it is called while it has no title.
    pub fn intitule(&self) -> String {
        if self.titre.is_empty() { self.nom() } else { self.titre.clone() }
    }

    /// What its head does not say yet, in the model's words.
    pub fn entete_manquante<'a>(&self, modele: &'a Modele) -> Vec<&'a str> {
        entete(modele, (&self.titre, self.nature.as_deref(), self.vecue))
    }

    /// She may still write it.
    pub fn ouverte(&self) -> bool {
        !self.etat.gardee()
    }

    /// « brouillon », « relue », « retenue, visée », « déposée le 12 mars 2027 ».
    pub fn en_mots(&self) -> String {
        let mut mots = match self.deposee_le {
            Some(le) => format!("déposée le {}", crate::date::longue(&le)),
            None => self.etat.intitule().to_owned(),
        };
        if self.etat.gardee() {
            mots += if self.visee_le.is_some() { ", visée" } else { ", à viser" };
        }
        mots
    }
}

/// The sheets of these students in a promotion, by épreuve and number: one query. A draft that was never recorded is there
/// too; only its author reads what it says.
pub async fn fiches(db: &mut Db, promotion_id: i64, etudiants: &[i64]) -> Result<Vec<Fiche>> {
    lire(db, (Some(promotion_id), etudiants), None).await
}

async fn lire(
    db: &mut Db,
    (promotion_id, etudiants): (Option<i64>, &[i64]),
    seule: Option<i64>,
) -> Result<Vec<Fiche>> {
    let lignes = sqlx::query!(
        r#"select f.fiche_id, f.promotion_id, f.etudiant_id, f.epreuve, f.numero, f.etat, f.rang, f.titre, f.nature, f.vecue,
                  f.visee_le, f.deposee_le, f.version, coalesce(f.version = v.version, false) as "nouvelle!", (v.ecrite_le at time zone e.fuseau) as "ecrite_le?",
                  (select count(*) from livret.fiche_remarque r
                    where r.etablissement_id = f.etablissement_id and r.fiche_id = f.fiche_id and not r.levee) as "ouvertes!",
                  exists (select from livret.fiche_annexe a
                           where a.etablissement_id = f.etablissement_id and a.fiche_id = f.fiche_id) as "annexe!"
             from livret.fiche f
             join livret.etablissement e using (etablissement_id)
             left join livret.fiche_version v using (etablissement_id, fiche_id, rang)
            where f.etablissement_id = livret.ici() and f.etudiant_id = any ($2) and not f.retiree
              and ($1::bigint is null or f.promotion_id = $1) and ($3::bigint is null or f.fiche_id = $3)
            order by f.epreuve, f.numero, f.fiche_id"#,
        promotion_id,
        etudiants,
        seule
    )
    .fetch_all(&mut **db)
    .await?;
    let mut fiches = Vec::with_capacity(lignes.len());
    for l in lignes {
        fiches.push(Fiche {
            fiche_id: l.fiche_id,
            promotion_id: l.promotion_id,
            etudiant_id: l.etudiant_id,
            epreuve: l.epreuve,
            numero: l.numero,
            etat: Etat::lire(&l.etat),
            rang: l.rang,
            titre: l.titre,
            nature: l.nature,
            vecue: l.vecue,
            visee_le: l.visee_le,
            deposee_le: l.deposee_le,
            ecrite_le: l.ecrite_le,
            ouvertes: l.ouvertes,
            annexe: l.annexe,
            nouvelle: l.nouvelle,
            version: l.version,
        });
    }
    Ok(fiches)
}

impl Etudiant {
    /// Her sheets in the promotion where she is, by épreuve and number.
    pub async fn fiches(&self, db: &mut Db) -> Result<Vec<Fiche>> {
        lire(db, (Some(self.promotion_id()), &[self.id()]), None).await
    }

    /// One of her sheets. What is not hers does not exist.
    pub async fn fiche(&self, db: &mut Db, id: i64) -> Result<Fiche> {
        lire(db, (None, &[self.id()]), Some(id)).await?.pop().ok_or(Error::NotFound)
    }
}

/// A recorded version.
#[derive(Debug, Clone)]
pub struct Version {
    pub rang: i32,
    pub texte: Texte,
    pub ecrite_le: PrimitiveDateTime,
}

/// Every version of a sheet, first to last.
pub async fn versions(db: &mut Db, fiche_id: i64) -> Result<Vec<Version>> {
    toutes(db, &[fiche_id], None).await.map(|v| v.into_iter().map(|(_, v)| v).collect())
}

/// The last version of each of these sheets: one query.
pub async fn dernieres(db: &mut Db, fiches: &[&Fiche]) -> Result<BTreeMap<i64, Texte>> {
    let (ids, rangs): (Vec<i64>, Vec<i32>) =
        fiches.iter().filter_map(|f| Some((f.fiche_id, f.rang?))).unzip();
    let toutes = toutes(db, &ids, Some(&rangs)).await?;
    Ok(toutes.into_iter().map(|(id, v)| (id, v.texte)).collect())
}

async fn toutes(db: &mut Db, fiches: &[i64], rangs: Option<&[i32]>) -> Result<Vec<(i64, Version)>> {
    let lignes = sqlx::query!(
        r#"select v.fiche_id, v.rang, v.titre, v.nature, v.vecue, v.contenu as "contenu: Json<BTreeMap<String, Vec<String>>>",
                  (v.ecrite_le at time zone e.fuseau) as "ecrite_le!"
             from unnest($1::bigint[], $2::int[]) d (fiche_id, rang)
             join livret.fiche_version v on v.fiche_id = d.fiche_id and (d.rang is null or v.rang = d.rang)
             join livret.etablissement e using (etablissement_id)
            where v.etablissement_id = livret.ici()
            order by v.fiche_id, v.rang"#,
        fiches,
        rangs.unwrap_or_default()
    )
    .fetch_all(&mut **db)
    .await?;
    let version = |l: (i32, String, Option<String>, Option<bool>, _, PrimitiveDateTime)| {
        let (rang, titre, nature, vecue, Json(rubriques), ecrite_le) = l;
        Version { rang, texte: Texte { titre, nature, vecue, rubriques }, ecrite_le }
    };
    let lue = |l: (i64, _)| (l.0, version(l.1));
    Ok(lignes
        .into_iter()
        .map(|l| lue((l.fiche_id, (l.rang, l.titre, l.nature, l.vecue, l.contenu, l.ecrite_le))))
        .collect())
}

/// What a teacher said of a rubric.
#[derive(Debug, Clone)]
pub struct Remarque {
    pub remarque_id: i64,
    /// Code of the rubric; empty: of the whole sheet.
    pub rubrique: String,
    pub texte: String,
    /// Of the version that was read.
    pub rang: i32,
    pub par_id: i64,
    pub par: String,
    pub le: PrimitiveDateTime,
    pub levee: bool,
    pub version: i64,
}

/// What was said of a sheet, first to last.
pub async fn remarques(db: &mut Db, fiche_id: i64) -> Result<Vec<Remarque>> {
    Ok(sqlx::query_as!(
        Remarque,
        r#"select r.remarque_id, r.rubrique, r.texte, r.rang, r.par as par_id,
                  concat_ws(' ', q.civilite, q.nom) as "par!", (r.le at time zone e.fuseau) as "le!", r.levee, r.version
             from livret.fiche_remarque r
             join livret.etablissement e using (etablissement_id)
             left join livret.personne q on q.etablissement_id = r.etablissement_id and q.personne_id = r.par
            where r.etablissement_id = livret.ici() and r.fiche_id = $1
            order by r.remarque_id"#,
        fiche_id
    )
    .fetch_all(&mut **db)
    .await?)
}
