//! A whole school moves to another server: everything is there, signed as it was, and its pages say the same.
use std::{io::Read, path::Path};

use livret::{journal, transfert};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

use crate::lycee::Lycee;

/// Another database of the same server, gone with its guard's last word.
async fn ailleurs(db: &PgPool) -> PgPool {
    let options = db.connect_options().as_ref().clone();
    // A name is cut after 63 letters: what tells the two apart comes first.
    let nom = format!("la_bas{}", options.get_database().unwrap());
    let mut racine = PgConnection::connect_with(&options).await.unwrap();
    for demande in ["drop database if exists", "create database"] {
        let demande = format!("{demande} \"{nom}\"");
        sqlx::query(AssertSqlSafe(demande)).execute(&mut racine).await.unwrap();
    }
    let pool = PgPool::connect_with(options.database(&nom)).await.unwrap();
    livret::app::migrate_any(
        &mut PgConnection::connect_with(&livret::app::owner(&pool.connect_options()))
            .await
            .unwrap(),
    )
    .await
    .unwrap();
    pool
}

async fn oublier(lycee: Lycee, ici: &PgPool) {
    let nom = lycee.db.connect_options().get_database().unwrap().to_owned();
    lycee.app.db.close().await;
    lycee.db.close().await;
    let demande = format!("drop database \"{nom}\" with (force)");
    sqlx::query(AssertSqlSafe(demande)).execute(ici).await.unwrap();
}

async fn exporter(lycee: &Lycee, vers: &Path) -> anyhow::Result<transfert::Bilan> {
    let mut db = lycee.db.acquire().await?;
    transfert::exporter(&mut db, &lycee.app, "0000000A", vers).await
}

async fn importer(lycee: &Lycee, fichier: &Path) -> anyhow::Result<transfert::Bilan> {
    let mut db = lycee.db.acquire().await?;
    transfert::importer(&mut db, &lycee.app, fichier).await
}

/// Zoé is judged, has kept a file with a preuve, and has asked for it to be looked at.
async fn vecu(lycee: &Lycee) {
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    for (n, code) in ["1.1.1", "1.1.2"].iter().enumerate() {
        let cle = format!("00000000-0000-4000-8000-{n:012}");
        let chemin = format!("/etudiants/{zoe}/sous-competences/{code}/positionnements");
        martin.post(&chemin, &[("niveau", "S"), ("version", "0"), ("cle", &cle)]).await;
    }
    let elle = lycee.visiteur("zoe").await;
    let cle = elle.get("/preuves/nouvelle").await.champ("cle");
    let champs = [
        ("titre", "Vente flash; \"entre guillemets\"\n=1+1"),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("codes", "1.1.1"),
        ("cle", &cle),
    ];
    elle.upload("/preuves/nouvelle", &champs, Some(("notes.txt", "J’ai vendu."))).await;
    lycee.demande("zoe").await;
}

#[sqlx::test]
async fn a_school_moves_with_its_files_and_its_journal_still_holds(db: PgPool) {
    let ici = Lycee::open(db.clone()).await;
    vecu(&ici).await;
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("ecole.zip");
    let parti = exporter(&ici, &fichier).await.unwrap();
    assert_eq!(parti.fichiers, 1);
    let la_bas = Lycee::sans_ecole(ailleurs(&db).await, [8; 32]).await;
    let arrive = importer(&la_bas, &fichier).await.unwrap();
    assert_eq!(arrive, parti);

    // The same pages, to the letter, for the same people; the file is there.
    let zoe = ici.numero("zoe").await;
    for (qui, chemin) in [
        ("zoe", "/livret".to_owned()),
        ("zoe", "/preuves".to_owned()),
        ("martin", format!("/etudiants/{zoe}/livret")),
        ("martin", format!("/etudiants/{zoe}/preuves")),
    ] {
        let avant = ici.visiteur(qui).await.get(&chemin).await;
        let apres = la_bas.visiteur(qui).await.get(&chemin).await;
        assert_eq!(apres.status, 200, "{chemin}");
        assert_eq!(sans_cles(&apres.html), sans_cles(&avant.html), "{chemin}");
    }
    let (preuve, rang): (i64, i32) = sqlx::query_as("select preuve_id, rang from livret.fichier")
        .fetch_one(&la_bas.db)
        .await
        .unwrap();
    let chemin = format!("/preuves/{preuve}/fichiers/{rang}");
    let joint = la_bas.visiteur("zoe").await.get(&chemin).await;
    assert_eq!(joint.html, "J’ai vendu.");

    // Life goes on there: a new line follows the old ones, two keys sign one chain.
    let martin = la_bas.visiteur("martin").await;
    let chemin = format!("/etudiants/{zoe}/sous-competences/1.1.3/positionnements");
    let cle = "00000000-0000-4000-8000-000000000099";
    let page = martin.post(&chemin, &[("niveau", "TS"), ("version", "0"), ("cle", cle)]).await;
    assert_eq!(page.status, 303, "{}", page.html);
    let mut connection = la_bas.db.acquire().await.unwrap();
    let constat = journal::verifier(&mut connection, &la_bas.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
    assert_eq!(i64::try_from(constat.evenements).unwrap(), parti.evenements + 1);
    // A line that the old key would sign after the school left is no line of it.
    sqlx::query("update livret.cle_publique set jusqu_a_seq = jusqu_a_seq - 1")
        .execute(&mut *connection)
        .await
        .unwrap();
    let constat = journal::verifier(&mut connection, &la_bas.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes.len(), 1, "{:?}", constat.fautes);
    drop(connection);
    oublier(la_bas, &db).await;
}

/// Keys of forms are drawn at each reading.
fn sans_cles(html: &str) -> String {
    let mut sortie = String::new();
    let mut reste = html;
    while let Some((avant, apres)) = reste.split_once("name=\"cle\" value=\"") {
        sortie.push_str(avant);
        reste = apres.split_once('"').map_or("", |(_, r)| r);
    }
    sortie + reste
}

#[sqlx::test]
async fn every_table_of_a_school_goes_or_says_why_it_stays(db: PgPool) {
    let ici = Lycee::open(db).await;
    vecu(&ici).await;
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("ecole.zip");
    exporter(&ici, &fichier).await.unwrap();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&fichier).unwrap()).unwrap();
    let mut personnes = String::new();
    zip.by_name("tables/livret.personne.csv").unwrap().read_to_string(&mut personnes).unwrap();
    assert!(personnes.contains("ÉTIENNE"), "one's own");
    let mut tout = String::new();
    for n in 0..zip.len() {
        zip.by_index(n).unwrap().read_to_string(&mut tout).unwrap();
    }
    assert!(!tout.contains("Henri-Maréchal"), "nothing of another school");
    let noms: Vec<String> = zip.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert!(!noms.iter().any(|n| n.contains("session")), "nobody stays signed in: {noms:?}");
}

