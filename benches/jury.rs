//! What leaves for the jury, timed: the promotion of the demonstration, thirty-six candidates, each with files. `cargo bench
//! --bench jury`. Nothing here can fail: it prints, people judge.
#![expect(clippy::unwrap_used, reason = "a measure that cannot go on stops")]
use std::{
    io::Cursor,
    sync::Arc,
    time::{Duration, Instant},
};

use livret::{
    app::{self, App},
    cluster::{Cluster, Life},
    compte::{Compte, ouvrir_session},
    config::Config,
    date::Clock,
    demo,
    jury::{Lecteurs, paquet::Paquet, pdf, tableur},
    preuve::fichier::lieu,
    sceau::{Random, Sceau},
};
use object_store::ObjectStoreExt;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};

const CANDIDATS: i32 = 36;

fn main() {
    let dossier = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-jury");
    let _ = std::fs::remove_dir_all(&dossier);
    std::fs::create_dir_all(&dossier).unwrap();
    let cluster = Cluster::start(&dossier, Life::WithProcess).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        cluster.ensure_database("livret").await.unwrap();
        let options = cluster.options("livret");
        let magasin = object_store::local::LocalFileSystem::new_with_prefix(&dossier).unwrap();
        let app = App::new(
            app::pool(options.clone(), 4),
            Config::default(),
            Clock::system(),
            Random::system(),
            Sceau::new(&[7; 32]),
            Arc::new(magasin),
            dossier.join("depots"),
        );
        app::migrate(&options).await.unwrap();
        let mut db = PgConnection::connect_with(&options).await.unwrap();
        demo::peupler(&mut db, &app).await.unwrap();
        let promotion = agrandir(&mut db, &app).await;
        println!("mémoire avant : {} Mo", memoire());
        mesurer(&app, promotion).await;
        println!("mémoire au plus : {} Mo", memoire());
        app.db.close().await;
    });
    cluster.stop().unwrap();
}

/// Four more candidates; each preuve of the promotion has a document of two pages and a photo.
async fn agrandir(db: &mut PgConnection, app: &App) -> i64 {
    sqlx::query("select set_config('livret.etablissement', '1', false)")
        .execute(&mut *db)
        .await
        .unwrap();
    let promotion: i64 = sqlx::query_scalar("select min(promotion_id) from livret.promotion")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    sqlx::query(
        "with p as (insert into livret.personne (etablissement_id, nom, prenom)
             select 1, 'ZOLA', 'Élève ' || n from generate_series(33, $2) n returning personne_id)
         insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
         select 1, $1, personne_id, '2025-09-01' from p",
    )
    .bind(promotion)
    .bind(CANDIDATS)
    .execute(&mut *db)
    .await
    .unwrap();
    let lecteurs = jury(app).await;
    let mut ouverte = lecteurs.promotion(app, promotion).await.unwrap();
    let etudiants = ouverte.candidats().await.unwrap();
    let deux_pages =
        pdf::candidat(&ouverte.dossier(&etudiants[..1]).await.unwrap(), 0, None).unwrap();
    drop(ouverte);
    for (nom, genre, octets, pages) in
        [("Bilan", "pdf", deux_pages, Some(2)), ("Photo", "jpg", photo(), None)]
    {
        let empreinte = Sha256::digest(&octets).to_vec();
        let taille = i64::try_from(octets.len()).unwrap();
        app.fichiers.put(&lieu(&empreinte), octets.into()).await.unwrap();
        sqlx::query(
            "insert into livret.fichier (etablissement_id, par, cle, depose_le, nom, genre, taille, empreinte, pages, preuve_id, rang)
             select 1, p.par, gen_random_uuid(), now(), $1 || '.' || $2, $2, $3, $4, $5, p.preuve_id,
                    1 + (select count(*) from livret.fichier f where f.preuve_id = p.preuve_id)
               from livret.preuve p where p.etablissement_id = 1",
        )
        .bind(nom)
        .bind(genre)
        .bind(taille)
        .bind(empreinte)
        .bind(pages)
        .execute(&mut *db)
        .await
        .unwrap();
    }
    promotion
}

/// As heavy as those of a telephone, once redrawn.
fn photo() -> Vec<u8> {
    let mut graine = 7u32;
    let image = image::RgbImage::from_fn(2400, 1800, |x, y| {
        graine = graine.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = u8::try_from(graine >> 28).unwrap();
        let onde = |pas: u32| u8::try_from((x / pas + y / (pas + 3)) % 200).unwrap() + grain;
        image::Rgb([onde(17), onde(29), onde(41)])
    });
    let mut octets = Cursor::new(vec![]);
    image.write_to(&mut octets, image::ImageFormat::Jpeg).unwrap();
    octets.into_inner()
}

async fn jury(app: &App) -> Lecteurs {
    let cookie = ouvrir_session(app, "jury").await.unwrap().unwrap();
    Lecteurs::of(Arc::new(Compte::of_session(app, &cookie).await.unwrap().unwrap()))
}

fn dire(quoi: &str, temps: Duration) {
    println!("{quoi:<44} {:>9.1} ms", temps.as_secs_f64() * 1000.0);
}

async fn mesurer(app: &App, promotion: i64) {
    let lecteurs = jury(app).await;
    let mut ouverte = lecteurs.promotion(app, promotion).await.unwrap();
    let etudiants = ouverte.candidats().await.unwrap();
    let debut = Instant::now();
    let dossier = ouverte.dossier(&etudiants).await.unwrap();
    dire(&format!("lire {} candidats d’un coup", etudiants.len()), debut.elapsed());
    for tour in ["première fois", "ensuite"] {
        let debut = Instant::now();
        let octets = pdf::promotion(&dossier, None).unwrap();
        dire(&format!("recueil des synthèses, {} Ko, {tour}", octets.len() >> 10), debut.elapsed());
    }
    println!("mémoire après le recueil : {} Mo", memoire());
    let debut = Instant::now();
    tableur::xlsx::ecrire(&tableur::classeur(&dossier)).unwrap();
    dire("tableur XLSX", debut.elapsed());
    let debut = Instant::now();
    tableur::ods::ecrire(&tableur::classeur(&dossier)).unwrap();
    dire("tableur ODS", debut.elapsed());
    drop(ouverte);
    let mut ouverte = lecteurs.promotion(app, promotion).await.unwrap();
    let debut = Instant::now();
    let (_, liasses) = ouverte.liasses(&etudiants).await.unwrap();
    dire("lire les dossiers complets", debut.elapsed());
    drop(ouverte);
    let (mut paquet, mut temps) = (Paquet::new(app).unwrap(), vec![]);
    let debut = Instant::now();
    for liasse in &liasses {
        let un = Instant::now();
        let racine = format!("{}/", liasse.racine());
        liasse.emballer(app, &mut paquet, &racine).await.unwrap();
        temps.push(un.elapsed());
    }
    let fait = paquet.finir(&serde_json::json!({})).unwrap();
    temps.sort_unstable();
    println!("{} fichiers joints", liasses.iter().map(|l| l.pieces().count()).sum::<usize>());
    dire(&format!("tous les dossiers, {} Mo", fait.taille >> 20), debut.elapsed());
    dire("un dossier, médiane", temps[temps.len() / 2]);
    dire("un dossier, le plus long", temps[temps.len() - 1]);
}

/// The most that this process held, in megabytes.
fn memoire() -> u64 {
    let etat = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ligne = etat.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    ligne.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() >> 10
}
