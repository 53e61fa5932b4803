//! The routes of the school.
use axum::Router;

use super::{direction, equipe_pages, personne_pages, reglage_pages};
use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .merge(personne_pages::routes())
        .merge(equipe_pages::routes())
        .merge(reglage_pages::routes())
        .merge(direction::routes())
}
