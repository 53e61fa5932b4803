//! The papers of a commission, printed: for one candidate, for all, empty to be filled by hand; and those that are locked,
//! for whoever makes the file of a candidate.
use std::collections::BTreeMap;

use axum::{Router, extract::State, response::Response, routing::get};
use serde::Deserialize;

use super::{
    Candidat, Commission, Evaluation, Grille, Moment, Passage, Siege, evaluations, grilles, modele,
    pages::Lieu,
    papier::{self, Document, Entete, EvaluationRemplie, GrilleRemplie, Page, TempsRempli},
    passages,
};
use crate::{
    app::{App, Db},
    compte::Examinateur,
    date,
    error::{Error, Result},
    examen::Examen,
    form::{Path, Query},
    impression::{download, make},
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/commissions/{id}/papiers.pdf", get(all))
        .route("/commissions/{id}/candidats/{etudiant}/grille.pdf", get(grid))
        .route("/commissions/{id}/candidats/{etudiant}/evaluation.pdf", get(sheet))
}

/// What is written on the papers of one candidate.
struct Dossier<'a> {
    examen: &'a Examen,
    commission: &'a Commission,
    candidat: &'a Candidat,
    /// What was agreed, else what whoever prints ticked.
    coches: Option<(&'a super::Coches, Option<&'a String>, u8)>,
    evaluation: &'a Evaluation,
    passages: &'a BTreeMap<(i64, String), Passage>,
}

impl Dossier<'_> {
    fn passage(&self, temps: &str) -> Option<&Passage> {
        self.passages.get(&(self.candidat.etudiant_id, temps.to_owned()))
    }

    /// The day of a situation: what the fiche says, else the planning.
    fn jour(&self, temps: &str) -> String {
        let dit = self.evaluation.contenu.temps.get(temps).and_then(|m| date::lire(&m.date));
        let le = dit.or_else(|| self.passage(temps).and_then(|p| p.le));
        le.as_ref().map(date::longue).unwrap_or_default()
    }

    fn entete(&self) -> Entete {
        let (c, dit) = (self.commission, &self.evaluation.contenu);
        let temps = self.evaluation_officielle().into_iter().flat_map(|e| &e.temps);
        let dates = temps.map(|t| (t.code.clone(), self.jour(&t.code))).collect();
        let champ = |code: &str| dit.champs.get(code).cloned().unwrap_or_default();
        let seule = self.passage("P").and_then(|p| p.le);
        let noms =
            if self.evaluation.verrou.is_some() { self.evaluation.noms.clone() } else { c.noms() };
        Entete {
            nom: self.candidat.nom.clone(),
            prenom: self.candidat.prenom.clone(),
            numero: self.examen.candidature(self.candidat.etudiant_id).numero,
            session: c.annee_examen,
            commission: c.numero.clone(),
            date: seule.as_ref().map(date::longue).unwrap_or_default(),
            dates,
            membres: noms,
            langue: champ("langue"),
            document: champ("document"),
        }
    }

    fn evaluation_officielle(&self) -> Option<&'static modele::Evaluation> {
        modele::Evaluation::de(self.examen, &self.commission.epreuve, self.commission.forme)
    }

    fn arretee(&self) -> String {
        self.evaluation.verrou_en_mots().unwrap_or_default()
    }

    /// A mark leaves on paper once it is locked.
    fn note(&self) -> Option<String> {
        self.evaluation.verrou.as_ref().and_then(|_| self.evaluation.note_en_mots())
    }

    fn grille(&self) -> Option<Page> {
        let modele =
            modele::Grille::de(self.examen, &self.commission.epreuve, self.commission.forme)?;
        let dit = &self.evaluation.contenu;
        let fiche = dit.champs.get("numero").and_then(|n| n.parse().ok());
        let titre = dit.champs.get("titre").cloned().unwrap_or_default();
        Some(Page::Grille(GrilleRemplie {
            modele,
            entete: self.entete(),
            coches: self.coches.map(|c| c.0.clone()).unwrap_or_default(),
            choix: self.coches.and_then(|c| c.1.cloned()),
            fiche: fiche.map(|n| (n, titre)),
            bonus: self.coches.map(|c| c.2).filter(|_| modele.bonus.is_some()),
            note: self.note(),
            appreciation: dit.champs.get("appreciation").cloned().unwrap_or_default(),
            arretee: self.arretee(),
        }))
    }

    fn evaluation(&self) -> Option<Page> {
        let modele = self.evaluation_officielle()?;
        let temps = modele.temps.iter().map(|t| {
            let vide = Moment::default();
            let dit = self.evaluation.contenu.temps.get(&t.code).unwrap_or(&vide);
            let rempli = TempsRempli {
                date: self.jour(&t.code),
                natures: dit.natures.clone(),
                champs: dit.champs.clone(),
                appreciation: dit.appreciation.clone(),
            };
            (t.code.clone(), rempli)
        });
        Some(Page::Evaluation(EvaluationRemplie {
            modele,
            entete: self.entete(),
            champs: self.evaluation.contenu.champs.clone(),
            temps: temps.collect(),
            note: self.note(),
            arretee: self.arretee(),
        }))
    }
}

/// What a commission knows of its candidates, read once for all its papers.
struct Lu {
    grilles: BTreeMap<i64, Vec<Grille>>,
    evaluations: BTreeMap<i64, Evaluation>,
    passages: BTreeMap<(i64, String), Passage>,
}

impl Lu {
    async fn lire(db: &mut Db, c: &Commission, ids: &[i64]) -> Result<Self> {
        let quoi = (c.promotion_id, c.epreuve.as_str());
        Ok(Self {
            grilles: grilles(db, quoi, ids).await?,
            evaluations: evaluations(db, quoi, ids).await?,
            passages: passages(db, quoi).await?,
        })
    }

