//! Style sheet, scripts, fonts and icons: in the binary, served once and for ever under the hash of their content.
use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock},
};

use axum::{
    Router,
    body::Bytes,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

const CSS: &str = concat!(
    include_str!("../static/css/_tokens.css"),
    include_str!("../static/css/reset.css"),
    include_str!("../static/css/base.css"),
    include_str!("../static/css/layout.css"),
    include_str!("../static/css/composants.css"),
    include_str!("../static/css/icone.css"),
    include_str!("../static/css/formulaire.css"),
    include_str!("../static/css/grille.css"),
    include_str!("../static/css/saisie.css"),
    include_str!("../static/css/queue.css"),
    include_str!("../static/css/recueil.css"),
    include_str!("../static/css/dessin.css"),
    include_str!("../static/css/referentiel.css"),
    include_str!("../static/css/panorama.css"),
    include_str!("../static/css/tuteur.css"),
    include_str!("../static/css/fiche.css"),
    include_str!("../static/css/commission.css"),
    include_str!("../static/css/scolaire.css"),
    include_str!("../static/css/scelle.css"),
    include_str!("../static/css/jury.css"),
    include_str!("../static/css/acces.css"),
    include_str!("../static/css/palette.css"),
    include_str!("../static/css/print.css"),
);

struct Asset {
    body: Bytes,
    type_mime: &'static str,
    /// The address that templates print.
    url: String,
    brotli: OnceLock<Option<Bytes>>,
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let mut assets = HashMap::new();
    let mut add = |name: &'static str, type_mime, body: Bytes| {
        let hash = hex::encode(&Sha256::digest(&body)[..6]);
        let url = format!("/static/{hash}/{name}");
        assets.insert(name, Asset { body, type_mime, url: url.clone(), brotli: OnceLock::new() });
        url
    };
    let font = "font/woff2";
    let latin = add(
        "atkinson-latin.woff2",
        font,
        Bytes::from_static(include_bytes!("../static/fonts/atkinson-latin.woff2")),
    );
    let ext = add(
        "atkinson-latin-ext.woff2",
        font,
        Bytes::from_static(include_bytes!("../static/fonts/atkinson-latin-ext.woff2")),
    );
    let css = CSS
        .replace("asset:atkinson-latin-ext.woff2", &ext)
        .replace("asset:atkinson-latin.woff2", &latin);
    add("app.css", "text/css; charset=utf-8", css.into());
    // A module names another by an address that holds its hash: the deepest come first.
    let js = "text/javascript; charset=utf-8";
    let coffre = add("coffre.js", js, include_str!("../static/js/coffre.js").into());
    let file = include_str!("../static/js/file.js").replace("asset:coffre.js", &coffre);
    let file = add("file.js", js, file.into());
    let volet = add("volet.js", js, include_str!("../static/js/volet.js").into());
    let envoi = add("envoi.js", js, include_str!("../static/js/envoi.js").into());
    let sceau = add("sceau.js", js, include_str!("../static/js/sceau.js").into());
    for (name, source) in [
        ("grille.js", include_str!("../static/js/grille.js")),
        ("saisie.js", include_str!("../static/js/saisie.js")),
        ("depart.js", include_str!("../static/js/depart.js")),
        ("palette.js", include_str!("../static/js/palette.js")),
        ("demandes.js", include_str!("../static/js/demandes.js")),
        ("recueil.js", include_str!("../static/js/recueil.js")),
        ("tuteur.js", include_str!("../static/js/tuteur.js")),
        ("fiche.js", include_str!("../static/js/fiche.js")),
        ("scolaire.js", include_str!("../static/js/scolaire.js")),
        ("scolaire-copie.js", include_str!("../static/js/scolaire-copie.js")),
        ("verification.js", include_str!("../static/js/verification.js")),
        ("projection.js", include_str!("../static/js/projection.js")),
        ("recopie.js", include_str!("../static/js/recopie.js")),
        ("tirage.js", include_str!("../static/js/tirage.js")),
        ("premiere.js", include_str!("../static/js/premiere.js")),
        ("cle.js", include_str!("../static/js/cle.js")),
    ] {
        add(
            name,
            js,
            [
                ("file", &file),
                ("volet", &volet),
                ("coffre", &coffre),
                ("envoi", &envoi),
                ("sceau", &sceau),
            ]
            .iter()
            .fold(source.to_owned(), |s, (nom, url)| s.replace(&format!("asset:{nom}.js"), url))
            .into(),
        );
    }
    add("icons.svg", "image/svg+xml", Bytes::from_static(include_bytes!("../static/icons.svg")));
    add(
        "favicon.svg",
        "image/svg+xml",
        Bytes::from_static(include_bytes!("../static/favicon.svg")),
    );
    assets
});

/// The address of an asset, for templates; empty for one that does not exist, which a test would see.
pub fn url(name: &str) -> &'static str {
    ASSETS.get(name).map_or("", |a| a.url.as_str())
}

pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/static/{hash}/{name}", get(show))
        .route(
            "/favicon.svg",
            get(|request: Request| async move { send("favicon.svg", request.headers()) }),
        )
        .route("/robots.txt", get(|| async { include_str!("../static/robots.txt") }))
}

async fn show(request: Request) -> Response {
    let path = request.uri().path();
    let name = path.rsplit('/').next().unwrap_or_default();
    if url(name) == path {
        send(name, request.headers())
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

fn send(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let accepts =
        headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let small = accepts
        .contains("br")
        .then(|| asset.brotli.get_or_init(|| compress(asset)).clone())
        .flatten();
    let encoded = small.is_some();
    let mut response = small.unwrap_or_else(|| asset.body.clone()).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.type_mime));
    answer.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if encoded {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// Texts only: a font is compressed already.
fn compress(asset: &Asset) -> Option<Bytes> {
    let mut small = vec![];
    let params = brotli::enc::BrotliEncoderParams { quality: 9, ..Default::default() };
    brotli::BrotliCompress(&mut asset.body.as_ref(), &mut small, &params).ok()?;
    (asset.type_mime != "font/woff2" && small.len() < asset.body.len()).then(|| small.into())
}
