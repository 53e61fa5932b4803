//! Gestures: by default then the exceptions, undone and done again, copied and pasted; and the panel of a cell.
use axum::http::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use super::Salle;

#[sqlx::test]
async fn a_column_that_has_levels_asks_before_it_is_filled(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    s.suite("2 2 3").await;
    s.suite("Ctrl+Espace 3").await;
    let texte = "$('#question').open && lis($('#question-texte')) === ";
    s.attendre("the counts", &format!("{texte}'Mettre S aux 29 cases sans positionnement ? Les 2 déjà positionnées ne changent pas.'")).await;
    s.suite("Enter").await;
    s.ecrits(32).await;
    let niveaux = s.niveaux("1.1.1").await;
    let combien = |voulu: &str| niveaux.values().filter(|n| *n == voulu).count();
    assert_eq!((combien("I"), combien("S")), (2, 30));
    s.attendre("the count is said", "avis().includes('29 positionnements ajoutés.')").await;

    s.suite("Ctrl+Espace 4").await;
    s.attendre("all are full", &format!("{texte}'Remplacer 32 niveaux par TS ?'")).await;
    s.suite("Escape").await;
    s.attendre("nothing is asked any more", "!$('#question').open && ici()").await;

    s.sur(classe[5], "1.1.1").await;
    s.suite("0 Ctrl+Espace 4").await;
    s.attendre("one is empty", &format!("{texte}'Mettre TS à la case sans positionnement ? Les 31 déjà positionnées ne changent pas.'")).await;
    s.cliquer("#question button", "Remplacer aussi").await;
    s.ecrits(32 + 1 + 32).await;
    assert!(s.niveaux("1.1.1").await.values().all(|n| n == "TS"));
    s.cliquer("#avis button", "Annuler").await;
    s.ecrits(32 + 1 + 64).await;
    let mut avant = niveaux;
    avant.remove(&classe[5]);
    assert_eq!(s.niveaux("1.1.1").await, avant, "as before the gesture");
    s.chaine().await;
    s.fermer().await;
}

#[sqlx::test]
async fn a_gesture_is_undone_after_the_page_was_left_but_not_over_a_colleague(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    s.suite("1 2 Ctrl+z").await;
    s.ecrits(3).await;
    assert_eq!(s.niveaux("1.1.1").await, [(classe[0], "TI".to_owned())].into());
    s.suite("Ctrl+z Ctrl+y Ctrl+Maj+z").await;
    s.ecrits(6).await;
    assert_eq!(s.niveaux("1.1.1").await.len(), 2, "both are back");

    s.sur(classe[0], "1.1.2").await;
    s.suite("Ctrl+Espace 3").await;
    s.ecrits(38).await;
    s.aller("/promotions").await;
    s.grille().await;
    s.ecrire(&s.okafor, classe[4], "1.1.2", "TI").await;
    s.attendre("her level is here", &format!("n({}, '1.1.2') === 'TI'", classe[4])).await;
    s.attendre("it can be undone", "!$('#annuler').disabled && $('#refaire').disabled").await;
    s.suite("Ctrl+z").await;
    s.ecrits(39 + 31).await;
    s.attendre("it is said", "avis().includes('31 cases rétablies ; 1 a changé depuis et reste.')")
        .await;
    assert_eq!(s.niveaux("1.1.2").await, [(classe[4], "TI".to_owned())].into());
    s.suite("Ctrl+y").await;
    s.ecrits(39 + 62).await;
    let niveaux = s.niveaux("1.1.2").await;
    assert_eq!((niveaux.len(), niveaux[&classe[4]].as_str()), (32, "TI"));
    s.chaine().await;
    s.fermer().await;
}

