//! The files of candidates: of their preuves, their papers and their sheets, with who deposited each and when.
use crate::{app::Db, error::Result, jury::paquet::nom, sas::genre::Genre};

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origine {
    Preuve,
    Attestation,
    Annexe,
}

impl Origine {
    fn lire(code: &str) -> Self {
        match code {
            "attestation" => Self::Attestation,
            "annexe" => Self::Annexe,
            _ => Self::Preuve,
        }
    }

    fn dossier(self) -> &'static str {
        match self {
            Self::Preuve => "preuves",
            Self::Attestation => "pieces",
            Self::Annexe => "fiches",
        }
    }
}

/// A file of a candidate.
#[derive(Debug, Clone)]
pub struct Piece {
    pub etudiant_id: i64,
    pub origine: Origine,
    /// What it belongs to: « Vente flash, 20/11/2026 ».
    pub titre: String,
    pub nom: String,
    pub genre: Genre,
    pub taille: u64,
    pub pages: usize,
    pub empreinte: Vec<u8>,
    pub par: String,
    /// « 03/11/2026 à 14:05 ».
    pub depose_le: String,
    /// Where it is in the folder of the candidate: plain letters, the same each time.
    pub chemin: String,
}

/// Those of these candidates: of papers and sheets, the last deposit alone.
pub(super) async fn pieces(db: &mut Db, promotion_id: i64, ids: &[i64]) -> Result<Vec<Piece>> {
    let lignes = sqlx::query_file!("src/jury/liasse/fichiers.sql", promotion_id, ids)
        .fetch_all(&mut **db)
        .await?;
    Ok(lignes
        .into_iter()
        .map(|l| {
            let origine = Origine::lire(&l.origine);
            let genre = Genre::lire(&l.genre).unwrap_or(Genre::Txt);
            let dossier = format!("{}/{:03}-{}", origine.dossier(), l.rang, nom::sur(&l.titre, 40));
            Piece {
                etudiant_id: l.etudiant_id,
                chemin: format!("{dossier}/{}", nom::fichier(&l.nom, genre.code())),
                origine,
                titre: l.titre,
                nom: l.nom,
                genre,
                taille: u64::try_from(l.taille).unwrap_or_default(),
                pages: l.pages.and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
                empreinte: l.empreinte,
                par: l.par,
                depose_le: crate::date::instant_court(&l.depose_le),
            }
        })
        .collect())
}
