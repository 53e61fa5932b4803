//! The front door: the access table, and every room's routes behind it.
use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{Extensions, HeaderMap, Method, StatusCode, Version, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
    timeout::TimeoutLayer,
};

use crate::{
    abonnement, administration,
    app::App,
    assets, bilan, commission,
    compte::{self, Compte},
    conformite, connexion, consultation, demande,
    error::Error,
    examen, fiche, groupe, jury, panorama, passe, positionnement, preuve, progression, promotion,
    recueil, referentiel, regle, scelle, scolaire, security, situation, stage, sujet, tuteur,
    validation,
};

/// Who may take a route. What she finds behind it is another question, asked by the act itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qui {
    Tous,
    /// Those who are that, today.
    Fonction(&'static str),
    /// Those who are one of these, today.
    UneDe(&'static [&'static str]),
    /// Who opened a tutor's link, and nobody else.
    Tuteur,
}

impl Qui {
    /// Those who are that are named by the rule.
    pub fn nomme(self, genre: &str) -> bool {
        match self {
            Self::Fonction(f) => f == genre,
            Self::UneDe(f) => f.contains(&genre),
            Self::Tous | Self::Tuteur => false,
        }
    }
}

const ENSEIGNANT: Qui = Qui::Fonction("enseignant");
const ETUDIANT: Qui = Qui::Fonction("etudiant");
/// The jury, and the teachers of the promotion.
const JURY: Qui = Qui::UneDe(compte::Examinateur::FONCTIONS);
const DEPOSANT: Qui = Qui::UneDe(compte::Deposant::FONCTIONS);
const EXAMINATEUR: Qui = Qui::UneDe(compte::Examinateur::FONCTIONS);
const ADMINISTRATEUR: Qui = Qui::Fonction("administrateur");