#[sqlx::test]
async fn a_block_goes_to_a_spreadsheet_and_back_whole_or_not_at_all(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    s.cdp("Browser.grantPermissions", permissions).await;
    s.suite("4 1 a ArrowUp ArrowUp ArrowUp Maj+ArrowDown Maj+ArrowDown Maj+ArrowRight").await;
    s.attendre("all is saved", "calme()").await;
    s.suite("Ctrl+c").await;
    s.attendre("it is said", "etat() === '6 cases copiées.'").await;
    let lire = "navigator.clipboard.readText().then(arguments[arguments.length - 1])";
    let copie = s.c.execute_async(lire, vec![]).await.unwrap();
    assert_eq!(copie, "TS\t\nTI\t\nA\t");

    coller(&s, "TS\tI\r\n3\tPas satisfaisant\r\nn\t1\r\n", (classe[0], "1.1.3")).await;
    s.attendre("the bad cell is listed", "avis().includes('1 case est à corriger') && avis().includes('ligne 2, colonne 2 : « Pas satisfaisant » n’est pas un niveau')").await;
    coller(&s, "TS\tI\nTS\tI", (classe[31], "1.1.3")).await;
    s.attendre("outside", "avis().includes('2 cases sont à corriger') && avis().includes('ligne 2, colonne 1 : hors de la grille')").await;
    coller(&s, "TS\tI\r\n3\t\r\nn\t1\r\n", (classe[0], "1.1.3")).await;
    let journal = s.ecrits(3 + 5).await;
    let colles = [
        (0, "1.1.3", "TS"),
        (0, "1.1.4", "I"),
        (1, "1.1.3", "S"),
        (2, "1.1.3", "non_evalue"),
        (2, "1.1.4", "TI"),
    ];
    let attendus =
        colles.map(|(rang, code, n)| (classe[rang], code.to_owned(), None, Some(n.to_owned())));
    assert_eq!(journal[3..], attendus, "the good block, and nothing of the bad ones");
    assert_eq!(s.gestes().await, 3 + 1);
    s.fermer().await;
}

async fn coller(s: &Salle, bloc: &str, (etudiant, code): (i64, &str)) {
    let ecrire =
        "navigator.clipboard.writeText(arguments[0]).then(arguments[arguments.length - 1])";
    s.c.execute_async(ecrire, vec![bloc.into()]).await.unwrap();
    s.sur(etudiant, code).await;
    s.suite("Ctrl+v").await;
}

#[sqlx::test]
async fn the_panel_shows_writes_and_gives_the_focus_back(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    let preuve = preuve_d_amina(&s).await;
    s.grille().await;
    let (amina, suivante) = (s.lycee.numero("amina").await, s.eleve("DUMONT").await);
    s.sur(amina, "1.1.1").await;
    s.suite("e").await;
    s.attendre(
        "no history yet",
        "$('#v-histoire')?.parentElement.textContent.includes('Jamais positionné')",
    )
    .await;
    s.suite("ArrowDown ArrowDown").await;
    s.attendre(
        "arrows move",
        "document.activeElement.value === 'S' && document.activeElement.checked",
    )
    .await;
    assert_eq!(s.dire(&format!("n({amina}, '1.1.1')")).await, json!(null), "and write nothing");
    s.suite("Espace").await;
    s.ecrits(1).await;
    s.suite("Escape").await;
    assert_eq!(s.dire("[ici(), $('#volet').hidden]").await, json!([[amina, "1.1.1"], true]));
    s.suite("e").await;
    s.attendre(
        "the history",
        "/S Satisfaisant\\s+par Mme MARTIN/.test($('#v-histoire').parentElement.textContent)",
    )
    .await;
    s.cliquer("#volet [data-citer]", "Citer").await;
    s.ecrits(2).await;
    s.souris("tous('#volet .choix label').find(l => l.textContent.includes('Très satisfaisant'))")
        .await;
    s.ecrits(3).await;
    s.suite("Escape ArrowDown 2 ArrowUp ArrowUp Maj+ArrowDown c").await;
    s.attendre("the remark", "document.activeElement.id === 'v-remarque'").await;
    s.cdp("Input.insertText", json!({ "text": "Reprendre l’appel." })).await;
    s.suite("Ctrl+Enter").await;
    s.ecrits(6).await;
    assert_eq!(s.dire("ici()").await, json!([suivante, "1.1.1"]));
    let tenus: Vec<(i64, String, String, Option<i64>)> = sqlx::query_as(
        "select etudiant_id, niveau, remarque, preuve_id from livret.positionnement order by etudiant_id",
    )
    .fetch_all(&s.lycee.db)
    .await
    .unwrap();
    let mot = "Reprendre l’appel.".to_owned();
    let mut attendus = vec![
        (amina, "TS".to_owned(), mot.clone(), Some(preuve)),
        (suivante, "I".to_owned(), mot, None),
    ];
    attendus.sort();
    assert_eq!(tenus, attendus);
    s.fermer().await;
}

async fn preuve_d_amina(s: &Salle) -> i64 {
    let amina = s.lycee.visiteur("amina").await;
    let cle = amina.get("/preuves/nouvelle").await.champ("cle");
    let champs = [
        ("titre", "Vente flash"),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("organisation", "Boutique du Port (fictive)"),
        ("texte", "J’ai vendu trois paniers."),
        ("codes", "1.1.1"),
        ("cle", &cle),
    ];
    let page = amina.upload("/preuves/nouvelle", &champs, None).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    page.location.rsplit('/').next().unwrap().parse().unwrap()
}