    /// The papers of a candidate: what was agreed, else what `moi` ticked.
    fn papiers(
        &self,
        (examen, commission): (&Examen, &Commission),
        (candidat, moi): (&Candidat, i64),
    ) -> [Option<Page>; 2] {
        let vide = Evaluation::default();
        let evaluation = self.evaluations.get(&candidat.etudiant_id).unwrap_or(&vide);
        let miennes = self.grilles.get(&candidat.etudiant_id).map_or(&[][..], Vec::as_slice);
        let mienne = miennes.iter().find(|g| g.par == moi);
        let accord =
            evaluation.coches.as_ref().map(|c| (c, evaluation.choix.as_ref(), evaluation.bonus));
        let coches = accord.or(mienne.map(|g| (&g.coches, g.choix.as_ref(), g.bonus)));
        let passages = &self.passages;
        let dossier = Dossier { examen, commission, candidat, coches, evaluation, passages };
        [dossier.grille(), dossier.evaluation()]
    }

    fn vierges(
        (examen, commission): (&Examen, &Commission),
        candidat: &Candidat,
    ) -> [Option<Page>; 2] {
        let (evaluation, passages) = (Evaluation::default(), BTreeMap::new());
        let dossier = Dossier {
            examen,
            commission,
            candidat,
            coches: None,
            evaluation: &evaluation,
            passages: &passages,
        };
        [dossier.grille(), dossier.evaluation()]
    }
}

/// Which papers of a commission: `grille`, `evaluation`, or both; empty when it is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lesquels {
    papier: String,
    vierges: Option<String>,
}

fn voulus([grille, evaluation]: [Option<Page>; 2], papier: &str) -> Vec<Page> {
    let veut = |code: &str| papier.is_empty() || papier == code;
    let deux = [grille.filter(|_| veut("grille")), evaluation.filter(|_| veut("evaluation"))];
    deux.into_iter().flatten().collect()
}

async fn all(
    examinateur: Examinateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(lesquels): Query<Lesquels>,
) -> Result<Response> {
    let mut db = app.begin(&examinateur).await?;
    let lieu = Lieu::trouver(&mut db, &examinateur, id).await?;
    let ids = lieu.siege.commission.ids();
    let pages = pages(&mut db, &lieu, &ids, &lesquels).await?;
    let titre = format!("Papiers {}", lieu.siege.commission.intitule().replace('·', "-"));
    imprimer(&app, &lieu.siege, (titre, pages)).await
}

async fn grid(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
) -> Result<Response> {
    one(&app, &examinateur, (id, etudiant), ("grille", "Grille")).await
}

async fn sheet(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
) -> Result<Response> {
    one(&app, &examinateur, (id, etudiant), ("evaluation", "Fiche d’évaluation")).await
}

async fn one(
    app: &App,
    examinateur: &Examinateur,
    (id, etudiant): (i64, i64),
    (papier, nom): (&str, &str),
) -> Result<Response> {
    let mut db = app.begin(examinateur).await?;
    let lieu = Lieu::trouver(&mut db, examinateur, id).await?;
    let candidat = lieu.siege.candidat(etudiant)?.liste();
    let lesquels = Lesquels { papier: papier.to_owned(), vierges: None };
    let pages = pages(&mut db, &lieu, &[etudiant], &lesquels).await?;
    let titre = format!("{nom} {} {candidat}", lieu.siege.commission.epreuve);
    imprimer(app, &lieu.siege, (titre, pages)).await
}

async fn pages(db: &mut Db, lieu: &Lieu, ids: &[i64], lesquels: &Lesquels) -> Result<Vec<Page>> {
    use crate::app::InTheNameOf;
    let c = &lieu.siege.commission;
    let lu = Lu::lire(db, c, ids).await?;
    let mut pages = vec![];
    for candidat in c.candidats.iter().filter(|k| ids.contains(&k.etudiant_id)) {
        let moi = lieu.siege.qui().personne_id();
        let deux = match lesquels.vierges {
            Some(_) => Lu::vierges((&lieu.examen, c), candidat),
            None => lu.papiers((&lieu.examen, c), (candidat, moi)),
        };
        pages.extend(voulus(deux, &lesquels.papier));
    }
    Ok(pages)
}

async fn imprimer(
    app: &App,
    siege: &Siege,
    (titre, pages): (String, Vec<Page>),
) -> Result<Response> {
    if pages.is_empty() {
        return Err(Error::Refused(
            "Aucun papier officiel de cette sorte n’existe pour cette épreuve\u{a0}: il n’y a rien à imprimer.".into(),
        ));
    }
    let document = Document::new(siege.qui().compte(), titre.clone(), pages);
    let octets = make(app, document, papier::imprimer).await?;
    download(octets, "application/pdf", &format!("{titre}.pdf"))
}

impl Promotion {
    /// The locked papers of these candidates that one may see, by candidate, in the order of the épreuves.
    pub async fn papiers_verrouilles(
        &self,
        db: &mut Db,
        examen: &Examen,
        etudiants: &[i64],
    ) -> Result<BTreeMap<i64, Vec<Page>>> {
        let mut tous: BTreeMap<i64, Vec<Page>> = BTreeMap::new();
        for c in self.commissions(db).await? {
            let mut lu = Lu::lire(db, &c, etudiants).await?;
            lu.evaluations.retain(|_, e| e.verrou.is_some());
            for k in c.candidats.iter().filter(|k| lu.evaluations.contains_key(&k.etudiant_id)) {
                let deux = lu.papiers((examen, &c), (k, 0));
                tous.entry(k.etudiant_id).or_default().extend(deux.into_iter().flatten());
            }
        }
        Ok(tous)
    }
}
