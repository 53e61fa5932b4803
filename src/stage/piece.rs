//! The paper that proves a period, or all that a candidate did, signed: deposited by her or by a teacher, checked by a
//! teacher. Each deposit stays, the last one counts.
use std::collections::BTreeMap;

use time::PrimitiveDateTime;
use uuid::Uuid;

use super::Periode;
use crate::{
    app::{Db, InTheNameOf},
    compte::{Deposant, Enseignant},
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    preuve::fichier::{self, Fichier},
    sas::genre::Genre,
};

/// Where a paper stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etat {
    /// Nobody has looked at it yet.
    Deposee,
    NonSignee,
    ARefaire,
    Controlee,
}

impl Etat {
    fn lire(code: &str) -> Self {
        match code {
            "non_signee" => Self::NonSignee,
            "a_refaire" => Self::ARefaire,
            "controlee" => Self::Controlee,
            _ => Self::Deposee,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Deposee => "deposee",
            Self::NonSignee => "non_signee",
            Self::ARefaire => "a_refaire",
            Self::Controlee => "controlee",
        }
    }

    pub fn intitule(self) -> &'static str {
        match self {
            Self::Deposee => "déposée, à contrôler",
            Self::NonSignee => "non signée",
            Self::ARefaire => "à refaire",
            Self::Controlee => "contrôlée",
        }
    }
}

/// What a paper is called in a sentence: of a period, or of none, the candidate's own. Both words are feminine.
pub fn mot(periode: Option<&Periode>) -> &'static str {
    if periode.is_some() { "attestation" } else { "pièce" }
}

/// The same, with its article.
pub fn la(periode: Option<&Periode>) -> &'static str {
    if periode.is_some() { "l’attestation" } else { "la pièce" }
}

/// Where a paper stands, deposited or not; once the period is over, it is awaited.
pub fn en_mots(etat: Option<Etat>, finie: bool) -> &'static str {
    match (etat, finie) {
        (Some(etat), _) => etat.intitule(),
        (None, true) => "à déposer",
        (None, false) => "à faire signer à la fin",
    }
}

/// A deposit.
#[derive(Debug, Clone)]
pub struct Piece {
    pub piece_id: i64,
    /// Its place among the deposits of the same paper, from 1.
    pub rang: i32,
    pub fichier: Fichier,
    pub deposee_le: PrimitiveDateTime,
    /// As she is called.
    pub par: String,
    pub etat: Etat,
    pub remarque: String,
    pub controlee_le: Option<PrimitiveDateTime>,
    pub controlee_par: Option<String>,
    pub version: i64,
}

impl Piece {
    /// « contrôlée par Mme MARTIN ».
    pub fn en_mots(&self) -> String {
        match &self.controlee_par {
            Some(par) => format!("{} par {par}", self.etat.intitule()),
            None => self.etat.intitule().to_owned(),
        }
    }
}

/// The deposits of a student for a period, or for none: the candidate's own. First to last.
pub async fn pieces(
    db: &mut Db,
    etudiant: &Etudiant,
    periode: Option<&Periode>,
) -> Result<Vec<Piece>> {
    let lignes = sqlx::query!(
        r#"select a.piece_id, a.fichier_id, a.deposee_le at time zone e.fuseau as "deposee_le!", a.etat, a.remarque,
                  a.controlee_le at time zone e.fuseau as controlee_le, a.version,
                  concat_ws(' ', coalesce(q.civilite, q.prenom), q.nom) as "par!",
                  case when c.personne_id is not null then concat_ws(' ', c.civilite, c.nom) end as controlee_par
             from livret.piece a
             join livret.etablissement e using (etablissement_id)
             left join livret.personne q on q.etablissement_id = a.etablissement_id and q.personne_id = a.par
             left join livret.personne c on c.etablissement_id = a.etablissement_id and c.personne_id = a.controlee_par
            where a.etablissement_id = livret.ici() and a.promotion_id = $1 and a.etudiant_id = $2
              and a.periode_id is not distinct from $3
            order by a.piece_id"#,
        etudiant.promotion_id(),
        etudiant.id(),
        periode.map(|p| p.periode_id)
    )
    .fetch_all(&mut **db)
    .await?;
    let ids: Vec<i64> = lignes.iter().map(|l| l.fichier_id).collect();
    let fichiers = fichier::par_numeros(db, &ids).await?;
    let mut pieces = Vec::with_capacity(lignes.len());
    for (l, rang) in lignes.into_iter().zip(1..) {
        let fichier = fichiers.iter().find(|f| f.fichier_id == l.fichier_id).cloned();
        pieces.push(Piece {
            piece_id: l.piece_id,
            rang,
            fichier: fichier.ok_or(Error::NotFound)?,
            deposee_le: l.deposee_le,
            par: l.par,
            etat: Etat::lire(&l.etat),
            remarque: l.remarque,
            controlee_le: l.controlee_le,
            controlee_par: l.controlee_par,
            version: l.version,
        });
    }
    Ok(pieces)
}

