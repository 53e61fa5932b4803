//! Where the bytes are: a disk or a bucket, full or not, each file once, and no orphan.
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use livret::{
    config::S3,
    preuve::depot::balayage::{Balayage, balayer},
    store,
};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem};
use sqlx::PgPool;

use crate::{
    fichier::{accepte, cle, morceau, preuve, tenus},
    lycee::Lycee,
    octets,
};

/// A disk that fills up, then a store that does: what arrived stays, and it goes on when there is room again.
#[sqlx::test]
async fn what_arrived_stays_when_room_is_missing(db: PgPool) {
    let dossier = tempfile::tempdir().unwrap();
    let local = LocalFileSystem::new_with_prefix(dossier.path()).unwrap();
    let lycee = Lycee::avec(db, Arc::new(local), |_| {}).await;
    let zoe = lycee.visiteur("zoe").await;
    let (cle, texte) = (cle(1), b"un texte");
    let piece = lycee.app.depots.join(format!("{}-{cle}", zoe.numero));
    std::os::unix::fs::symlink("/dev/full", &piece).unwrap();
    let page = morceau(&zoe, &cle, 0, texte.len(), "a.txt", texte).await;
    assert_eq!(page.status, StatusCode::INSUFFICIENT_STORAGE, "{}", page.html);
    page.contient("Ce qui est arrivé est gardé");
    std::fs::remove_file(&piece).unwrap();

    // The folder where these bytes would go is taken by a file.
    let nom = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(texte));
    std::fs::write(dossier.path().join(&nom[..2]), "").unwrap();
    let page = morceau(&zoe, &cle, 0, texte.len(), "a.txt", texte).await;
    assert_eq!(page.status, StatusCode::INSUFFICIENT_STORAGE, "{}", page.html);
    assert_eq!(zoe.get(&format!("/depots/{cle}")).await.dit()["recu"], texte.len());
    std::fs::remove_file(dossier.path().join(&nom[..2])).unwrap();
    let page = morceau(&zoe, &cle, texte.len(), texte.len(), "a.txt", b"").await;
    assert_eq!(page.dit()["nom"], "a.txt", "{}", page.html);
}

/// The same bytes twice are kept once; what no row names is counted, then taken away, and nothing else is.
async fn une_fois_puis_plus(lycee: &Lycee) {
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.visiteur("amina").await);
    let film = octets::mp4(*b"isom");
    let gros =
        [film.clone(), 6_000_008_u32.to_be_bytes().to_vec(), b"mdat".to_vec(), vec![3; 6_000_000]]
            .concat();
    for (qui, n) in [(&zoe, 1), (&zoe, 2), (&amina, 1)] {
        accepte(qui, n, "photo.jpg", &octets::jpeg(90, 60)).await;
        accepte(qui, n + 10, "film.mp4", &gros).await; // more than one part
    }
    assert_eq!(lycee.compter("livret.fichier").await, 6);
    assert_eq!(tenus(lycee).await.len(), 3, "the photo, its thumbnail, the film");
    assert_eq!(balayer(&lycee.app, true).await.unwrap(), Balayage::default());
    for (qui, n) in [(&zoe, 1), (&zoe, 2)] {
        qui.post(&format!("/depots/{}/retrait", cle(n)), &[]).await;
    }
    assert_eq!(balayer(&lycee.app, true).await.unwrap().orphelins, 0, "amina has the same photo");
    amina.post(&format!("/depots/{}/retrait", cle(1)), &[]).await;
    let ailleurs = object_store::path::Path::from("a-quelqu-un-d-autre");
    lycee.app.fichiers.put(&ailleurs, "x".into()).await.unwrap();
    let compte = balayer(&lycee.app, false).await.unwrap();
    assert_eq!((compte.orphelins, tenus(lycee).await.len()), (2, 4), "counted, nothing taken");
    assert_eq!(balayer(&lycee.app, true).await.unwrap(), compte);
    assert_eq!(balayer(&lycee.app, true).await.unwrap(), Balayage::default());
    let restes: Vec<String> = tenus(lycee).await.into_iter().map(|t| t.0).collect();
    assert_eq!(restes.len(), 2, "{restes:?}");
    // And what is kept comes back whole.
    let id = accepte(&zoe, 11, "film.mp4", &gros).await["fichier"].as_i64().unwrap();
    let adresse = preuve(&zoe, "/preuves/nouvelle", &[id]).await;
    let servi = zoe.get(&format!("{adresse}/fichiers/1")).await;
    assert_eq!(servi.octets.len(), gros.len());
    assert_eq!(servi.headers["content-type"], "video/mp4");
}

#[sqlx::test]
async fn a_folder_keeps_each_file_once_and_no_orphan(db: PgPool) {
    let dossier = tempfile::tempdir().unwrap();
    let local = store::open(dossier.path(), &S3::default()).unwrap();
    une_fois_puis_plus(&Lycee::avec(db, local, |_| {}).await).await;
}

/// Ends with the test that started it.
struct Serveur(Child);

impl Drop for Serveur {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real S3 server of this machine, with an empty bucket; none where it is not installed, except in CI.
fn seau() -> Option<(Serveur, S3)> {
    let programme = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin/moto_server");
    if !programme.exists() {
        assert!(std::env::var("CI").is_err(), "{} is missing", programme.display());
        eprintln!("PASSÉ : {} n’est pas sur cette machine", programme.display());
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serveur = Serveur(
        Command::new(programme)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let fin = Instant::now() + Duration::from_mins(1);
    let cree = || -> std::io::Result<String> {
        use std::io::{Read, Write};
        let mut connexion = std::net::TcpStream::connect(("127.0.0.1", port))?;
        write!(
            connexion,
            "PUT /livret HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )?;
        let mut reponse = String::new();
        connexion.read_to_string(&mut reponse)?;
        Ok(reponse)
    };
    while !cree().is_ok_and(|r| r.starts_with("HTTP/1.1 200")) {
        assert!(Instant::now() < fin, "the S3 server does not answer");
        std::thread::sleep(Duration::from_millis(100));
    }
    let s3 = S3 {
        seau: Some("livret".to_owned()),
        adresse: Some(format!("http://127.0.0.1:{port}")),
        region: "us-east-1".to_owned(),
        cle: Some("essai".to_owned()),
        secret: Some("essai".to_owned()),
    };
    Some((serveur, s3))
}

#[sqlx::test]
async fn a_bucket_keeps_each_file_once_and_no_orphan(db: PgPool) {
    let Some((_serveur, s3)) = tokio::task::spawn_blocking(seau).await.unwrap() else { return };
    let magasin: Arc<dyn ObjectStore> = store::open(Path::new("/nulle-part"), &s3).unwrap();
    une_fois_puis_plus(&Lycee::avec(db, magasin, |_| {}).await).await;
}
