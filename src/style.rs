//! `/style`: each component of the visual language in each of its states.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, routing::get};

use crate::{
    app::App,
    compte::Visiteur,
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new().route("/style", get(index))
}

#[derive(Template, WebTemplate)]
#[template(path = "style/index.html")]
struct Index {
    cadre: Cadre,
    niveaux: [(&'static str, &'static str); 8],
    icones: &'static [(&'static str, &'static str)],
}

/// Every icon of the sprite, and the word that it may stand beside.
pub const ICONES: &[(&str, &str)] = &[
    ("maison", "Accueil"),
    ("livret", "Livret"),
    ("preuve", "Preuve"),
    ("personne", "Personne"),
    ("personnes", "Personnes"),
    ("referentiel", "Référentiel"),
    ("grille", "Grille"),
    ("situation", "Situation"),
    ("groupe", "Groupe"),
    ("jury", "Jury"),
    ("administration", "Administration"),
    ("deconnexion", "Se déconnecter"),
    ("ajouter", "Ajouter"),
    ("modifier", "Modifier"),
    ("enregistre", "Enregistrer"),
    ("annuler", "Annuler"),
    ("refaire", "Refaire"),
    ("rechercher", "Rechercher"),
    ("filtrer", "Filtrer"),
    ("imprimer", "Imprimer"),
    ("telecharger", "Télécharger"),
    ("tableur", "Tableur"),
    ("attente", "En attente"),
    ("hors-ligne", "Hors connexion"),
    ("conflit", "Conflit"),
    ("information", "Information"),
    ("succes", "Succès"),
    ("erreur", "Erreur"),
    ("aide", "Aide"),
    ("fermer", "Fermer"),
    ("precedent", "Précédent"),
    ("suivant", "Suivant"),
    ("deplier", "Déplier"),
    ("commentaire", "Commentaire"),
    ("lien", "Lien"),
    ("fichier", "Fichier"),
    ("photo", "Photo"),
    ("calendrier", "Date"),
    ("telephone", "Téléphone"),
    ("clavier", "Clavier"),
    ("cadenas", "Verrouillé"),
    ("courriel", "Courriel"),
    ("oeil", "Voir"),
];

async fn index(visiteur: Visiteur) -> Index {
    let niveaux = [
        ("TI", "Très Insuffisant"),
        ("I", "Insuffisant"),
        ("S", "Satisfaisant"),
        ("TS", "Très satisfaisant"),
        ("absent", "Absent"),
        ("dispense", "Dispensé"),
        ("non_evalue", "Non évalué"),
        ("non_rendu", "Non rendu"),
    ];
    Index { cadre: visiteur.cadre("/style"), niveaux, icones: ICONES }
}