/// The last deposits of these students of a promotion, for each of their periods (and for none: the candidate's own). One
/// query.
pub async fn etats(
    db: &mut Db,
    promotion_id: i64,
    etudiants: &[i64],
) -> Result<BTreeMap<(i64, Option<i64>), Etat>> {
    let lignes = sqlx::query!(
        "select distinct on (etudiant_id, periode_id) etudiant_id, periode_id, etat from livret.piece
          where etablissement_id = livret.ici() and promotion_id = $1 and etudiant_id = any ($2)
          order by etudiant_id, periode_id, piece_id desc",
        promotion_id,
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.iter().map(|l| ((l.etudiant_id, l.periode_id), Etat::lire(&l.etat))).collect())
}

/// Why this file cannot be a signed paper.
pub fn refus(fichier: &Fichier, periode: Option<&Periode>) -> Option<String> {
    let lisible = [Genre::Pdf, Genre::Jpg, Genre::Png, Genre::Webp, Genre::Heic];
    (!lisible.contains(&fichier.genre())).then(|| {
        format!(
            "«\u{a0}{}\u{a0}» n’est ni un PDF ni une photo. Déposez {} signée, numérisée ou photographiée.",
            fichier.nom,
            la(periode)
        )
    })
}

impl Deposant {
    /// Deposits the signed paper of a period, or the candidate's own.
    ///
    /// # Errors
    /// The file is not mine, or serves already.
    pub async fn deposer_piece(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, Option<&Periode>),
        fichier_id: i64,
        cle: Uuid,
    ) -> Result<()> {
        let numero = periode.map(|p| p.periode_id.to_string());
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "deposer_piece"
                && deja.etudiant_id == Some(etudiant.id())
                && deja.contenu["periode"].as_str() == numero.as_deref();
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let fichiers = fichier::siens(db, &[fichier_id]).await?;
        let fichier = fichiers.first().ok_or(Error::NotFound)?;
        let contenu = serde_json::json!({
            "periode": numero, "nom": fichier.nom, "empreinte": fichier.empreinte(),
        });
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "deposer_piece", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.piece (etablissement_id, promotion_id, etudiant_id, periode_id, fichier_id, deposee_le, par, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7)",
            etudiant.promotion_id(),
            etudiant.id(),
            periode.map(|p| p.periode_id),
            fichier_id,
            le,
            self.personne_id(),
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

impl Enseignant {
    /// Says what I saw of the last paper of a period, or of the candidate's own.
    ///
    /// # Errors
    /// Another one came since, or a colleague checked it since `version` was read.
    pub async fn controler_piece(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, Option<&Periode>),
        (piece_id, etat, remarque): (i64, Etat, &str),
        (version, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "periode": periode.map(|p| p.periode_id.to_string()), "piece": piece_id.to_string(), "etat": etat.code(),
            "remarque": remarque,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("controler_piece", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let pieces = pieces(db, etudiant, periode).await?;
        let derniere = pieces.last().ok_or(Error::NotFound)?;
        if derniere.piece_id != piece_id {
            return Err(Error::Conflict(format!(
                "Une autre {} vient d’être déposée. Ouvrez-la, puis contrôlez-la.",
                mot(periode)
            )));
        }
        if derniere.version != version {
            return Err(Error::Conflict(format!(
                "Cette {} vient d’être contrôlée\u{a0}: {}. Relisez, puis enregistrez de nouveau pour mettre votre avis.",
                mot(periode),
                derniere.en_mots()
            )));
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "controler_piece", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "update livret.piece set etat = $2, remarque = $3, controlee_le = $4, controlee_par = $5, version = $6
              where etablissement_id = livret.ici() and piece_id = $1",
            piece_id,
            etat.code(),
            remarque,
            le,
            self.personne_id(),
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
