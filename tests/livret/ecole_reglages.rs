//! What a school says of itself, which time it keeps, its images; and what its direction reads.
use axum::http::StatusCode;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    ecole::{envoyer, formulaire},
    lycee::Lycee,
    octets,
};

const ICI: &str = "/administration/etablissement";

#[sqlx::test]
async fn a_school_is_set_by_its_administrator_and_keeps_its_own_time(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let avant = admin.get(ICI).await;
    avant.contient("UAI 0000000A · il y est 09:00");
    let dits = [
        ("nom", "Lycée Simone-Vidal"),
        ("adresse", "1 rue des Goélands"),
        ("code_postal", "97400"),
        ("ville", "Saint-Denis"),
        ("academie", "La Réunion"),
        ("site", "https://exemple.test"),
        ("fuseau", "Indian/Reunion"),
    ];
    let marque = "name=\"fuseau\"";
    assert_eq!(envoyer(&admin, (ICI, marque, ICI), &dits).await.status, StatusCode::SEE_OTHER);
    let page = admin.get(ICI).await;
    page.contient("il y est 12:00");
    page.contient("value=\"Saint-Denis\"");
    // What is wrong is told by field, and nothing that was typed is lost.
    let faux = [
        ("nom", ""),
        ("ville", "Le Port"),
        ("site", "exemple.test"),
        ("fuseau", ""),
        ("fuseau_autre", "Lune/Tycho"),
    ];
    let page = envoyer(&admin, (ICI, marque, ICI), &faux).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for mots in [
        "Ce champ est à remplir.",
        "L’adresse d’un site commence par https://",
        "Ce fuseau horaire n’existe pas",
        "value=\"Le Port\"",
        "value=\"exemple.test\"",
        "value=\"Lune/Tycho\"",
    ] {
        page.contient(mots);
    }
    // Read before somebody else wrote: both values are said; sent again, it is a choice.
    let caches = formulaire(&avant, marque);
    let mut champs: Vec<(&str, &str)> =
        caches.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    champs.extend([("nom", "Lycée Simone-Vidal"), ("ville", "Brest"), ("fuseau", "Europe/Paris")]);
    let page = admin.post(ICI, &champs).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("la ville est «\u{a0}Saint-Denis\u{a0}», vous vouliez «\u{a0}Brest\u{a0}»");
    let (version, cle) = (page.champ("version"), page.champ("cle"));
    let champs = [
        ("nom", "Lycée Simone-Vidal"),
        ("ville", "Brest"),
        ("fuseau", "America/Martinique"),
        ("version", &version),
        ("cle", &cle),
    ];
    assert_eq!(admin.post(ICI, &champs).await.status, StatusCode::SEE_OTHER);
    admin.get(ICI).await.contient("il y est 04:00");
    // The other school is as it was.
    let (nom, fuseau): (String, String) =
        sqlx::query_as("select nom, fuseau from livret.etablissement where uai = '0000000B'")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!((nom.as_str(), fuseau.as_str()), ("Lycée Henri-Maréchal", "Indian/Reunion"));
}

#[sqlx::test]
async fn the_logo_of_a_school_is_shown_to_its_people_and_to_nobody_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let vers = format!("{ICI}/images");
    assert_eq!(admin.get("/etablissement/logo").await.status, StatusCode::NOT_FOUND);
    let cle = Uuid::from_u128(7).to_string();
    let champs = [("genre", "logo"), ("cle", cle.as_str())];
    let deposer = async |nom: &str, octets: &[u8]| {
        let cle = Uuid::new_v5(&Uuid::NAMESPACE_OID, octets).to_string();
        admin.upload_tous(&vers, &[champs[0], ("cle", &cle)], &[(nom, octets)]).await
    };
    for (nom, contenu, dit) in [
        ("faux.png", b"%PDF-1.7 rien".to_vec(), ""),
        ("texte.png", b"un texte".to_vec(), "ni un PNG ni un JPEG"),
        ("gros.png", vec![0; (1 << 20) + 1], "dépasse 1\u{a0}Mo"),
        ("rien.png", vec![], "Choisissez une image"),
    ] {
        let page = deposer(nom, &contenu).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{nom}");
        page.contient(dit);
    }
    let page = deposer("logo.png", &octets::png()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    for qui in ["admin", "martin", "amina", "jury", "direction", "ddfpt"] {
        let page = lycee.visiteur(qui).await.get("/etablissement/logo").await;
        assert_eq!(page.status, StatusCode::OK, "{qui}");
        assert_eq!(page.headers["content-type"], "image/png");
        assert!(page.octets.starts_with(b"\x89PNG"));
    }
    let autre = lycee.visiteur("lefevre").await.get("/etablissement/logo").await;
    assert_eq!(autre.status, StatusCode::NOT_FOUND);
    assert_eq!(lycee.passant().get("/etablissement/logo").await.location, "/connexion");
    assert_eq!(deposer("logo.jpg", &octets::jpeg(40, 20)).await.status, StatusCode::SEE_OTHER);
    let page = admin.get("/etablissement/logo").await;
    assert_eq!(page.headers["content-type"], "image/jpeg", "the last one counts");
    let retrait = format!("{vers}/retrait");
    envoyer(&admin, (ICI, "images/retrait", &retrait), &[]).await;
    assert_eq!(admin.get("/etablissement/logo").await.status, StatusCode::NOT_FOUND);
    assert_eq!(lycee.compter("livret.image").await, 3, "each stays");
}

