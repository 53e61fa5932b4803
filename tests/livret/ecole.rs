//! Who is what, from when to when: blocs, replacements, windows, and what each may not do for herself.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;
use uuid::Uuid;

use crate::lycee::{Lycee, Page, Visiteur};

/// The values of the hidden fields of the form that holds this text.
pub(crate) fn formulaire(page: &Page, marque: &str) -> Vec<(String, String)> {
    let form = page.html.split("<form").find(|f| f.contains(marque));
    let form = form.unwrap_or_else(|| panic!("no form with {marque} in {}", page.html));
    let form = form.split("</form>").next().unwrap();
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|champ| {
            let (nom, reste) = champ.split_once("\" value=\"").unwrap();
            (nom.to_owned(), reste.split_once('"').unwrap().0.to_owned())
        })
        .collect()
}

/// Sends a form of a page, with what is typed.
pub(crate) async fn envoyer(
    qui: &Visiteur,
    (page, marque, vers): (&str, &str, &str),
    dits: &[(&str, &str)],
) -> Page {
    let caches = formulaire(&qui.get(page).await, marque);
    let mut champs: Vec<(&str, &str)> =
        caches.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    champs.extend_from_slice(dits);
    qui.post(vers, &champs).await
}

/// Changes what a teacher holds in a promotion.
async fn changer(lycee: &Lycee, enseignant: &str, dits: &[(&str, &str)]) -> Page {
    let admin = lycee.visiteur("admin").await;
    let equipe = format!("/administration/promotions/{}/equipe", lycee.promotion("amina").await);
    let marque = format!("name=\"enseignant\" value=\"{}\"", lycee.numero(enseignant).await);
    envoyer(&admin, (&equipe, &marque, &format!("{equipe}/changement")), dits).await
}

async fn juger(qui: &Visiteur, etudiant: i64, code: &str) -> Page {
    let case = format!("/etudiants/{etudiant}/sous-competences/{code}/positionnements");
    let cle = format!("{}/{etudiant}/{code}", qui.numero);
    let cle = Uuid::new_v5(&Uuid::NAMESPACE_OID, cle.as_bytes()).to_string();
    qui.post(&case, &[("niveau", "S"), ("version", "0"), ("cle", &cle)]).await
}

