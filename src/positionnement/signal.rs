//! « Somebody wrote »: the stream that tells an open grid to ask for what changed.
use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{
    app::{App, InTheNameOf},
    compte::Enseignant,
    error::Result,
    form::Path,
    signal::Avance,
};

/// A stream ends after this; the browser opens another, which asks again who is there.
const DUREE: Duration = Duration::from_mins(4);

pub async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let mut db = app.begin(&enseignant).await?;
    enseignant.promotion(&mut db, id).await?;
    drop(db); // no connection is kept while nothing happens
    let ici = Avance { etablissement_id: enseignant.etablissement_id(), promotion_id: id };
    let avances = app.signal.suivre(&app.db).await?;
    let signal = app.signal.clone();
    let fin = async move {
        tokio::select! {
            () = signal.fin() => {}
            () = tokio::time::sleep(DUREE) => {}
        }
    };
    // The first word says that the line is open: what happened before is asked for.
    let suite = stream::unfold(avances, move |mut avances| async move {
        prochaine(&mut avances, ici).await.then_some((mot(), avances))
    });
    let mots = stream::once(async { mot() }).chain(suite).take_until(fin);
    Ok(Sse::new(mots.map(Ok)).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
}

fn mot() -> Event {
    Event::default().data("avance")
}

/// Waits until something happens here; false when nothing will any more.
async fn prochaine(avances: &mut Receiver<Avance>, ici: Avance) -> bool {
    loop {
        match avances.recv().await {
            Ok(avance) if avance == ici || avance == Avance::PARTOUT => return true,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return true, // some were missed: perhaps ours
            Err(RecvError::Closed) => return false,
        }
    }
}
