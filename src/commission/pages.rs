//! The commissions: mine, and those of a promotion with what is left to do.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use super::{
    Commission, Deliberation, Evaluation, Siege, Unite, communication, evaluations, modele,
    page_candidat, page_commission, page_communication, page_evaluation, page_passage,
};
use crate::{
    app::{App, Db},
    compte::{Enseignant, Examinateur},
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{self, Examen},
    form::Path,
    page::Cadre,
    promotion::Promotion,
    referentiel,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/commissions", get(mine))
        .route("/promotions/{id}/commissions", get(index))
        .merge(page_commission::routes())
        .merge(page_passage::routes())
        .merge(page_candidat::routes())
        .merge(page_evaluation::routes())
        .merge(page_communication::routes())
}

/// A commission where one sits, with the official papers of its épreuve.
pub(super) struct Lieu {
    pub siege: Siege,
    pub examen: Examen,
    pub grille: Option<&'static modele::Grille>,
    pub evaluation: Option<&'static modele::Evaluation>,
    pub deliberation: Deliberation,
}

impl Lieu {
    pub async fn trouver(db: &mut Db, qui: &Examinateur, id: i64) -> Result<Self> {
        let siege = qui.siege(db, id).await?;
        let c = &siege.commission;
        let examen = examen_de(db, c.promotion_id, c.edition_id).await?;
        let grille = modele::Grille::de(&examen, &c.epreuve, c.forme);
        let evaluation = modele::Evaluation::de(&examen, &c.epreuve, c.forme);
        let deliberation = communication::deliberation(db, c.promotion_id).await?;
        Ok(Self { siege, examen, grille, evaluation, deliberation })
    }
}

/// The exam of a promotion; nothing of a commission exists where no rules are known.
pub(super) async fn examen_de(
    db: &mut Db,
    promotion_id: i64,
    edition_id: uuid::Uuid,
) -> Result<Examen> {
    let edition = referentiel::find(&mut **db, edition_id).await?;
    examen::lire(db, promotion_id, &edition).await?.ok_or_else(|| {
        Error::Refused(
            "Aucune règle d’examen n’est connue pour la session de cette promotion. Demandez à l’administration de vérifier \
             l’année d’examen."
                .into(),
        )
    })
}

/// A commission where I sit, and how far it is with each candidate.
struct Mienne {
    commission: Commission,
    /// In the order of its candidates.
    ou: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "commission/mine.html")]
struct Mine {
    cadre: Cadre,
    miennes: Vec<Mienne>,
}

/// « à faire », « ma grille est rendue », « verrouillée le … »: what I may know of it.
fn avancement(evaluation: Option<&Evaluation>, grilles: &[super::Grille], moi: i64) -> String {
    if let Some(verrou) = evaluation.and_then(Evaluation::verrou_en_mots) {
        return verrou;
    }
    if evaluation.is_some_and(|e| e.coches.is_some()) {
        return "grille arrêtée, fiche à terminer".into();
    }
    let mienne = grilles.iter().find(|g| g.par == moi);
    let autres = grilles.iter().any(|g| g.par != moi);
    match mienne {
        Some(g) if g.rendue_le.is_some() && autres => "grilles rendues, à comparer".into(),
        Some(g) if g.rendue_le.is_some() => "votre grille est rendue".into(),
        Some(_) => "grille commencée".into(),
        None => "à évaluer".into(),
    }
}

async fn mine(examinateur: Examinateur, State(app): State<App>) -> Result<Mine> {
    use crate::app::InTheNameOf;
    let mut db = app.begin(&examinateur).await?;
    let mut miennes = vec![];
    for commission in examinateur.commissions(&mut db).await? {
        let quoi = (commission.promotion_id, commission.epreuve.as_str());
        let ids = commission.ids();
        let grilles = super::grilles(&mut db, quoi, &ids).await?;
        let dites = evaluations(&mut db, quoi, &ids).await?;
        let ou = |id: &i64| {
            let siennes = grilles.get(id).map_or(&[][..], Vec::as_slice);
            avancement(dites.get(id), siennes, examinateur.personne_id())
        };
        let ou = ids.iter().map(ou).collect();
        miennes.push(Mienne { commission, ou });
    }
    Ok(Mine { cadre: examinateur.compte().cadre("/commissions"), miennes })
}

/// An épreuve of the page: its commissions, and who has none.
struct Volet {
    epreuve: Unite,
    commissions: Vec<Commission>,
    sans: Vec<Etudiant>,
}

#[derive(Template, WebTemplate)]
#[template(path = "commission/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    volets: Vec<Volet>,
    deliberation: Deliberation,
    /// I sit in one of them.
    je_siege: bool,
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    use crate::app::InTheNameOf;
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let examen = examen_de(&mut db, id, promotion.edition_id).await?;
    let etudiants = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    let commissions = promotion.commissions(&mut db).await?;
    let moi = Some(enseignant.personne_id());
    let je_siege = commissions.iter().flat_map(|c| &c.membres).any(|m| m.personne_id == moi);
    let deliberation = communication::deliberation(&mut db, id).await?;
    let mut par_epreuve: BTreeMap<String, Vec<Commission>> = BTreeMap::new();
    for c in commissions {
        par_epreuve.entry(c.epreuve.clone()).or_default().push(c);
    }
    let mut volets: Vec<Volet> = vec![];
    for epreuve in Unite::toutes(&examen) {
        if volets.iter().any(|v| v.epreuve.code == epreuve.code) {
            continue; // one heading, whatever its forms
        }
        let siennes = par_epreuve.remove(epreuve.code).unwrap_or_default();
        let place = |e: &&Etudiant| siennes.iter().all(|c| !c.ids().contains(&e.id()));
        let sans = etudiants.iter().filter(place).cloned().collect();
        volets.push(Volet { epreuve, commissions: siennes, sans });
    }
    let cadre = enseignant.cadre("/promotions");
    Ok(Index { cadre, promotion, volets, deliberation, je_siege })
}