#[sqlx::test]
async fn who_holds_one_bloc_reads_the_others_and_judges_none_of_them(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, promotion) = (lycee.numero("amina").await, lycee.promotion("amina").await);
    let okafor = lycee.visiteur("okafor").await;
    assert_eq!(juger(&okafor, amina, "2.1.2").await.status, StatusCode::SEE_OTHER, "all at first");
    let page = changer(&lycee, "okafor", &[("blocs", "1"), ("au", "")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);

    // The pages say so, and offer nothing.
    okafor.get("/").await.contient("vous jugez les sous-compétences du bloc\u{a0}1");
    let grille = okafor.get(&format!("/promotions/{promotion}/grille")).await;
    grille.contient("Vous jugez les sous-compétences du bloc\u{a0}1");
    grille.contient("data-code=\"2.1.1\" title=");
    let entete = grille.html.split("data-code=\"2.1.1\"").nth(1).unwrap();
    assert!(entete.split('>').next().unwrap().contains("data-lecture"), "{entete}");
    let entete = grille.html.split("data-code=\"1.1.1\"").nth(1).unwrap();
    assert!(!entete.split('>').next().unwrap().contains("data-lecture"));
    let saisie = okafor.get(&format!("/etudiants/{amina}/saisie")).await;
    saisie.contient("Bloc confié à d’autres enseignants\u{a0}: vous lisez sans juger.");
    let case = okafor.get(&format!("/etudiants/{amina}/sous-competences/2.1.1")).await;
    case.sans("name=\"niveau\"");

    // Every way of writing refuses; hers still writes.
    let page = juger(&okafor, amina, "2.1.1").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("confié à d’autres enseignants");
    let envoi = serde_json::json!({ "compte": okafor.numero, "jugements": [
        { "e": amina, "c": "2.1.1", "n": "TS", "v": 0, "k": Uuid::from_u128(1) },
        { "e": amina, "c": "1.1.1", "n": "TS", "v": 0, "k": Uuid::from_u128(2) },
    ]});
    let page = okafor.json(&format!("/promotions/{promotion}/positionnements"), &envoi).await;
    let etats: Vec<_> = page.dit()["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["etat"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(etats, ["refus", "ok"]);
    // A level of hers from before, in a bloc that is hers no more, cannot be taken away either.
    let version: i64 =
        sqlx::query_scalar("select version from livret.positionnement where code = '2.1.2'")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let champs = [
        ("niveau", "effacer"),
        ("version", &version.to_string()),
        ("cle", "00000000-0000-4000-8000-0000000000aa"),
    ];
    let vers = format!("/etudiants/{amina}/sous-competences/2.1.2/positionnements");
    assert_eq!(okafor.post(&vers, &champs).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // The team's decision neither.
    let champ = |quoi: &str| format!("{quoi}-{amina}-2.1.1");
    let (niveau, motif, version) = (champ("niveau"), champ("motif"), champ("version"));
    let champs = [
        (niveau.as_str(), "S"),
        (&motif, "Vu en classe."),
        (&version, "0"),
        ("cle", "00000000-0000-4000-8000-0000000000ab"),
    ];
    let vers = format!("/etudiants/{amina}/sous-competences/2.1.1/validation");
    let page = okafor.post(&vers, &champs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("confié à d’autres enseignants");
    assert_eq!(lycee.compter("livret.validation").await, 0);
}

/// The second line: the program forgets, the database does not.
#[sqlx::test]
async fn the_database_refuses_a_level_of_another_bloc_too(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, okafor) = (lycee.numero("amina").await, lycee.numero("okafor").await);
    juger(&lycee.visiteur("okafor").await, amina, "1.1.1").await;
    changer(&lycee, "okafor", &[("blocs", "1"), ("au", "")]).await;
    for (code, attendu) in [("1.1.2", None), ("2.1.1", Some("un_bloc_confie"))] {
        let mut tx = lycee.db.begin().await.unwrap();
        let ecole: i64 = sqlx::query_scalar("select etablissement_id from livret.positionnement")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        for (quoi, dit) in [
            ("livret.etablissement", ecole.to_string()),
            ("livret.personne", okafor.to_string()),
            ("livret.jour", "2026-11-24".to_owned()),
            ("role", "livret_enseignant".to_owned()),
        ] {
            sqlx::query("select set_config($1, $2, true)")
                .bind(quoi)
                .bind(dit)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        let fait = sqlx::query(
            "insert into livret.positionnement
             select etablissement_id, etudiant_id, edition_id, $1, situation_id, niveau, preuve_id, remarque, par, vecu_le,
                    saisi_le, version from livret.positionnement where code = '1.1.1'",
        )
        .bind(code)
        .execute(&mut *tx)
        .await;
        match attendu {
            None => assert_eq!(fait.unwrap().rows_affected(), 1),
            Some(nom) => {
                let e = fait.unwrap_err();
                let sqlx::Error::Database(e) = e else { panic!("{e}") };
                assert_eq!(e.constraint(), Some(nom), "{e}");
            }
        }
    }
}

#[sqlx::test]
async fn who_stands_in_has_the_blocs_of_the_absent_from_the_first_day_to_the_last(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("amina").await;
    changer(&lycee, "okafor", &[("blocs", "1"), ("blocs", "3"), ("au", "")]).await;
    let martin = lycee.visiteur("martin").await; // she coordinates
    let equipe = format!("/administration/promotions/{promotion}/equipe");
    let (durand, okafor) =
        (lycee.numero("durand").await.to_string(), lycee.numero("okafor").await.to_string());
    let sans_fin = [("enseignant", durand.as_str()), ("du", "2026-11-25"), ("remplace", &okafor)];
    let page = envoyer(&martin, (&equipe, "name=\"remplace\"", &equipe), &sans_fin).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "comes back filled");
    page.contient("Un remplacement a un dernier jour");
    page.contient(&format!("<option value=\"{durand}\" selected>"));
    let dits = [sans_fin.as_slice(), &[("au", "2026-11-26")]].concat();
    let page = envoyer(&martin, (&equipe, "name=\"remplace\"", &equipe), &dits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = envoyer(&martin, (&equipe, "name=\"remplace\"", &equipe), &dits).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "twice at once is told");
    page.contient("suit déjà cette promotion du 25/11/2026 au 26/11/2026");
    martin.get(&equipe).await.contient("remplace Mme OKAFOR");

    let grille = format!("/promotions/{promotion}/grille");
    for (jour, attendu) in [(24, false), (25, true), (26, true), (27, false)] {
        let durand = lycee.visiteur("durand").await;
        let page = durand.get(&grille).await;
        assert_eq!(page.status == StatusCode::OK, attendu, "le {jour} : {}", page.status);
        if attendu {
            page.contient("Vous jugez les sous-compétences des blocs\u{a0}1 et\u{a0}3");
        }
        lycee.hand.advance(Duration::days(1));
    }
}

#[sqlx::test]
async fn a_right_taken_back_is_taken_back_at_the_next_request(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("amina").await;
    let grille = format!("/promotions/{promotion}/grille");
    // A promotion.
    let okafor = lycee.visiteur("okafor").await;
    assert_eq!(okafor.get(&grille).await.status, StatusCode::OK);
    let tous = [("blocs", "1"), ("blocs", "2"), ("blocs", "3"), ("quand", "maintenant")];
    assert_eq!(changer(&lycee, "okafor", &tous).await.status, StatusCode::SEE_OTHER);
    assert_eq!(okafor.get(&grille).await.status, StatusCode::NOT_FOUND);
    // A function, then an account, in a session that lives.
    let admin = lycee.visiteur("admin").await;
    for (qui, suite, dits, marque) in [
        ("rossi", "fonctions/fin", [("quand", "maintenant"), ("fin", "")], "name=\"lue\""),
        ("petitjean", "compte", [("compte", "fermer"), ("fin", "")], "name=\"compte\""),
    ] {
        let elle = lycee.visiteur(qui).await;
        assert_eq!(elle.get(&grille).await.status, StatusCode::OK);
        let page = format!("/administration/personnes/{}", lycee.numero(qui).await);
        let fait = envoyer(&admin, (&page, marque, &format!("{page}/{suite}")), &dits).await;
        assert_eq!(fait.status, StatusCode::SEE_OTHER, "{}", fait.html);
        assert_eq!(elle.get(&grille).await.location, "/connexion", "{qui}");
    }
    // Opened again, it opens again.
    let page = format!("/administration/personnes/{}", lycee.numero("petitjean").await);
    let vers = format!("{page}/compte");
    envoyer(&admin, (&page, "name=\"compte\"", &vers), &[("compte", "ouvrir")]).await;
    assert_eq!(lycee.visiteur("petitjean").await.get(&grille).await.status, StatusCode::OK);
}

#[sqlx::test]
async fn a_jury_examines_to_the_last_second_of_its_window_and_no_further(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("amina").await;
    let (ici, equipe) = (
        format!("/jury/promotions/{promotion}"),
        format!("/administration/promotions/{promotion}/equipe"),
    );
    let martin = lycee.visiteur("martin").await;
    let dater = async |du: &str, au: &str| {
        let vers = format!("{equipe}/mandat");
        envoyer(&martin, (&equipe, "name=\"jury\"", &vers), &[("du", du), ("au", au)]).await
    };
    let page = dater("2026-11-26", "2026-11-25").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("value=\"2026-11-26\"");
    assert_eq!(dater("2026-11-25", "2026-11-25").await.status, StatusCode::SEE_OTHER);
    // It is 09:00 on the 24th in Paris: to 23:59:59, then through the day of the window.
    lycee.hand.advance(Duration::hours(15) - Duration::seconds(1));
    let jury = lycee.visiteur("jury").await;
    assert_eq!(jury.get(&ici).await.status, StatusCode::NOT_FOUND, "one second before");
    lycee.hand.advance(Duration::seconds(1));
    assert_eq!(jury.get(&ici).await.status, StatusCode::OK, "the first second");
    lycee.hand.advance(Duration::days(1) - Duration::seconds(1));
    let jury = lycee.visiteur("jury").await;
    assert_eq!(jury.get(&ici).await.status, StatusCode::OK, "the last second");
    lycee.hand.advance(Duration::seconds(1));
    assert_eq!(jury.get(&ici).await.status, StatusCode::NOT_FOUND, "one second after");
    jury.get("/").await.contient("Aucune promotion ne vous est confiée pour le moment.");
}

#[sqlx::test]
async fn nobody_writes_her_own_rights_and_one_administrator_stays(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let soi = format!("/administration/personnes/{}", lycee.numero("admin").await);
    admin.get(&soi).await.contient("On ne change pas ses propres droits");
    let debut: i64 = sqlx::query_scalar(
        "select (extract(epoch from du) * 1000000)::bigint from acces.fonction where genre = 'administrateur'",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    let debut = debut.to_string();
    let cle = "00000000-0000-4000-8000-0000000000cc";
    let fonctions = format!("{soi}/fonctions");
    let essais: [(String, Vec<(&str, &str)>); 4] = [
        (
            format!("{fonctions}/fin"),
            vec![
                ("genre", "administrateur"),
                ("debut", &debut),
                ("fin", "2030-01-01"),
                ("cle", cle),
            ],
        ),
        (
            format!("{fonctions}/fin"),
            vec![
                ("genre", "administrateur"),
                ("debut", &debut),
                ("quand", "maintenant"),
                ("cle", cle),
            ],
        ),
        (fonctions, vec![("genre", "enseignant"), ("du", "2026-11-24"), ("cle", cle)]),
        (format!("{soi}/compte"), vec![("compte", "fermer"), ("cle", cle)]),
    ];
    for (vers, champs) in &essais {
        let page = admin.post(vers, champs).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{vers}");
        page.contient("On ne change pas ses propres droits");
    }
    // A teacher who coordinates neither adds a bloc nor a day to herself.
    let martin = lycee.visiteur("martin").await;
    let equipe = format!("/administration/promotions/{}/equipe", lycee.promotion("amina").await);
    let elle = lycee.numero("martin").await.to_string();
    let champs =
        [("enseignant", elle.as_str()), ("du", "2026-11-24"), ("blocs", "1"), ("cle", cle)];
    let page = martin.post(&equipe, &champs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("On ne change pas ses propres droits");

    // A second administrator for one day may not leave the school without any.
    let martin_ici = format!("/administration/personnes/{elle}");
    let vers = format!("{martin_ici}/fonctions");
    let dits = [("genre", "administrateur"), ("du", "2026-11-24"), ("au", "2026-11-25")];
    let fait = envoyer(&admin, (&martin_ici, "id=\"genre\"", &vers), &dits).await;
    assert_eq!(fait.status, StatusCode::SEE_OTHER, "{}", fait.html);
    let martin = lycee.visiteur("martin").await;
    let la = [("quand", "maintenant"), ("fin", "")];
    let fait = envoyer(&martin, (&soi, "name=\"lue\"", &format!("{soi}/fonctions/fin")), &la).await;
    assert_eq!(fait.status, StatusCode::UNPROCESSABLE_ENTITY);
    fait.contient("Il ne resterait personne pour administrer");
    assert_eq!(admin.get("/administration").await.status, StatusCode::OK);
}

#[sqlx::test]
async fn a_person_is_found_named_and_given_functions_once(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let page = admin.get("/administration/personnes?q=etienne+zoe").await;
    page.contient("ÉTIENNE Zoé");
    page.sans("DIALLO");
    admin.get("/administration/personnes?fonction=ddfpt").await.contient("KERVELLA");
    admin.get("/administration/personnes?q=zzz").await.contient("Personne ne répond");
    let ici = format!("/administration/personnes/{}", lycee.numero("okafor").await);
    let nom = format!("{ici}/nom");
    let dits = [("civilite", "Mme"), ("nom", "OKAFOR-LENOIR"), ("prenom", "Grace")];
    let lue = admin.get(&ici).await;
    assert_eq!(
        envoyer(&admin, (&ici, "name=\"lu\"", &nom), &dits).await.status,
        StatusCode::SEE_OTHER
    );
    admin.get(&ici).await.contient("OKAFOR-LENOIR Grace");
    // Read before, sent after: both names are said, and the typed one comes back.
    let caches = formulaire(&lue, "name=\"lu\"");
    let mut champs: Vec<(&str, &str)> =
        caches.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    champs.extend([("nom", "OKAFOR"), ("prenom", "Gracie")]);
    let page = admin.post(&nom, &champs).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("OKAFOR-LENOIR Grace\u{202f}; vous vouliez OKAFOR Gracie");
    page.contient("value=\"Gracie\"");
    // The same sending twice is one function; another one over it is told.
    let vers = format!("{ici}/fonctions");
    let caches = formulaire(&admin.get(&ici).await, "id=\"genre\"");
    let cle = caches.iter().find(|c| c.0 == "cle").unwrap().1.clone();
    let dits = [("genre", "jury"), ("du", "2027-05-01"), ("au", "2027-06-30"), ("cle", &cle)];
    for _ in 0..2 {
        assert_eq!(admin.post(&vers, &dits).await.status, StatusCode::SEE_OTHER);
    }
    let page = envoyer(
        &admin,
        (&ici, "id=\"genre\"", &vers),
        &[("genre", "jury"), ("du", "2027-06-01"), ("au", "2027-07-01")],
    )
    .await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("déjà membre du jury du 01/05/2027 au 30/06/2027");
    let n: i64 = sqlx::query_scalar(
        "select count(*) from acces.fonction where genre = 'jury' and personne_id = $1",
    )
    .bind(lycee.numero("okafor").await)
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(n, 1);
    // A jury without a last day, and a date that does not exist.
    let page =
        envoyer(&admin, (&ici, "id=\"genre\"", &vers), &[("genre", "jury"), ("du", "31/02/2027")])
            .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cette date n’existe pas");
    page.contient("Un jury a toujours un dernier jour");
    page.contient("value=\"31/02/2027\"");
}
