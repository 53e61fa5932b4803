//! Bringing people in: a list is read, compared, confirmed, undone.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Page, Visiteur};

/// A list is sent; the answer is the page of its columns, and its address without the step.
pub(crate) async fn envoyer(qui: &Visiteur, genre: &str, fichier: (&str, &[u8])) -> (String, Page) {
    let page = deposer(qui, genre, fichier).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let colonnes = qui.get(&page.location).await;
    (page.location.trim_end_matches("/colonnes").to_owned(), colonnes)
}

pub(crate) async fn deposer(qui: &Visiteur, genre: &str, (nom, octets): (&str, &[u8])) -> Page {
    let cle = qui.get("/import").await.champ("cle");
    if nom.is_empty() {
        let texte = std::str::from_utf8(octets).unwrap();
        return qui
            .upload_tous("/import", &[("quoi", genre), ("cle", &cle), ("texte", texte)], &[])
            .await;
    }
    qui.upload_tous("/import", &[("quoi", genre), ("cle", &cle)], &[(nom, octets)]).await
}

/// The form of the columns as it stands on the page, with where the classes go.
pub(crate) async fn ranger(
    qui: &Visiteur,
    import: &str,
    colonnes: &Page,
    vers: &[(&str, i64)],
) -> Page {
    let mut champs: Vec<(String, String)> = vec![("version".into(), colonnes.champ("version"))];
    for choix in colonnes.html.split("name=\"colonne\"").skip(1) {
        let choix = choix.split("</select>").next().unwrap();
        let choisie = choix.split("<option value=\"").find(|o| o.contains(" selected"));
        champs.push((
            "colonne".into(),
            choisie.map_or(String::new(), |o| o.split('"').next().unwrap().to_owned()),
        ));
    }
    for (classe, promotion) in vers {
        if classe.is_empty() {
            champs.push(("promotion".into(), promotion.to_string()));
        } else {
            champs.push(("classe".into(), (*classe).to_owned()));
            champs.push(("vers".into(), promotion.to_string()));
        }
    }
    let champs: Vec<(&str, &str)> = champs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let page = qui.post(&format!("{import}/colonnes"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    qui.get(&page.location).await
}

pub(crate) async fn repondre(qui: &Visiteur, import: &str, reponses: &[(&str, &str)]) -> Page {
    let version = qui.get(&format!("{import}/verifier")).await.champ("version");
    let mut champs = vec![("version", version.as_str())];
    champs.extend(reponses);
    qui.post(&format!("{import}/verifier"), &champs).await
}

/// Goes on to the end; the answer is its last page.
pub(crate) async fn confirmer(qui: &Visiteur, import: &str) -> Page {
    let page = repondre(qui, import, &[]).await;
    assert_eq!(page.location, format!("{import}/confirmer"), "{}", page.html);
    let page = valider(qui, import).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    qui.get(&page.location).await
}

async fn valider(qui: &Visiteur, import: &str) -> Page {
    let page = qui.get(&format!("{import}/confirmer")).await;
    let (version, empreinte, cle) =
        (page.champ("version"), page.champ("empreinte"), page.champ("cle"));
    let champs = [("version", version.as_str()), ("empreinte", &empreinte), ("cle", &cle)];
    let page = qui.post(&format!("{import}/confirmer"), &champs).await;
    // The same click twice is one act.
    let encore = qui.post(&format!("{import}/confirmer"), &champs).await;
    assert!(encore.status == StatusCode::SEE_OTHER, "{}", encore.html);
    page
}

pub(crate) async fn annuler(qui: &Visiteur, import: &str) -> Page {
    let page = qui.get(import).await;
    let (version, cle) = (page.champ("version"), page.champ("cle"));
    let page =
        qui.post(&format!("{import}/annulation"), &[("version", &version), ("cle", &cle)]).await;
    if page.status == StatusCode::SEE_OTHER { qui.get(&page.location).await } else { page }
}

/// Imports to look at: at each step, with something of each kind, and one that is over.
pub(crate) async fn vivre(qui: &Visiteur, promotion: i64) -> Vec<String> {
    let liste = "NOM;Prénom;Né(e) le;Classe;Une colonne au titre anticonstitutionnellement long\nNEUVE;Nine;01/02/2006;1NDRC;x\n\
                 FAUX;Fanny;31/02/2006;1NDRC;\nÉTIENNE;Zoé;03/10/2006;1NDRC;\nÉTIENNE;Zoé;03/10/2006;1NDRC;\n";
    let (import, colonnes) =
        envoyer(qui, "etudiant", ("une-liste-de-la-section.csv", liste.as_bytes())).await;
    ranger(qui, &import, &colonnes, &[("1NDRC", promotion)]).await;
    let (finie, colonnes) = envoyer(qui, "etudiant", ("", "FINIE Fanta".as_bytes())).await;
    ranger(qui, &finie, &colonnes, &[("", promotion)]).await;
    repondre(qui, &finie, &[]).await;
    let (annulee, colonnes) = envoyer(qui, "etudiant", ("", "PARTIE Paula".as_bytes())).await;
    ranger(qui, &annulee, &colonnes, &[("", promotion)]).await;
    confirmer(qui, &annulee).await;
    let (terminee, colonnes) = envoyer(qui, "etudiant", ("", "RESTÉE Rose".as_bytes())).await;
    ranger(qui, &terminee, &colonnes, &[("", promotion)]).await;
    confirmer(qui, &terminee).await;
    annuler(qui, &annulee).await;
    vec![
        format!("{import}/colonnes"),
        format!("{import}/verifier"),
        format!("{finie}/confirmer"),
        annulee,
        terminee,
    ]
}

impl Lycee {
    async fn compte(&self, qui: &str) -> std::sync::Arc<livret::compte::Compte> {
        let cookie = livret::compte::ouvrir_session(&self.app, qui).await.unwrap().unwrap();
        let compte = livret::compte::Compte::of_session(&self.app, &cookie).await.unwrap();
        std::sync::Arc::new(compte.unwrap())
    }
}

async fn nouvelle(lycee: &Lycee) -> i64 {
    lycee.promotion("etudiant2-1").await
}

const LISTE: &str = "\u{feff}NOM;Prénom;Date de naissance;INE;Téléphone\r\n\
    ZÉNON;Élise;03/10/2006;0123456789A;0600000000\r\n=HYPERLINK(\"http://x\");Awa;29/05/2005;;\r\n";

async fn inscrits(lycee: &Lycee, promotion: i64) -> i64 {
    sqlx::query_scalar(
        "select count(*) from livret.inscription where promotion_id = $1 and au is null",
    )
    .bind(promotion)
    .fetch_one(&lycee.db)
    .await
    .unwrap()
}

#[sqlx::test]
async fn a_coordonnateur_brings_a_list_in_twice_then_takes_it_back(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) = (lycee.visiteur("martin").await, nouvelle(&lycee).await);
    let (gens, actes) =
        (lycee.compter("livret.personne").await, lycee.compter("livret.evenement").await);
    let avant = inscrits(&lycee, promotion).await;

    let (import, colonnes) = envoyer(&martin, "etudiant", ("liste.csv", LISTE.as_bytes())).await;
    colonnes.contient("Les accents sont-ils corrects");
    colonnes.contient("ZÉNON Élise");
    colonnes.sans("0600000000");
    let verifier = ranger(&martin, &import, &colonnes, &[("", promotion)]).await;
    verifier.contient("2\u{a0}nouveaux");
    verifier.contient("=HYPERLINK(&#34;http://x&#34;) Awa");
    assert_eq!(lycee.compter("livret.personne").await, gens, "nothing before she confirms");
    // Left in the middle, found again where it was.
    assert_eq!(martin.get(&import).await.location, format!("{import}/verifier"));
    martin.get("/import").await.contient("en cours");

    let fin = confirmer(&martin, &import).await;
    fin.contient("Import terminé");
    fin.contient(&format!("/promotions/{promotion}/acces"));
    assert_eq!(inscrits(&lycee, promotion).await, avant + 2);
    assert_eq!(lycee.compter("livret.evenement").await, actes + 1);
    let (identifiant, sans_code): (String, bool) = sqlx::query_as(
        "select identifiant, secret is null and code is null from acces.compte join livret.etat_civil using (personne_id) where ine = '0123456789A'",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!((identifiant.as_str(), sans_code), ("elise.zenon", true));
    let garde: bool =
        sqlx::query_scalar("select bool_or(lu is not null or choix <> '{}') from livret.import")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert!(!garde, "the rows are forgotten as soon as they have served");

    // The same list again: nothing to say, and nothing said in the journal.
    let (encore, colonnes) = envoyer(&martin, "etudiant", ("liste.csv", LISTE.as_bytes())).await;
    ranger(&martin, &encore, &colonnes, &[("", promotion)]).await.contient("Aucun changement");
    confirmer(&martin, &encore).await.contient("Aucun changement");
    assert_eq!(lycee.compter("livret.evenement").await, actes + 1);

    annuler(&martin, &import).await.contient("2\u{a0}personnes sont reparties");
    assert_eq!(lycee.compter("livret.personne").await, gens);
    assert_eq!(inscrits(&lycee, promotion).await, avant);
    assert_eq!(lycee.compter("livret.evenement").await, actes + 2);
    assert_eq!(
        martin
            .post(
                &format!("{import}/annulation"),
                &[("version", "9"), ("cle", "00000000-0000-4000-8000-00000000000a")]
            )
            .await
            .status,
        StatusCode::CONFLICT
    );
    let constat = sqlx::query_scalar::<_, i64>(
        "select count(*) from livret.evenement where contenu::text ilike '%zénon%'",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(constat, 0, "the journal holds numbers, no copy of the list");
}

#[sqlx::test]
async fn who_has_signed_in_stays_and_what_is_too_old_is_no_more_undone(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) = (lycee.visiteur("martin").await, nouvelle(&lycee).await);
    let (import, colonnes) = envoyer(&martin, "etudiant", ("", LISTE.as_bytes())).await;
    ranger(&martin, &import, &colonnes, &[("", promotion)]).await;
    confirmer(&martin, &import).await;
    lycee.visiteur("elise.zenon").await;
    let page = annuler(&martin, &import).await;
    page.contient("1\u{a0}personne est repartie");
    page.contient("1\u{a0}personne est gardée");

    let (import, colonnes) =
        envoyer(&martin, "etudiant", ("", b"NOM;Pr\xc3\xa9nom\nNOUVEAU;Nils")).await;
    ranger(&martin, &import, &colonnes, &[("", promotion)]).await;
    confirmer(&martin, &import).await;
    let (attente, _) = envoyer(&martin, "etudiant", ("", b"NOM;Pr\xc3\xa9nom\nATTENTE;Ada")).await;
    lycee.hand.advance(Duration::days(8));
    let martin = lycee.visiteur("martin").await;
    assert!(!martin.get(&import).await.html.contains("Annuler cet import"));
    assert_eq!(livret::import::oubli::oublier(&lycee.app).await.unwrap(), 2);
    assert_eq!(livret::import::oubli::oublier(&lycee.app).await.unwrap(), 0);
    martin.get(&attente).await.contient("Import abandonné");
    let reste: i64 = sqlx::query_scalar(
        "select count(*) from livret.import where lu is not null or fait is not null",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(reste, 0);
}

#[sqlx::test]
async fn bad_rows_are_told_with_their_fix_and_left_only_when_she_says_so(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) = (lycee.visiteur("martin").await, nouvelle(&lycee).await);
    let liste = "NOM\tPrénom\tNé(e) le\tINE\tClasse\nBON\tBo\t01/02/2006\t\t1NDRC\nFAUX\tFanny\t31/02/2006\t\t1NDRC\n\
                 SANS\tClasse\t01/02/2006\t\t\nUN\tPaul\t01/03/2006\t0123456789Z\t1NDRC\nDEUX\tAnne\t01/04/2006\t0123456789Z\t1NDRC\n\
                 DOUBLE\tLéa\t05/05/2006\t\t1NDRC\nDOUBLE\tLéa\t05/05/2006\t\t1NDRC\nAILLEURS\tJo\t99/99/2006\t\t2MCO";
    let (import, colonnes) = envoyer(&martin, "etudiant", ("", liste.as_bytes())).await;
    colonnes.contient("2MCO");
    let verifier = ranger(&martin, &import, &colonnes, &[("1NDRC", promotion)]).await;
    for dit in [
        "Ligne 3\u{a0}: date «\u{a0}31/02/2006\u{a0}» impossible",
        "Ligne 4\u{a0}: la classe manque",
        "l’INE 0123456789Z est donné à 2 personnes\u{a0}: UN Paul (5), DEUX Anne (6)",
        "Ligne 8, DOUBLE Léa\u{a0}: même nom qu’à la ligne 7",
        "4\u{a0}erreurs",
        "1\u{a0}ligne est d’une classe non importée",
    ] {
        verifier.contient(dit);
    }
    verifier.sans("Ligne 9");
    let page = repondre(&martin, &import, &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("1\u{a0}doute reste sans réponse");
    page.contient("ou cochez «\u{a0}Importer sans ces lignes\u{a0}»");
    // The confirmation cannot be reached around the answers.
    assert_eq!(
        martin.get(&format!("{import}/confirmer")).await.location,
        format!("{import}/verifier")
    );
    let page =
        repondre(&martin, &import, &[("reponse-8", "nouvelle"), ("sans_les_fautes", "1")]).await;
    assert_eq!(page.location, format!("{import}/confirmer"));
    martin.get(&page.location).await.contient("4\u{a0}lignes en erreur sont laissées");
    let avant = inscrits(&lycee, promotion).await;
    assert_eq!(valider(&martin, &import).await.status, StatusCode::SEE_OTHER);
    assert_eq!(inscrits(&lycee, promotion).await, avant + 3);
    // The two namesakes are known from now on.
    let (import, colonnes) = envoyer(&martin, "etudiant", ("", liste.as_bytes())).await;
    let verifier = ranger(&martin, &import, &colonnes, &[("1NDRC", promotion)]).await;
    verifier.contient("3\u{a0}personnes sont déjà à jour");
    verifier.contient("0\u{a0}doute");
}

#[sqlx::test]
async fn a_namesake_is_asked_about_and_who_is_absent_stays_unless_she_says_otherwise(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) = (lycee.visiteur("martin").await, nouvelle(&lycee).await);
    let (noe, salome) = (lycee.numero("etudiant2-1").await, lycee.numero("etudiant2-2").await);
    let liste = "NOM;Prénom;Naissance\nAubert;Noe;03/10/2006\n";
    let (import, colonnes) = envoyer(&martin, "etudiant", ("l.csv", liste.as_bytes())).await;
    let verifier = ranger(&martin, &import, &colonnes, &[("", promotion)]).await;
    verifier.contient("ressemble à AUBERT Noé (NDRC 2026-2028). C’est la même personne");
    verifier.contient("27\u{a0}absents du fichier");
    let page = repondre(
        &martin,
        &import,
        &[("reponse-2", &noe.to_string()), ("desactiver", &salome.to_string())],
    )
    .await;
    assert_eq!(page.location, format!("{import}/confirmer"), "{}", page.html);
    let avant = inscrits(&lycee, promotion).await;
    assert_eq!(valider(&martin, &import).await.status, StatusCode::SEE_OTHER);
    assert_eq!(inscrits(&lycee, promotion).await, avant - 1);
    let (nom, naissance): (String, time::Date) =
        sqlx::query_as("select nom, naissance from livret.personne join livret.etat_civil using (personne_id) where personne_id = $1")
            .bind(noe)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!(
        (nom.as_str(), naissance),
        ("AUBERT", time::macros::date!(2006 - 10 - 03)),
        "no accent is lost"
    );
    // She reads her own, and nobody else's; a teacher only through the act.
    let elle = lycee.compte("etudiant2-1").await;
    let mut db = lycee.app.begin(&livret::compte::Moi::of(elle).unwrap()).await.unwrap();
    let lus: Vec<i64> = sqlx::query_scalar("select personne_id from livret.etat_civil")
        .fetch_all(&mut *db)
        .await
        .unwrap();
    assert_eq!(lus, [noe]);
    drop(db);
    let elle = lycee.compte("martin").await;
    let mut db = lycee.app.begin(&livret::compte::Enseignant::of(elle).unwrap()).await.unwrap();
    assert!(sqlx::query("select from livret.etat_civil").execute(&mut *db).await.is_err());
    drop(db);
    let page = annuler(&martin, &import).await;
    page.contient("Import annulé");
    assert_eq!(inscrits(&lycee, promotion).await, avant);
    let naissance: Option<time::Date> =
        sqlx::query_scalar("select naissance from livret.etat_civil where personne_id = $1")
            .bind(noe)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!(naissance, None, "what was changed is put back");
}

#[sqlx::test]
async fn who_manages_nothing_finds_nothing_and_nobody_reaches_beyond_what_she_manages(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (import, colonnes) = envoyer(&martin, "etudiant", ("l.csv", LISTE.as_bytes())).await;
    for qui in ["durand", "okafor", "amina", "jury"] {
        let autre = lycee.visiteur(qui).await;
        for chemin in ["/import", "/import/modele.csv", "/import/demande", &import] {
            assert_eq!(autre.get(chemin).await.status, StatusCode::NOT_FOUND, "{qui} {chemin}");
        }
    }
    // Another who manages finds only her own; a promotion that is not hers is no destination.
    for (qui, genre) in [("admin", StatusCode::NOT_FOUND), ("lefevre", StatusCode::NOT_FOUND)] {
        let autre = lycee.visiteur(qui).await;
        assert_eq!(autre.get(&format!("{import}/colonnes")).await.status, genre);
    }
    let ailleurs = lycee.promotion("etudiant3-1").await.to_string();
    let version = colonnes.champ("version");
    let champs = [("version", version.as_str()), ("promotion", &ailleurs)];
    let page = martin.post(&format!("{import}/colonnes"), &champs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Choisissez la promotion");
    // Nor by the function that writes.
    let refus = sqlx::query(
        "select acces.faire_entrer('[{\"nom\":\"X\",\"prenom\":\"Y\",\"externes\":[],\"promotions\":[1],\"identifiant\":\"x.y\"}]', 'etudiant', now())",
    );
    let durand = livret::compte::Enseignant::of(lycee.compte("durand").await).unwrap();
    let mut db = lycee.app.begin(&durand).await.unwrap();
    assert!(refus.execute(&mut *db).await.unwrap_err().to_string().contains("gérée"));
    // A page opened before another change is not obeyed.
    let promotion = nouvelle(&lycee).await;
    ranger(&martin, &import, &colonnes, &[("", promotion)]).await;
    let champs = [("version", version.as_str()), ("promotion", "1")];
    assert_eq!(
        martin.post(&format!("{import}/verifier"), &champs).await.status,
        StatusCode::CONFLICT
    );
}

#[sqlx::test]
async fn what_has_changed_since_it_was_shown_is_shown_again(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) = (lycee.visiteur("martin").await, nouvelle(&lycee).await);
    let mut imports = vec![];
    for _ in 0..2 {
        let (import, colonnes) = envoyer(&martin, "etudiant", ("l.csv", LISTE.as_bytes())).await;
        ranger(&martin, &import, &colonnes, &[("", promotion)]).await;
        repondre(&martin, &import, &[]).await;
        imports.push(import);
    }
    let vue = martin.get(&format!("{}/confirmer", imports[1])).await;
    confirmer(&martin, &imports[0]).await;
    let (version, empreinte, cle) =
        (vue.champ("version"), vue.champ("empreinte"), vue.champ("cle"));
    let champs = [("version", version.as_str()), ("empreinte", &empreinte), ("cle", &cle)];
    let gens = lycee.compter("livret.personne").await;
    let page = martin.post(&format!("{}/confirmer", imports[1]), &champs).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Aucun changement");
    assert_eq!(lycee.compter("livret.personne").await, gens, "nobody came in twice");
}

#[sqlx::test]
async fn a_list_is_refused_with_the_one_that_is_wanted_and_comes_back_filled(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let page = deposer(
        &martin,
        "etudiant",
        ("", "Nom;Prénom;Discipline\nDURAND;Michèle;Économie".as_bytes()),
    )
    .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("semble être celle d’enseignants");
    page.contient("DURAND;Michèle;Économie</textarea>");
    let page = deposer(&martin, "etudiant", ("r.xml", b"<BEE_RESPONSABLES/>")).await;
    page.contient("export Responsables de SIECLE");
    page.contient("/import/demande");
    deposer(&martin, "etudiant", ("vide.csv", b" "))
        .await
        .contient("Collez une liste, ou choisissez un fichier.");
    martin.get("/import/demande").await.contient("ElevesSansAdresses.xml");
    let modele = martin.get("/import/modele.csv").await;
    assert!(
        modele.octets.starts_with(b"\xef\xbb\xbfNOM;Pr\xc3\xa9nom;")
            && modele.html.contains("\r\n")
    );
    assert_eq!(lycee.compter("livret.import").await, 0);
    // A list given up is forgotten.
    let (import, _) = envoyer(&martin, "etudiant", ("l.csv", LISTE.as_bytes())).await;
    assert_eq!(martin.post(&format!("{import}/abandon"), &[]).await.location, "/import");
    martin.get(&import).await.contient("Rien n’a été écrit");
    // A session that ended: the text comes back, to be sent again.
    let passant = lycee.passant();
    let page = passant
        .upload_tous("/import", &[("quoi", "etudiant"), ("texte", "ÉTIENNE Zoé")], &[])
        .await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let page = martin
        .upload_tous(
            "/import",
            &[("quoi", "etudiant"), ("texte", "ÉTIENNE Zoé"), ("reprise", "1")],
            &[],
        )
        .await;
    page.contient("Voici votre saisie");
    page.contient("ÉTIENNE Zoé</textarea>");
}
