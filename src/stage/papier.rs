//! A signed paper: what it is of, and what a page shows of it, its deposits and the forms to deposit and check it.
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::{
    Periode,
    candidat::{self, Candidat},
    miens,
    page_periode::{Dit, Lieu, Show},
    piece::{self, Etat, Piece, pieces},
    piece_pages::Controle,
};
use crate::{
    app::{App, Db},
    compte::Deposant,
    error::Result,
    etudiant::Etudiant,
    form::FormErrors,
};

/// Whose paper (nobody said: mine), and of which period (of none: the candidate's own).
pub(super) type Laquelle = (Option<i64>, Option<i64>);

/// What a paper is of, and who reads it.
pub(super) enum Ou {
    Periode(Box<Lieu>),
    Candidat(Candidat),
}

impl Ou {
    pub async fn trouver(db: &mut Db, qui: &Deposant, (id, periode): Laquelle) -> Result<Self> {
        Ok(match periode {
            Some(p) => Self::Periode(Box::new(Lieu::trouver(db, qui.clone(), id, p).await?)),
            None => Self::Candidat(Candidat::trouver(db, qui.clone(), id).await?),
        })
    }

    pub fn quoi(&self) -> (&Etudiant, Option<&Periode>) {
        match self {
            Self::Periode(lieu) => (&lieu.etudiant, Some(&lieu.periode)),
            Self::Candidat(candidat) => (&candidat.etudiant, None),
        }
    }

    /// A paper is wanted here.
    pub fn demandee(&self) -> Result<()> {
        match self {
            Self::Periode(_) => Ok(()),
            Self::Candidat(candidat) => candidat.demandee(),
        }
    }

    pub fn retour(&self) -> Response {
        let vers = match self {
            Self::Periode(lieu) => format!("{}#attestation", lieu.base),
            Self::Candidat(candidat) => candidat.retour(),
        };
        Redirect::to(&vers).into_response()
    }

    /// The page where it is, with what was said and why nothing was written.
    pub async fn page(
        self,
        app: &App,
        db: &mut Db,
        (controle, erreurs): (Option<Controle>, FormErrors),
    ) -> Result<Response> {
        Ok(match self {
            Self::Periode(lieu) => {
                let dit = Dit { controle, erreurs, ..Dit::default() };
                Show::ouvrir(app, db, *lieu, dit).await?.into_response()
            }
            Self::Candidat(Candidat { qui: Deposant::Etudiant(moi), .. }) => {
                miens::Index::ouvrir(app, db, &moi, erreurs).await?.into_response()
            }
            Self::Candidat(candidat) => {
                let dit = (controle, erreurs);
                candidat::Show::ouvrir(app, db, candidat, dit).await?.into_response()
            }
        })
    }
}

pub(super) struct Papier {
    /// « l’attestation », « la pièce ».
    pub la: &'static str,
    pub moi: bool,
    /// One is wanted: there is a form to deposit it.
    pub voulu: bool,
    /// Where a file is sent, and under which each is read back.
    pub depots: String,
    /// Where a teacher says what she saw.
    pub controles: String,
    /// Where the official model is printed.
    pub modele: Option<String>,
    /// « du 4 janvier 2027 au 29 janvier 2027 », for a period.
    pub dates: Option<String>,
    /// Last deposit first.
    pub pieces: Vec<Piece>,
    pub controle: Controle,
    pub cle: Uuid,
}

impl Papier {
    /// Of a period whose pages are at this address, or of the candidate.
    pub async fn lire(
        db: &mut Db,
        qui: &Deposant,
        (etudiant, periode): (&Etudiant, Option<&Periode>),
        base: &str,
        (controle, cle): (Option<Controle>, Uuid),
    ) -> Result<Self> {
        let mut pieces = pieces(db, etudiant, periode).await?;
        pieces.reverse();
        let (piece, version) = pieces.first().map_or((0, 0), |p| (p.piece_id, p.version));
        let depots = if periode.is_some() { format!("{base}/pieces") } else { base.to_owned() };
        Ok(Self {
            la: piece::la(periode),
            moi: matches!(qui, Deposant::Etudiant(_)),
            voulu: true,
            depots,
            controles: format!("{base}/controle"),
            modele: None,
            dates: periode.map(Periode::dates),
            pieces,
            controle: Controle { piece, version, ..controle.unwrap_or_default() },
            cle,
        })
    }

    pub fn controlee(&self) -> bool {
        self.pieces.first().is_some_and(|p| p.etat == Etat::Controlee)
    }

    /// It was refused, or nobody deposited it.
    pub fn attendue(&self) -> bool {
        !self.pieces.first().is_some_and(|p| matches!(p.etat, Etat::Deposee | Etat::Controlee))
    }
}
