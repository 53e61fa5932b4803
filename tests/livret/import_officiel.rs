//! The exports of the school: SIECLE for a whole lycée, STS-web for its teachers.
use std::{
    fmt::Write as _,
    io::{Cursor, Write},
    time::Instant,
};

use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    import::{annuler, confirmer, envoyer, ranger, repondre},
    lycee::Lycee,
};

/// A lycée of so many pupils, thirty a division; the first ones are of ours.
pub(crate) fn siecle(combien: usize) -> String {
    let (mut eleves, mut structures) = (String::new(), String::new());
    for n in 0..combien {
        let division = if n < 36 { "1NDRC".to_owned() } else { format!("T{}", n / 30) };
        write!(
            eleves,
            "<ELEVE ELEVE_ID=\"{n}\"><ID_NATIONAL>{n:010}A</ID_NATIONAL><NOM_DE_FAMILLE>NOM{}</NOM_DE_FAMILLE><NOM_USAGE/>\
             <PRENOM>Zoé{n}</PRENOM><DATE_NAISS>{:02}/{:02}/2006</DATE_NAISS><CODE_REGIME>2</CODE_REGIME><DATE_SORTIE/></ELEVE>",
            "ABCDEFGHIJ".chars().cycle().nth(n).unwrap(),
            n % 28 + 1,
            n % 12 + 1
        )
        .unwrap();
        write!(
            structures,
            "<STRUCTURES_ELEVE ELEVE_ID=\"{n}\"><STRUCTURE><CODE_STRUCTURE>{division}</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE>"
        )
        .unwrap();
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><BEE_ELEVES VERSION=\"2.1\"><PARAMETRES><UAJ>9999999Z</UAJ>\
         <ANNEE_SCOLAIRE>2025</ANNEE_SCOLAIRE></PARAMETRES><DONNEES><ELEVES>{eleves}</ELEVES><STRUCTURES>{structures}</STRUCTURES></DONNEES></BEE_ELEVES>"
    )
}