#[sqlx::test]
async fn what_cannot_come_in_is_refused_whole_and_says_why(db: PgPool) {
    let ici = Lycee::open(db.clone()).await;
    vecu(&ici).await;
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("ecole.zip");
    exporter(&ici, &fichier).await.unwrap();
    let dit = |e: anyhow::Error| format!("{e:#}");
    assert!(dit(importer(&ici, &fichier).await.unwrap_err()).contains("déjà ouvert"));
    let inconnu = {
        let mut db = ici.db.acquire().await.unwrap();
        transfert::exporter(&mut db, &ici.app, "9999999Z", &dossier.path().join("x.zip")).await
    };
    assert!(dit(inconnu.unwrap_err()).contains("aucun établissement 9999999Z"));

    let la_bas = Lycee::sans_ecole(ailleurs(&db).await, [8; 32]).await;
    let touche = dossier.path().join("touche.zip");
    modifier(&fichier, &touche, "tables/livret.positionnement.csv", |t| t.replace(",S,", ",TS,"));
    let message = dit(importer(&la_bas, &touche).await.unwrap_err());
    assert!(message.contains("a été modifié depuis l’export"), "{message}");
    modifier(&fichier, &touche, "manifeste.json", |t| t.replace("0000000A", "0000000C"));
    let message = dit(importer(&la_bas, &touche).await.unwrap_err());
    assert!(message.contains("signature du manifeste"), "{message}");
    std::fs::write(&touche, "une liste").unwrap();
    let message = dit(importer(&la_bas, &touche).await.unwrap_err());
    assert!(message.contains("n’est pas un export"), "{message}");
    assert_eq!(la_bas.compter("livret.etablissement").await, 0, "nothing came in");
    assert_eq!(la_bas.compter("livret.personne").await, 0);
    oublier(la_bas, &db).await;
}

/// The same archive, with one entry written otherwise.
fn modifier(de: &Path, vers: &Path, nom: &str, change: impl Fn(String) -> String) {
    let mut lu = zip::ZipArchive::new(std::fs::File::open(de).unwrap()).unwrap();
    let mut ecrit = zip::ZipWriter::new(std::fs::File::create(vers).unwrap());
    for n in 0..lu.len() {
        let mut entree = lu.by_index(n).unwrap();
        let mut octets = vec![];
        entree.read_to_end(&mut octets).unwrap();
        let ici = entree.name().unwrap().into_owned();
        if ici == nom {
            let texte = String::from_utf8(octets).unwrap();
            let change = change(texte.clone());
            assert_ne!(change, texte, "{nom} holds what is changed");
            octets = change.into_bytes();
        }
        let options = zip::write::SimpleFileOptions::default();
        ecrit.start_file(ici, options).unwrap();
        std::io::Write::write_all(&mut ecrit, &octets).unwrap();
    }
    ecrit.finish().unwrap();
}

#[sqlx::test]
async fn a_new_server_numbers_in_a_block_of_its_own_so_that_schools_can_meet(db: PgPool) {
    let lycee = Lycee::sans_ecole(db, [7; 32]).await;
    let mut connection = lycee.db.acquire().await.unwrap();
    transfert::numeroter(&mut connection, &lycee.app.random).await.unwrap();
    let suivant = "select nextval('livret.personne_personne_id_seq')";
    let premier: i64 = sqlx::query_scalar(suivant).fetch_one(&mut *connection).await.unwrap();
    assert!(premier > 1_000_000 && premier % 1_000_000 == 1, "{premier}");
    transfert::numeroter(&mut connection, &lycee.app.random).await.unwrap();
    let second: i64 = sqlx::query_scalar(suivant).fetch_one(&mut *connection).await.unwrap();
    assert_eq!(second, premier + 1, "drawn once");
}