/// Every route and method of the house. A test compares it with the router's own list, both ways.
pub const ACCES: &[(&str, &str, Qui)] = &[
    ("GET", "/", Qui::Tous),
    ("GET", "/static/{hash}/{name}", Qui::Tous),
    ("GET", "/favicon.svg", Qui::Tous),
    ("GET", "/robots.txt", Qui::Tous),
    ("GET", "/healthz", Qui::Tous),
    ("GET", "/readyz", Qui::Tous),
    ("GET", "/connexion", Qui::Tous),
    ("POST", "/connexion", Qui::Tous),
    ("POST", "/deconnexion", Qui::Tous),
    ("GET", "/premiere-connexion", Qui::Tous),
    ("POST", "/premiere-connexion", Qui::Tous),
    ("GET", "/style", Qui::Tous),
    ("GET", "/referentiel", Qui::Tous),
    ("GET", "/referentiel/{code}", Qui::Tous),
    ("GET", "/verification", Qui::Tous),
    ("POST", "/verification", Qui::Tous),
    ("GET", "/verification/{id}", Qui::Tous),
    ("GET", "/.well-known/livret-cles.json", Qui::Tous),
    ("GET", "/promotions/{id}/scelles", ENSEIGNANT),
    ("POST", "/promotions/{id}/scelles/{scelle}/revocation", ENSEIGNANT),
    ("GET", "/tuteur/{jeton}", Qui::Tous),
    ("POST", "/tuteur/{jeton}", Qui::Tous),
    ("POST", "/tuteur/{jeton}/pas-moi", Qui::Tous),
    ("GET", "/tuteur", Qui::Tuteur),
    ("POST", "/tuteur", Qui::Tuteur),
    ("POST", "/tuteur/reponses", Qui::Tuteur),
    ("POST", "/tuteur/fermeture", Qui::Tuteur),
    ("GET", "/promotions/{id}/tuteurs", ENSEIGNANT),
    ("POST", "/promotions/{id}/tuteurs/demande", ENSEIGNANT),
    ("POST", "/promotions/{id}/tuteurs/feuilles.pdf", ENSEIGNANT),
    ("GET", "/etudiants/{id}/stages/{periode}/tuteur", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/tuteur/demande", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/tuteur/feuille.pdf", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/tuteur/revocation", ENSEIGNANT),
    ("GET", "/etudiants/{id}/stages/{periode}/tuteur/papier", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/tuteur/papier", ENSEIGNANT),
    ("GET", "/mon-compte/courriel", ETUDIANT),
    ("POST", "/mon-compte/courriel", ETUDIANT),
    ("POST", "/mon-compte/courriel/confirmation", ETUDIANT),
    ("POST", "/mon-compte/courriel/choix", ETUDIANT),
    ("POST", "/mon-compte/courriel/retrait", ETUDIANT),
    ("GET", "/administration", ADMINISTRATEUR),
    ("POST", "/administration/courriel/reprise", ADMINISTRATEUR),
    ("POST", "/administration/promotions", ADMINISTRATEUR),
    ("GET", "/administration/promotions/{id}", ADMINISTRATEUR),
    ("POST", "/administration/promotions/{id}/personnes", ADMINISTRATEUR),
    ("POST", "/administration/promotions/{id}/coordination", ADMINISTRATEUR),
    ("GET", "/promotions/{id}", ENSEIGNANT),
    ("GET", "/promotions/{id}/grille", ENSEIGNANT),
    ("GET", "/promotions/{id}/positionnements", ENSEIGNANT),
    ("POST", "/promotions/{id}/positionnements", ENSEIGNANT),
    ("GET", "/promotions/{id}/positionnements/source", ENSEIGNANT),
    ("GET", "/promotions/{id}/signal", ENSEIGNANT),
    ("GET", "/promotions/{id}/situations", ENSEIGNANT),
    ("GET", "/promotions/{id}/situations/nouvelle", ENSEIGNANT),
    ("POST", "/promotions/{id}/situations/nouvelle", ENSEIGNANT),
    ("GET", "/promotions/{id}/situations/{situation}", ENSEIGNANT),
    ("POST", "/promotions/{id}/situations/{situation}", ENSEIGNANT),
    ("GET", "/promotions/{id}/demandes", ENSEIGNANT),
    ("POST", "/promotions/{id}/demandes", ENSEIGNANT),
    ("POST", "/promotions/{id}/demandes/{demande}", ENSEIGNANT),
    ("GET", "/promotions/{id}/bilan", ENSEIGNANT),
    ("GET", "/promotions/{id}/bilan.pdf", ENSEIGNANT),
    ("GET", "/etudiants/{id}/bilan", ENSEIGNANT),
    ("GET", "/etudiants/{id}/bilan.pdf", ENSEIGNANT),
    ("GET", "/promotions/{id}/examen", ENSEIGNANT),
    ("POST", "/promotions/{id}/examen/echeances", ENSEIGNANT),
    ("POST", "/promotions/{id}/examen/candidatures", ENSEIGNANT),
    ("GET", "/promotions/{id}/fiches", ENSEIGNANT),
    ("GET", "/etudiants/{id}/fiches/{fiche}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/fiches/{fiche}/versions", ENSEIGNANT),
    ("POST", "/etudiants/{id}/fiches/{fiche}/remarques", ENSEIGNANT),
    ("POST", "/etudiants/{id}/fiches/{fiche}/levee", ENSEIGNANT),
    ("POST", "/etudiants/{id}/fiches/{fiche}/suite", ENSEIGNANT),
    ("GET", "/etudiants/{id}/fiches/{fiche}/annexe", ENSEIGNANT),
    ("GET", "/etudiants/{id}/fiches/{fiche}/fiche.pdf", ENSEIGNANT),
    ("GET", "/etudiants/{id}/fiches/{fiche}/fiche.docx", ENSEIGNANT),
    ("GET", "/promotions/{id}/fiches/{epreuve}/fiches.pdf", ENSEIGNANT),
    ("GET", "/promotions/{id}/sujets", ENSEIGNANT),
    ("GET", "/promotions/{id}/sujets/{epreuve}", ENSEIGNANT),
    ("POST", "/promotions/{id}/sujets/{epreuve}/preparation", ENSEIGNANT),
    ("GET", "/promotions/{id}/sujets/{epreuve}/sujets.pdf", ENSEIGNANT),
    ("GET", "/promotions/{id}/sujets/{epreuve}/banque", ENSEIGNANT),
    ("POST", "/promotions/{id}/sujets/{epreuve}/banque", ENSEIGNANT),
    ("POST", "/promotions/{id}/sujets/{epreuve}/banque/retrait", ENSEIGNANT),
    ("GET", "/etudiants/{id}/sujets/{epreuve}", ENSEIGNANT),
    ("POST", "/etudiants/{id}/sujets/{epreuve}", ENSEIGNANT),
    ("GET", "/promotions/{id}/stages", ENSEIGNANT),
    ("GET", "/promotions/{id}/stages/nouvelle", ENSEIGNANT),
    ("POST", "/promotions/{id}/stages/nouvelle", ENSEIGNANT),
    ("GET", "/etudiants/{id}/stages/{periode}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/stages/{periode}/attestation.pdf", ENSEIGNANT),
    ("GET", "/promotions/{id}/stages/attestations.pdf", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/missions", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/pieces", ENSEIGNANT),
    ("GET", "/etudiants/{id}/stages/{periode}/pieces/{rang}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/stages/{periode}/pieces/{rang}/apercu", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/controle", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/missions/retrait", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/visites", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/visites/{visite}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/stages/{periode}/modifier", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/modifier", ENSEIGNANT),
    ("POST", "/etudiants/{id}/stages/{periode}/annulation", ENSEIGNANT),
    ("GET", "/etudiants/{id}/piece", ENSEIGNANT),
    ("POST", "/etudiants/{id}/piece", ENSEIGNANT),
    ("GET", "/etudiants/{id}/piece/{rang}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/piece/{rang}/apercu", ENSEIGNANT),
    ("POST", "/etudiants/{id}/piece/controle", ENSEIGNANT),
    ("GET", "/etudiants/{id}/amenagement", ENSEIGNANT),
    ("POST", "/etudiants/{id}/amenagement", ENSEIGNANT),
    ("GET", "/organisations", ENSEIGNANT),
    ("GET", "/organisations/{id}", ENSEIGNANT),
    ("POST", "/organisations/{id}", ENSEIGNANT),
    ("GET", "/phrases", ENSEIGNANT),
    ("POST", "/phrases", ENSEIGNANT),
    ("GET", "/promotions/{id}/groupes", ENSEIGNANT),
    ("GET", "/promotions/{id}/groupes/nouveau", ENSEIGNANT),
    ("POST", "/promotions/{id}/groupes/nouveau", ENSEIGNANT),
    ("GET", "/promotions/{id}/groupes/{groupe}", ENSEIGNANT),
    ("POST", "/promotions/{id}/groupes/{groupe}", ENSEIGNANT),
    ("GET", "/promotions/{id}/regle", ENSEIGNANT),
    ("POST", "/promotions/{id}/regle", ENSEIGNANT),
    ("GET", "/promotions/{id}/vue", ENSEIGNANT),
    ("GET", "/promotions/{id}/couverture", ENSEIGNANT),
    ("GET", "/promotions/{id}/besoin", ENSEIGNANT),
    ("GET", "/promotions/{id}/harmonisation", ENSEIGNANT),
    ("GET", "/promotions/{id}/plan", ENSEIGNANT),
    ("POST", "/promotions/{id}/plan", ENSEIGNANT),
    ("GET", "/promotions/{id}/sous-competences/{code}/saisie", ENSEIGNANT),
    ("POST", "/promotions/{id}/sous-competences/{code}/saisie", ENSEIGNANT),
    ("GET", "/etudiants/{id}/saisie", ENSEIGNANT),
    ("POST", "/etudiants/{id}/saisie", ENSEIGNANT),
    ("GET", "/etudiants/{id}/sous-competences/{code}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/sous-competences/{code}/volet", ENSEIGNANT),
    ("POST", "/etudiants/{id}/sous-competences/{code}/positionnements", ENSEIGNANT),
    ("GET", "/etudiants/{id}/livret", ENSEIGNANT),
    ("GET", "/promotions/{id}/validations", ENSEIGNANT),
    ("POST", "/promotions/{id}/validations", ENSEIGNANT),
    ("GET", "/etudiants/{id}/sous-competences/{code}/validation", ENSEIGNANT),
    ("POST", "/etudiants/{id}/sous-competences/{code}/validation", ENSEIGNANT),
    ("GET", "/promotions/{id}/arret", ENSEIGNANT),
    ("POST", "/promotions/{id}/arret", ENSEIGNANT),
    ("GET", "/etudiants/{id}/arret", ENSEIGNANT),
    ("POST", "/etudiants/{id}/arret", ENSEIGNANT),
    ("POST", "/etudiants/{id}/arret/reouverture", ENSEIGNANT),
    ("POST", "/etudiants/{id}/arret/cloture", ENSEIGNANT),
    ("GET", "/etudiants/{id}/preuves", ENSEIGNANT),
    ("GET", "/etudiants/{id}/preuves/nouvelle", ENSEIGNANT),
    ("POST", "/etudiants/{id}/preuves/nouvelle", ENSEIGNANT),
    ("GET", "/etudiants/{id}/preuves/{preuve}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/preuves/{preuve}/completer", ENSEIGNANT),
    ("GET", "/etudiants/{id}/preuves/{preuve}/versions/{version}", ENSEIGNANT),
    ("GET", "/promotions/{id}/preuves", ENSEIGNANT),
    ("GET", "/etudiants/{id}/preuves/{preuve}/fichiers/{rang}", ENSEIGNANT),
    ("GET", "/etudiants/{id}/preuves/{preuve}/fichiers/{rang}/apercu", ENSEIGNANT),
    ("GET", "/livret", ETUDIANT),
    ("POST", "/livret/lectures", ETUDIANT),
    ("GET", "/livret/sous-competences/{code}", ETUDIANT),
    ("GET", "/livret/arret", ETUDIANT),
    ("GET", "/livret/consultations", ETUDIANT),
    ("GET", "/livret/passe", ETUDIANT),
    ("GET", "/etudiants/{id}/passe", ENSEIGNANT),
    ("GET", "/promotions/{id}/passe", ENSEIGNANT),
    ("GET", "/promotions/{id}/comparaison", ENSEIGNANT),
    ("GET", "/fiches", ETUDIANT),
    ("GET", "/fiches/nouvelle", ETUDIANT),
    ("POST", "/fiches/nouvelle", ETUDIANT),
    ("GET", "/fiches/{fiche}", ETUDIANT),
    ("POST", "/fiches/{fiche}", ETUDIANT),
    ("POST", "/fiches/{fiche}/retrait", ETUDIANT),
    ("GET", "/fiches/{fiche}/versions", ETUDIANT),
    ("POST", "/fiches/{fiche}/annexe", ETUDIANT),
    ("GET", "/fiches/{fiche}/annexe", ETUDIANT),
    ("GET", "/fiches/{fiche}/fiche.pdf", ETUDIANT),
    ("GET", "/fiches/{fiche}/fiche.docx", ETUDIANT),
    ("GET", "/promotions/{id}/conformite", ENSEIGNANT),
    ("GET", "/promotions/{id}/conformite.xlsx", ENSEIGNANT),
    ("GET", "/etudiants/{id}/conformite/{epreuve}/notification.pdf", ENSEIGNANT),
    ("GET", "/conformite", ETUDIANT),
    ("GET", "/promotions/{id}/scolaire", ENSEIGNANT),
    ("POST", "/promotions/{id}/scolaire/reglages", ENSEIGNANT),
    ("POST", "/promotions/{id}/scolaire/arret", ENSEIGNANT),
    ("GET", "/promotions/{id}/scolaire/a-recopier", ENSEIGNANT),
    ("GET", "/promotions/{id}/scolaire/livrets.xlsx", ENSEIGNANT),
    ("GET", "/promotions/{id}/scolaire/livrets.pdf", ENSEIGNANT),
    ("GET", "/etudiants/{id}/scolaire.pdf", ENSEIGNANT),
    ("GET", "/promotions/{id}/scolaire/import", ENSEIGNANT),
    ("POST", "/promotions/{id}/scolaire/import", ENSEIGNANT),
    ("POST", "/promotions/{id}/scolaire/import/confirmation", ENSEIGNANT),
    ("GET", "/promotions/{id}/scolaire/{rubrique}", ENSEIGNANT),
    ("POST", "/promotions/{id}/scolaire/{rubrique}", ENSEIGNANT),
    ("GET", "/stages", ETUDIANT),
    ("GET", "/stages/{periode}", ETUDIANT),
    ("GET", "/stages/{periode}/attestation.pdf", ETUDIANT),
    ("POST", "/stages/{periode}/missions", ETUDIANT),
    ("POST", "/stages/{periode}/pieces", ETUDIANT),
    ("GET", "/stages/{periode}/pieces/{rang}", ETUDIANT),
    ("GET", "/stages/{periode}/pieces/{rang}/apercu", ETUDIANT),
    ("POST", "/stages/{periode}/missions/retrait", ETUDIANT),
    ("POST", "/stages/{periode}/semaines/{lundi}", ETUDIANT),
    ("POST", "/piece", ETUDIANT),
    ("GET", "/piece/{rang}", ETUDIANT),
    ("GET", "/piece/{rang}/apercu", ETUDIANT),
    ("GET", "/preuves", ETUDIANT),
    ("GET", "/preuves/nouvelle", ETUDIANT),
    ("POST", "/preuves/nouvelle", ETUDIANT),
    ("GET", "/preuves/{id}/demande", ETUDIANT),
    ("POST", "/preuves/{id}/demande", ETUDIANT),
    ("POST", "/preuves/{id}/demande/retrait", ETUDIANT),
    ("GET", "/preuves/{id}", ETUDIANT),
    ("GET", "/preuves/{id}/completer", ETUDIANT),
    ("POST", "/preuves/{id}/part", ETUDIANT),
    ("GET", "/preuves/{id}/versions/{version}", ETUDIANT),
    ("POST", "/brouillons/{cle}/retrait", DEPOSANT),
    ("GET", "/preuves/{id}/fichiers/{rang}", ETUDIANT),
    ("GET", "/preuves/{id}/fichiers/{rang}/apercu", ETUDIANT),
    ("GET", "/depots/{cle}", DEPOSANT),
    ("POST", "/depots/{cle}", DEPOSANT),
    ("POST", "/depots/{cle}/retrait", DEPOSANT),
    ("GET", "/promotions/{id}/commissions", ENSEIGNANT),
    ("GET", "/promotions/{id}/commissions/nouvelle", ENSEIGNANT),
    ("POST", "/promotions/{id}/commissions/nouvelle", ENSEIGNANT),
    ("GET", "/promotions/{id}/commissions/{commission}", ENSEIGNANT),
    ("POST", "/promotions/{id}/commissions/{commission}", ENSEIGNANT),
    ("GET", "/promotions/{id}/passages", ENSEIGNANT),
    ("GET", "/promotions/{id}/passages/{epreuve}", ENSEIGNANT),
    ("POST", "/promotions/{id}/passages/{epreuve}", ENSEIGNANT),
    ("GET", "/promotions/{id}/deliberation", ENSEIGNANT),
    ("POST", "/promotions/{id}/deliberation", ENSEIGNANT),
    ("POST", "/promotions/{id}/communications", ENSEIGNANT),
    ("GET", "/promotions/{id}/communications/{epreuve}/{etudiant}/evaluation.pdf", ENSEIGNANT),
    ("GET", "/commissions", EXAMINATEUR),
    ("GET", "/commissions/{id}/papiers.pdf", EXAMINATEUR),
    ("GET", "/commissions/{id}/candidats/{etudiant}", EXAMINATEUR),
    ("POST", "/commissions/{id}/candidats/{etudiant}/grille", EXAMINATEUR),
    ("POST", "/commissions/{id}/candidats/{etudiant}/accord", EXAMINATEUR),
    ("GET", "/commissions/{id}/candidats/{etudiant}/evaluation", EXAMINATEUR),
    ("POST", "/commissions/{id}/candidats/{etudiant}/evaluation", EXAMINATEUR),
    ("POST", "/commissions/{id}/candidats/{etudiant}/reouverture", EXAMINATEUR),
    ("GET", "/commissions/{id}/candidats/{etudiant}/grille.pdf", EXAMINATEUR),
    ("GET", "/commissions/{id}/candidats/{etudiant}/evaluation.pdf", EXAMINATEUR),
    ("GET", "/jury/promotions/{id}", JURY),
    ("GET", "/jury/promotions/{id}/synthese.pdf", JURY),
    ("GET", "/jury/promotions/{id}/synthese.xlsx", JURY),
    ("GET", "/jury/promotions/{id}/synthese.ods", JURY),
    ("GET", "/jury/promotions/{id}/synthese.csv", JURY),
    ("GET", "/jury/promotions/{id}/detail.csv", JURY),
    ("GET", "/jury/promotions/{id}/a-recopier", JURY),
    ("GET", "/jury/promotions/{id}/projection", JURY),
    ("GET", "/jury/promotions/{id}/projection/{rang}", JURY),
    ("GET", "/jury/etudiants/{id}/synthese.pdf", JURY),
    ("GET", "/jury/promotions/{id}/scolaire.pdf", Qui::Fonction("jury")),
    ("GET", "/jury/etudiants/{id}/dossier.pdf", JURY),
    ("GET", "/jury/promotions/{id}/dossiers", JURY),
    ("POST", "/jury/promotions/{id}/dossiers", JURY),
    ("POST", "/jury/promotions/{id}/tirages/{tirage}/annulation", JURY),
    ("GET", "/jury/promotions/{id}/tirages/{tirage}/dossiers.zip", JURY),
    ("GET", "/jury/promotions/{id}/archives", JURY),
    ("POST", "/jury/promotions/{id}/archives", ENSEIGNANT),
    ("POST", "/jury/promotions/{id}/archives/destruction", ENSEIGNANT),
    ("GET", "/jury/promotions/{id}/archives/{archive}/dossier.zip", JURY),
    ("GET", "/jury/promotions/{id}/archives/actes/{version}", JURY),
];

/// The rooms, without their walls: what the test of the access table lists.
pub fn rooms() -> Router<App> {
    Router::new()
        .merge(promotion::pages::routes())
        .merge(assets::routes())
        .merge(connexion::routes())
        .merge(abonnement::pages::routes())
        .merge(referentiel::pages::routes())
        .merge(administration::pages::routes())
        .merge(groupe::pages::routes())
        .merge(situation::pages::routes())
        .merge(positionnement::pages::routes())
        .merge(examen::pages::routes())
        .merge(stage::pages::routes())
        .merge(fiche::pages::routes())
        .merge(sujet::pages::routes())
        .merge(regle::pages::routes())
        .merge(demande::pages::routes())
        .merge(validation::pages::routes())
        .merge(progression::pages::routes())
        .merge(passe::pages::routes())
        .merge(consultation::pages::routes())
        .merge(panorama::pages::routes())
        .merge(preuve::pages::routes())
        .merge(recueil::pages::routes())
        .merge(commission::pages::routes())
        .merge(scelle::pages::routes())
        .merge(scelle::registre_pages::routes())
        .merge(jury::pages::routes())
        .merge(bilan::pages::routes())
        .merge(tuteur::pages::routes())
        .merge(conformite::pages::routes())
        .merge(scolaire::pages::routes())
        .merge(crate::style::routes())
        .route("/healthz", axum::routing::get(|| async { "ok" }))
        .route("/readyz", axum::routing::get(ready))
}

pub fn router(app: App) -> Router {
    rooms()
        .fallback(|| async { Error::NotFound })
        .layer(from_fn(gate))
        .layer(from_fn_with_state(app.clone(), tuteur::visite::identify))
        .layer(from_fn_with_state(app.clone(), compte::identify))
        .layer(from_fn_with_state(app.clone(), security::same_origin))
        .layer(DefaultBodyLimit::max(256 << 10))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            std::time::Duration::from_mins(1),
        ))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_page)))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(security::dressed))
        .layer(from_fn_with_state(app.clone(), security::log))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .with_state(app)
}