fn zip(nom: &str, octets: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    zip.start_file(nom, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(octets).unwrap();
    zip.finish().unwrap().into_inner()
}

#[sqlx::test]
async fn an_administrator_brings_a_section_in_from_the_export_of_the_whole_lycee(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let archive = zip("ElevesSansAdresses.xml", siecle(1_000).as_bytes());
    let (import, colonnes) =
        envoyer(&admin, "etudiant", ("ElevesSansAdresses.zip", &archive)).await;
    colonnes.contient("Ce fichier vient de l’établissement 9999999Z");
    colonnes.contient("celui de la rentrée 2025");
    colonnes.sans("name=\"colonne\"");
    // A promotion is opened without leaving the list.
    let edition = colonnes.html.split("id=\"edition\"").nth(1).unwrap();
    let edition = edition.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let cle = colonnes.champ("cle");
    let champs = [
        ("nom", "NDRC du port"),
        ("annee_examen", "2028"),
        ("debut", "2026-09-01"),
        ("edition", edition),
        ("cle", &cle),
    ];
    let faux: Vec<_> =
        champs.iter().map(|c| if c.0 == "debut" { ("debut", "31/02/2026") } else { *c }).collect();
    let page = admin.post(&format!("{import}/promotions"), &faux).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("value=\"NDRC du port\"");
    let page = admin.post(&format!("{import}/promotions"), &champs).await;
    assert_eq!(page.location, format!("{import}/colonnes#classes"), "{}", page.html);
    let promotion: i64 =
        sqlx::query_scalar("select promotion_id from livret.promotion where nom = 'NDRC du port'")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let verifier =
        ranger(&admin, &import, &admin.get(&page.location).await, &[("1NDRC", promotion)]).await;
    verifier.contient("36\u{a0}nouveaux");
    verifier.contient("964\u{a0}lignes sont de classes non importées");
    verifier.contient("0\u{a0}absent du fichier");
    confirmer(&admin, &import).await.contient("Import terminé");
    let (inscrits, comptes): (i64, i64) = sqlx::query_as(
        "select count(*), count(c.compte_id) from livret.inscription i left join acces.compte c on c.personne_id = i.etudiant_id where promotion_id = $1",
    )
    .bind(promotion)
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!((inscrits, comptes), (36, 36));
    annuler(&admin, &import).await.contient("36\u{a0}personnes sont reparties");
}

/// The time is printed; the limit is that of what is built for use, which the bench measures.
#[sqlx::test]
async fn five_thousand_pupils_are_read_compared_and_written(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let promotion = lycee.promotion("etudiant2-1").await;
    let octets = siecle(5_000);
    let debut = Instant::now();
    let (import, colonnes) =
        envoyer(&admin, "etudiant", ("ElevesSansAdresses.xml", octets.as_bytes())).await;
    let lu = debut.elapsed();
    let classes: Vec<String> =
        std::iter::once("1NDRC".to_owned()).chain((1..167).map(|n| format!("T{n}"))).collect();
    let vers: Vec<(&str, i64)> = classes.iter().map(|c| (c.as_str(), promotion)).collect();
    ranger(&admin, &import, &colonnes, &vers).await.contient("5000\u{a0}nouveaux");
    let compare = debut.elapsed();
    confirmer(&admin, &import).await.contient("Import terminé");
    println!("5 000 élèves : lus {lu:?}, comparés {compare:?}, écrits {:?}", debut.elapsed());
    assert_eq!(lycee.compter("livret.etat_civil").await, 5_000);
    let (import, colonnes) =
        envoyer(&admin, "etudiant", ("ElevesSansAdresses.xml", octets.as_bytes())).await;
    ranger(&admin, &import, &colonnes, &vers)
        .await
        .contient("5000\u{a0}personnes sont déjà à jour");
}

const STS: &str = "<STS_EDT><PARAMETRES><UAJ CODE=\"0750001A\"/><ANNEE_SCOLAIRE ANNEE=\"2026\"/></PARAMETRES><DONNEES><INDIVIDUS>\
    <INDIVIDU ID=\"1\" TYPE=\"epp\"><CIVILITE>2</CIVILITE><NOM_USAGE>NOUVELLE</NOM_USAGE><PRENOM>Nora</PRENOM><FONCTION>ENS</FONCTION></INDIVIDU>\
    <INDIVIDU ID=\"2\" TYPE=\"epp\"><CIVILITE>2</CIVILITE><NOM_USAGE>MARTIN</NOM_USAGE><PRENOM>Helene</PRENOM><FONCTION>ENS</FONCTION></INDIVIDU>\
    <INDIVIDU ID=\"3\" TYPE=\"epp\"><NOM_USAGE>AUTRE</NOM_USAGE><PRENOM>Ali</PRENOM><FONCTION>ENS</FONCTION></INDIVIDU></INDIVIDUS>\
    <STRUCTURE><DIVISIONS><DIVISION CODE=\"1NDRC\"><SERVICES><SERVICE><ENSEIGNANTS><ENSEIGNANT ID=\"1\" TYPE=\"epp\"/><ENSEIGNANT ID=\"2\" TYPE=\"epp\"/>\
    </ENSEIGNANTS></SERVICE></SERVICES></DIVISION><DIVISION CODE=\"2MCO\"><SERVICES><SERVICE><ENSEIGNANTS><ENSEIGNANT ID=\"3\" TYPE=\"epp\"/></ENSEIGNANTS>\
    </SERVICE></SERVICES></DIVISION></DIVISIONS></STRUCTURE></DONNEES></STS_EDT>";

#[sqlx::test]
async fn the_teachers_of_the_divisions_come_in_and_nobody_puts_herself_out(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) =
        (lycee.visiteur("martin").await, lycee.promotion("etudiant2-1").await);
    let (import, colonnes) =
        envoyer(&martin, "enseignant", ("sts_emp_0750001A_2026.xml", STS.as_bytes())).await;
    let verifier = ranger(&martin, &import, &colonnes, &[("1NDRC", promotion)]).await;
    verifier.contient("NOUVELLE Nora");
    verifier.sans("AUTRE Ali");
    verifier.contient("ressemble à MARTIN Hélène");
    let moi = lycee.numero("martin").await.to_string();
    let durand = lycee.numero("durand").await;
    let page = repondre(
        &martin,
        &import,
        &[("reponse-2", &moi), ("desactiver", &durand.to_string()), ("desactiver", &moi)],
    )
    .await;
    assert_eq!(page.location, format!("{import}/confirmer"), "{}", page.html);
    let page = martin.get(&page.location).await;
    page.contient("1\u{a0}personne désactivée");
    let (version, empreinte, cle) =
        (page.champ("version"), page.champ("empreinte"), page.champ("cle"));
    let champs = [("version", version.as_str()), ("empreinte", &empreinte), ("cle", &cle)];
    martin.post(&format!("{import}/confirmer"), &champs).await;
    let suivis: Vec<String> = sqlx::query_scalar(
        "select distinct nom from livret.suivi s join livret.personne p on p.personne_id = s.enseignant_id
          where promotion_id = $1 and au is null order by 1",
    )
    .bind(promotion)
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    assert_eq!(suivis, ["MARTIN", "NOUVELLE", "ROSSI"]);
    // Who was put out has no promotion left: a right withdrawn is withdrawn at the next request.
    let durand = lycee.visiteur("durand").await;
    assert_eq!(durand.get(&format!("/promotions/{promotion}")).await.status, StatusCode::NOT_FOUND);
    annuler(&martin, &import).await.contient("Import annulé");
    assert_eq!(durand.get(&format!("/promotions/{promotion}")).await.status, StatusCode::OK);
    let reste: i64 =
        sqlx::query_scalar("select count(*) from livret.personne where nom = 'NOUVELLE'")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!(reste, 0);
    // A student's file for teachers is named.
    let page = crate::import::deposer(&martin, "enseignant", ("e.xml", siecle(3).as_bytes())).await;
    page.contient("Ce fichier est la liste des élèves (SIECLE)");
}