#[sqlx::test]
async fn the_direction_reads_the_planning_and_no_judgement(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, promotion) = (lycee.numero("amina").await, lycee.promotion("amina").await);
    let martin = lycee.visiteur("martin").await;
    let case = format!("/etudiants/{amina}/sous-competences/1.1.1");
    let formulaire = martin.get(&case).await;
    let (version, cle) = (formulaire.champ("version"), formulaire.champ("cle"));
    let champs = [
        ("niveau", "TI"),
        ("version", &version),
        ("cle", &cle),
        ("remarque", "CANARI du jugement"),
    ];
    martin.post(&format!("{case}/positionnements"), &champs).await;
    let passages = format!("/promotions/{promotion}/passages/E4");
    let page = martin.get(&passages).await;
    let temps = page.html.split(&format!("name=\"le-{amina}-")).nth(1).unwrap();
    let temps = temps.split('"').next().unwrap();
    let (le, etat, salle, version) = (
        format!("le-{amina}-{temps}"),
        format!("etat-{amina}-{temps}"),
        format!("salle-{amina}-{temps}"),
        format!("version-{amina}-{temps}"),
    );
    let cle = page.champ("cle");
    let champs = [
        (le.as_str(), "2027-05-03"),
        (&etat, "reconvoque"),
        (&salle, "B12"),
        (&version, "0"),
        ("cle", &cle),
    ];
    let page = martin.post(&passages, &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    for qui in ["direction", "ddfpt"] {
        let elle = lycee.visiteur(qui).await;
        let accueil = elle.get("/").await;
        accueil.contient("NDRC 2025-2027");
        accueil.contient("NDRC 2026-2028");
        let page = elle.get(&format!("/direction/promotions/{promotion}")).await;
        page.contient("DIALLO Amina");
        page.contient("reconvoqué le 03/05/2027, salle B12");
        page.contient("1\u{a0}reconvoqué");
        page.contient("conforme");
        for secret in ["CANARI", "data-niveau", "Très insuffisant", "<form class=\"formulaire"] {
            page.sans(secret);
        }
        let autre = lycee.promotion("etudiant3-1").await;
        let page = elle.get(&format!("/direction/promotions/{autre}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "another school");
        let page = elle.get(&format!("/etudiants/{amina}/livret")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    // Whatever the pages: the role reads no judgement and no mark; of the journal, only what she did herself.
    let lues: Vec<String> = sqlx::query_scalar(
        "select table_schema || '.' || table_name from information_schema.tables
          where table_schema in ('livret', 'certification')
            and has_table_privilege('livret_direction', table_schema || '.' || table_name, 'select') order by 1",
    )
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    for secret in [
        "livret.positionnement",
        "livret.validation",
        "livret.preuve",
        "livret.fiche_version",
        "livret.avis",
        "certification.grille",
        "certification.evaluation",
        "certification.scolaire_bulletin",
    ] {
        assert!(!lues.iter().any(|l| l == secret), "{secret} in {lues:?}");
    }
    let ecrites: Vec<String> = sqlx::query_scalar(
        "select distinct table_name::text from information_schema.role_table_grants
          where grantee = 'livret_direction' and privilege_type in ('INSERT', 'UPDATE', 'DELETE') order by 1",
    )
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    assert_eq!(ecrites, ["evenement", "rectification"], "what she asks to be put right of herself");
    let mut db = lycee.db.begin().await.unwrap();
    for demande in [
        "set local role livret_direction",
        "select set_config('livret.etablissement', '1', true), set_config('livret.personne', '1', true)",
    ] {
        sqlx::query(demande).execute(&mut *db).await.unwrap();
    }
    let celles_d_autres: i64 =
        sqlx::query_scalar("select count(*) from livret.evenement where acteur_id <> 1")
            .fetch_one(&mut *db)
            .await
            .unwrap();
    assert_eq!(celles_d_autres, 0);
}
