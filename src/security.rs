//! The walls of the house: headers, same-origin, limits, the log line, the accept loop.
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::{app::App, error};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// On every answer, errors and files included; a handler may say something stricter.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.config.https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    response
}

/// Unsafe methods come from our own pages: `Sec-Fetch-Site` must say so; where a browser is too old to send it,
/// `Origin` must be ours; neither is a refusal (OWASP, Cross-Site Request Forgery Prevention).
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    if ours(request.headers(), app.config.origine.as_deref()) {
        return next.run(request).await;
    }
    error::page(
        StatusCode::FORBIDDEN,
        "Envoi refusé",
        "Cet envoi ne vient pas d’une page de cette application. Rouvrez la page et recommencez.",
    )
}

fn ours(headers: &HeaderMap, own: Option<&str>) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    match (text(HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => match own {
            Some(own) => origin == own,
            None => text(header::HOST)
                .is_some_and(|host| origin.split_once("://").is_some_and(|(_, o)| o == host)),
        },
        (None, None) => false,
    }
}

/// One line a request: method, route (never the address itself), status, time. And the number shown on error pages.
pub async fn log(State(app): State<App>, request: Request, next: Next) -> Response {
    let numero = hex::encode(app.random.bytes::<8>());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |p| p.as_str().to_owned());
    let start = Instant::now();
    let span = tracing::info_span!("request", numero);
    let answer = tracing::Instrument::instrument(next.run(request), span);
    let mut response = error::REQUEST.scope(error::Demande::new(numero.clone()), answer).await;
    let ms = start.elapsed().as_millis();
    tracing::info!(numero, %method, route, status = response.status().as_u16(), ms, "answered");
    if let Ok(value) = HeaderValue::from_str(&numero) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Answers that the framework makes itself (405, 408, 413) become pages of ours.
pub async fn dressed(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.headers().contains_key(header::CONTENT_TYPE) && !is_plain(&response) {
        return response;
    }
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = response.headers().get(header::ALLOW).cloned();
            let mut page = error::page(
                StatusCode::METHOD_NOT_ALLOWED,
                "Action impossible",
                "Cette adresse n’accepte pas cette action. Revenez à la page précédente.",
            );
            page.headers_mut().extend(allow.map(|a| (header::ALLOW, a)));
            page
        }
        StatusCode::PAYLOAD_TOO_LARGE => error::Error::TooLarge.into_response(),
        StatusCode::REQUEST_TIMEOUT => error::page(
            StatusCode::REQUEST_TIMEOUT,
            "Trop long",
            "L’envoi a pris trop de temps. Vérifiez votre connexion, puis recommencez.",
        ),
        StatusCode::INTERNAL_SERVER_ERROR => {
            error::page(StatusCode::INTERNAL_SERVER_ERROR, "Erreur inattendue", error::INATTENDUE)
        }
        _ => response,
    }
}

fn is_plain(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(b"text/plain"))
        && !response.status().is_success()
}

/// Serves until told to stop, then lets the requests under way finish (20 s at most). A head that is not complete
/// within 5 s is closed: `axum::serve` would keep it for more than a minute.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let graceful = hyper_util::server::graceful::GracefulShutdown::new();
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(5))
        .max_buf_size(64 << 10);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, address)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(50)).await; // out of descriptors: let some go
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let connection = http.serve_connection(TokioIo::new(stream), service(router.clone(), address));
                let connection = graceful.watch(connection);
                tokio::spawn(async move { let _ = connection.await; });
            }
            () = &mut stop => break,
        }
    }
    let _ = tokio::time::timeout(Duration::from_secs(20), graceful.shutdown()).await;
    Ok(())
}

fn service(
    router: Router,
    address: SocketAddr,
) -> impl hyper::service::Service<
    Request<hyper::body::Incoming>,
    Response = Response,
    Error = std::convert::Infallible,
    Future: Send,
> {
    hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(address);
        tower::ServiceExt::oneshot(router.clone(), request)
    })
}