/// A route that the table does not know does not exist; one that is not hers neither.
async fn gate(request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned())
    else {
        return next.run(request).await; // no such page: the fallback says so
    };
    let method =
        if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let Some(rule) = ACCES.iter().find(|a| a.1 == path && a.0 == method.as_str()) else {
        let known = ACCES.iter().any(|a| a.1 == path);
        return if known { next.run(request).await } else { Error::NotFound.into_response() };
    };
    let compte = request.extensions().get::<Arc<Compte>>();
    match (rule.2, compte) {
        (Qui::Tous, _) => next.run(request).await,
        (Qui::Tuteur, _) if request.extensions().get::<tuteur::Tuteur>().is_some() => {
            next.run(request).await
        }
        (Qui::Tuteur, None) => tuteur::pages::fermee(),
        (Qui::Fonction(genre), Some(compte)) if compte.est(genre) => next.run(request).await,
        (Qui::UneDe(genres), Some(compte)) if genres.iter().any(|g| compte.est(g)) => {
            next.run(request).await
        }
        (_, Some(_)) => Error::NotFound.into_response(),
        (_, None) if method == Method::GET => Error::Anonymous.into_response(),
        (_, None) => connexion::interrompue(request).await,
    }
}

/// Files go out as they are kept: most are compressed already, and their length is known.
fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Ready to serve: the database answers.
async fn ready(State(app): State<App>) -> crate::error::Result<&'static str> {
    sqlx::query("select 1").execute(&app.db).await?;
    Ok("ok")
}
