//! The livret scolaire: filled by a team, pasted, printed, copied, taken back from a workbook; students never reach it.
use std::collections::BTreeMap;

use axum::http::StatusCode;
use rust_xlsxwriter::{Formula, Workbook};
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

/// Every field of the form of a page, as a browser would send it.
fn champs(page: &Page) -> BTreeMap<String, String> {
    let attribut = |balise: &str, nom: &str| {
        let reste = balise.split_once(&format!(" {nom}=\""))?.1;
        Some(reste.split_once('"')?.0.to_owned())
    };
    let formulaire = page.html.split_once("<form id=\"tableau\"").expect("a table").1;
    let formulaire = formulaire.split_once("</form>").unwrap().0;
    let mut champs = BTreeMap::new();
    for morceau in formulaire.split('<').skip(1) {
        let (balise, suite) = morceau.split_once('>').unwrap_or((morceau, ""));
        let Some(nom) = attribut(balise, "name").filter(|n| n != "aller") else { continue };
        let genre = balise.split(' ').next().unwrap();
        let valeur = if genre == "textarea" {
            suite.to_owned()
        } else {
            attribut(balise, "value").unwrap_or_default()
        };
        champs.insert(nom, valeur);
    }
    for menu in formulaire.split("<select ").skip(1) {
        let menu = menu.split_once("</select>").unwrap().0;
        let choisi = menu.split("<option ").find(|o| o.contains(" selected"));
        let valeur = choisi.and_then(|o| Some(o.split_once("value=\"")?.1.split_once('"')?.0));
        champs.insert(
            attribut(&format!(" {menu}"), "name").unwrap(),
            valeur.unwrap_or_default().to_owned(),
        );
    }
    champs
}

/// Reads a page, types over it, sends it whole.
async fn saisir(qui: &Visiteur, chemin: &str, dits: &[(&str, &str)]) -> Page {
    let lue = qui.get(chemin).await;
    assert_eq!(lue.status, StatusCode::OK, "{}", lue.html);
    envoyer(qui, chemin, &lue, dits).await
}

async fn envoyer(qui: &Visiteur, chemin: &str, lue: &Page, dits: &[(&str, &str)]) -> Page {
    let mut tous = champs(lue);
    for (nom, dit) in dits {
        tous.insert((*nom).to_owned(), (*dit).to_owned());
    }
    let tous: Vec<(&str, &str)> = tous.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    qui.post(chemin, &tous).await
}

/// Where a student's cell is.
fn case(id: i64, code: &str) -> String {
    format!("c-{id}-{code}")
}

#[sqlx::test]
async fn a_team_fills_its_columns_and_the_class_is_counted(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let base = format!("/promotions/{}/scolaire", lycee.promotion("zoe").await);
    martin.get(&base).await.contient("personne encore");
    let e1 = format!("{base}/E1");
    let (z11, z21, a21) = (case(zoe, "11"), case(zoe, "21"), case(amina, "21"));
    let za = case(zoe, "appreciation");
    let dits = [
        (z11.as_str(), "12,5"),
        (z21.as_str(), "12.5"),
        (a21.as_str(), "10"),
        (za.as_str(), "  Bien,\r\nen   progrès. "),
    ];
    let lue = martin.get(&e1).await;
    for _ in 0..2 {
        let page = envoyer(&martin, &e1, &lue, &dits).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(
        lycee.compter("certification.scolaire_bulletin").await,
        2,
        "sent twice, two students"
    );
    assert_eq!(lycee.compter("livret.evenement").await, 2);
    let page = okafor.get(&e1).await;
    page.contient(&format!("name=\"{z21}\" value=\"12,50\""));
    page.contient("Bien, en progrès.</textarea>");
    page.contient("Mme MARTIN, 24/11/2026 à 09:00");
    page.contient("<td>11,25</td>");
    // A colleague says the avis; the overview counts.
    let avis = format!("{base}/avis");
    let (za, zp, aa) = (case(zoe, "avis"), case(zoe, "pix"), case(amina, "avis"));
    let dits = [(za.as_str(), "tres_favorable"), (zp.as_str(), "oui"), (aa.as_str(), "favorable")];
    let page = saisir(&okafor, &avis, &dits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = martin.get(&base).await;
    page.contient("2e année\u{a0}: 2 sur 32");
    page.contient("1, soit 50\u{a0}%");
    let candidats = format!("{base}/candidats");
    let (n, l, i) = (case(zoe, "naissance"), case(zoe, "lieu"), case(zoe, "ine"));
    let dits = [(n.as_str(), "3/10/2006"), (l.as_str(), "Nantes"), (i.as_str(), "0123456789a")];
    let page = saisir(&martin, &candidats, &dits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&candidats).await.contient("value=\"0123456789A\"");
    // No line of the journal names a student as such.
    let nommees: i64 =
        sqlx::query_scalar("select count(*) from livret.evenement where etudiant_id is not null")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!(nommees, 0);
    assert_eq!(martin.get(&format!("{base}/E9")).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test]
async fn what_cannot_be_read_comes_back_in_its_cell_with_all_the_rest(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let base = format!("/promotions/{}/scolaire", lycee.promotion("zoe").await);
    let e1 = format!("{base}/E1");
    let (z, bon) = (case(zoe, "21"), case(amina, "21"));
    for (dit, mots) in [
        ("20,5", "20,5 dépasse 20"),
        ("abs", "laissez la case vide"),
        ("-3", "n’est pas une moyenne"),
        ("12,345", "plus de deux décimales"),
        ("=1+1", "n’est pas une moyenne"),
        ("1 06 12 75 108 123 45", "INSEE"),
    ] {
        let page = saisir(&martin, &e1, &[(&z, dit), (&bon, "15")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{dit}");
        page.contient(mots);
        page.contient(&format!("id=\"erreur-{z}\""));
        page.contient(&format!("name=\"{bon}\" value=\"15\""));
        page.contient(&format!("name=\"{z}\" value=\"{dit}\""));
    }
    let long = "é".repeat(201);
    let texte = case(zoe, "appreciation");
    let page = saisir(&martin, &e1, &[(&texte, &long)]).await;
    page.contient("201 caractères\u{a0}: 200 au plus");
    page.contient(&long);
    let (n, i) = (case(zoe, "naissance"), case(zoe, "ine"));
    for (champ, dit, mots) in [
        (&n, "31/02/2006", "n’est pas une date de naissance"),
        (&i, "12", "Un INE compte 11 chiffres"),
        (&i, "106127510812345", "INSEE"),
        (&case(zoe, "lieu"), "née à Nantes 1061275108123", "INSEE"),
    ] {
        let page = saisir(&martin, &format!("{base}/candidats"), &[(champ, dit)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{dit}");
        page.contient(mots);
    }
    let page = saisir(&martin, &format!("{base}/avis"), &[(&case(zoe, "avis"), "reserve")]).await;
    page.contient("n’est pas un avis");
    assert_eq!(lycee.compter("livret.evenement").await, 0);
    // A session that ended: the table comes back as it was typed, and nothing is written.
    let lue = martin.get(&e1).await;
    let page = envoyer(&martin, &e1, &lue, &[(&z, "14"), ("reprise", "oui")]).await;
    assert_eq!(page.status, StatusCode::OK);
    page.contient(&format!("name=\"{z}\" value=\"14\""));
    assert_eq!(lycee.compter("livret.evenement").await, 0);
}

#[sqlx::test]
async fn two_teachers_on_one_line_lose_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let e1 = format!("/promotions/{}/scolaire/E1", lycee.promotion("zoe").await);
    let (z, a) = (case(zoe, "21"), case(amina, "21"));
    let lue = martin.get(&e1).await;
    let page = saisir(&okafor, &e1, &[(&a, "9")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    // Another student's line is nobody's conflict, even where the page that was read says that she has none.
    let page = envoyer(&martin, &e1, &lue, &[(&z, "abs")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient(&format!("name=\"{a}\" value=\"9,00\""));
    let page = envoyer(&martin, &e1, &lue, &[(&z, "12")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&e1).await.contient(&format!("name=\"{a}\" value=\"9,00\""));
    // Of a line that both changed, nothing is lost: neither by a fault elsewhere.
    let page = envoyer(&martin, &e1, &lue, &[(&a, "3"), (&z, "abs")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = envoyer(&martin, &e1, &page, &[(&z, "12")]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.html);
    page.contient("9,00");
    let lue = martin.get(&e1).await;
    let page = saisir(&okafor, &e1, &[(&z, "13")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page =
        envoyer(&martin, &e1, &lue, &[(&z, "15"), (&case(zoe, "appreciation"), "Bien.")]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("a écrit entre-temps");
    page.contient("13,00");
    page.contient("15,00");
    page.contient("Bien.</textarea>");
    page.contient(&format!("name=\"{z}\" value=\"15\""));
    let page = envoyer(&martin, &e1, &page, &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "read, then said again");
    okafor.get(&e1).await.contient(&format!("name=\"{z}\" value=\"15,00\""));
}

#[sqlx::test]
async fn a_block_is_pasted_without_scripts_for_a_class_of_forty_one(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, admin) = (lycee.visiteur("martin").await, lycee.visiteur("admin").await);
    let promotion = lycee.promotion("zoe").await;
    let adresse = format!("/administration/promotions/{promotion}");
    let liste: Vec<String> = (0..9).map(|n| format!("ZÈBRE{} Léa", "A".repeat(n + 1))).collect();
    let cle = admin.get(&adresse).await.champ("cle");
    let page = admin
        .post(
            &format!("{adresse}/personnes"),
            &[("quoi", "etudiant"), ("liste", &liste.join("\n")), ("cle", &cle)],
        )
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    let base = format!("/promotions/{promotion}/scolaire");
    martin.get(&base).await.contient("compte 41 étudiants et le classeur officiel a 40 feuilles");
    let e2 = format!("{base}/E2");
    let bloc: Vec<String> = (0..41).map(|n| format!("{},25\t{}", n % 20, n % 19)).collect();
    let lue = martin.get(&e2).await;
    let page = envoyer(
        &martin,
        &e2,
        &lue,
        &[("aller", "coller"), ("colle", &bloc.join("\r\n")), ("ligne", "0"), ("colonne", "2")],
    )
    .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.contient("Voici le bloc collé");
    assert_eq!(
        lycee.compter("livret.evenement").await,
        compte(&lycee).await,
        "nothing is written yet"
    );
    let avant = lycee.compter("livret.evenement").await;
    let page = envoyer(&martin, &e2, &page, &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(lycee.compter("livret.evenement").await, avant + 41);
    let page = martin.get(&e2).await;
    page.contient("value=\"19,25\"");
    // Too large from there: nothing is filled, the block stays to be seen.
    let page = envoyer(
        &martin,
        &e2,
        &page,
        &[("aller", "coller"), ("colle", "1\t2\t3"), ("ligne", "40"), ("colonne", "3")],
    )
    .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Rien n’est rempli");
    page.contient("1\t2\t3</textarea>");
    let pdf = martin.get(&format!("{base}/livrets.pdf")).await;
    assert_eq!(pdf.status, StatusCode::OK);
    assert!(pdf.octets.starts_with(b"%PDF"));
    let texte = String::from_utf8_lossy(&pdf.octets);
    assert!(texte.contains("/Count 83"), "two pages a candidate, and the seal");
}

/// Lines of the journal that are of people brought in.
async fn compte(lycee: &Lycee) -> i64 {
    sqlx::query_scalar("select count(*) from livret.evenement where genre not like '%scolaire%'")
        .fetch_one(&lycee.db)
        .await
        .unwrap()
}

#[sqlx::test]
async fn the_coordonnateur_cuts_the_year_and_closes_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let zoe = lycee.numero("zoe").await;
    let base = format!("/promotions/{}/scolaire", lycee.promotion("zoe").await);
    let e1 = format!("{base}/E1");
    let regler = async |qui: &Visiteur, dits: &[(&str, &str)]| {
        let page = martin.get(&base).await;
        let (cle, version) = (page.champ("cle"), page.champ("version"));
        let mut tous = vec![("cle", cle.as_str()), ("version", version.as_str())];
        tous.extend_from_slice(dits);
        qui.post(&format!("{base}/reglages"), &tous).await
    };
    for (dits, mots) in [
        (&[("decoupage", "mois")][..], "Choisissez deux semestres"),
        (
            &[
                ("decoupage", "trimestre"),
                ("annee-0", "2030"),
                ("presentes-0", "3"),
                ("recus-0", "2"),
            ],
            "avant 2027",
        ),
        (
            &[
                ("decoupage", "trimestre"),
                ("annee-0", "2026"),
                ("presentes-0", "3"),
                ("recus-0", "4"),
            ],
            "4 reçus pour 3 présentés",
        ),
        (
            &[
                ("decoupage", "trimestre"),
                ("annee-0", "2026"),
                ("presentes-0", "tous"),
                ("recus-0", "4"),
            ],
            "candidats présentés, en chiffres",
        ),
    ] {
        let page = regler(&martin, dits).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(mots);
    }
    let bons =
        [("decoupage", "trimestre"), ("annee-0", "2026"), ("presentes-0", "32"), ("recus-0", "28")];
    assert_eq!(
        regler(&okafor, &bons).await.status,
        StatusCode::NOT_FOUND,
        "she does not coordinate"
    );
    assert_eq!(regler(&martin, &bons).await.status, StatusCode::SEE_OTHER);
    martin.get(&e1).await.contient("2e année, 3e trimestre");
    let page = saisir(&martin, &e1, &[(&case(zoe, "23"), "12")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = regler(&martin, &[("decoupage", "semestre")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a third period would be hidden");
    page.contient("3e trimestre sont saisies");
    // Closed, nothing is written; what was typed comes back.
    let lue = okafor.get(&e1).await;
    let page = martin.get(&base).await;
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let fermer = [("geste", "arreter"), ("cle", cle.as_str()), ("version", version.as_str())];
    for _ in 0..2 {
        let page = martin.post(&format!("{base}/arret"), &fermer).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    let page = envoyer(&okafor, &e1, &lue, &[(&case(zoe, "21"), "8")]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("demandez à la coordination de le rouvrir");
    okafor.get(&e1).await.sans("Enregistrer");
    let page = martin.get(&base).await;
    page.contient("Arrêté depuis le 24\u{a0}novembre\u{a0}2026");
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let ouvrir = [("geste", "rouvrir"), ("cle", cle.as_str()), ("version", version.as_str())];
    assert_eq!(okafor.post(&format!("{base}/arret"), &ouvrir).await.status, StatusCode::NOT_FOUND);
    assert_eq!(martin.post(&format!("{base}/arret"), &ouvrir).await.status, StatusCode::SEE_OTHER);
    let page = saisir(&okafor, &e1, &[(&case(zoe, "21"), "8")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

/// A workbook sent to the page of a promotion.
async fn importer(qui: &Visiteur, base: &str, octets: &[u8]) -> Page {
    qui.upload_tous(&format!("{base}/import"), &[], &[("classeur.xlsx", octets)]).await
}

async fn confirmer(qui: &Visiteur, base: &str, page: &Page) -> Page {
    let lu = page.champ("lu");
    let lu = lu
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let cle = page.champ("cle");
    qui.post(&format!("{base}/import/confirmation"), &[("lu", &lu), ("cle", &cle)]).await
}

#[sqlx::test]
async fn our_workbook_filled_comes_back_equal_and_twice_changes_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let base = format!("/promotions/{}/scolaire", lycee.promotion("zoe").await);
    let dit = "=SOMME(A1) « ça » \\ #let x";
    for (ou, dits) in [
        (
            "E1",
            vec![
                (case(zoe, "11"), "12,5"),
                (case(zoe, "appreciation"), dit),
                (case(amina, "22"), "0,07"),
            ],
        ),
        ("UF2", vec![(case(amina, "21"), "20")]),
        ("avis", vec![(case(zoe, "avis"), "tres_favorable"), (case(amina, "pix"), "non")]),
        (
            "candidats",
            vec![(case(zoe, "naissance"), "03/10/2006"), (case(zoe, "ine"), "01234567890")],
        ),
    ] {
        let dits: Vec<(&str, &str)> = dits.iter().map(|(c, d)| (c.as_str(), *d)).collect();
        let page = saisir(&martin, &format!("{base}/{ou}"), &dits).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{ou} {}", page.html);
    }
    let classeur = martin.get(&format!("{base}/livrets.xlsx")).await;
    assert_eq!(classeur.status, StatusCode::OK);
    let pages = async || {
        let mut toutes = vec![];
        for ou in ["E1", "UF2", "avis", "candidats"] {
            let mut siens = champs(&martin.get(&format!("{base}/{ou}")).await);
            siens.retain(|nom, _| nom.starts_with("c-"));
            toutes.push(siens);
        }
        toutes
    };
    let attendu = pages().await;
    let page = importer(&martin, &base, &classeur.octets).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.contient("Aucun changement");
    // Nothing of it said yet: the same file fills everything.
    sqlx::raw_sql(
        "delete from certification.scolaire_bulletin; delete from certification.scolaire_conseil; \
         delete from certification.scolaire_candidat",
    )
    .execute(&lycee.db)
    .await
    .unwrap();
    let page = importer(&martin, &base, &classeur.octets).await;
    page.contient("8\u{a0}cases nouvelles");
    page.contient("0\u{a0}case changée");
    let avant = lycee.compter("livret.evenement").await;
    for _ in 0..2 {
        let page = confirmer(&martin, &base, &page).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(lycee.compter("livret.evenement").await, avant + 6, "a line a student and part");
    assert_eq!(pages().await, attendu);
    importer(&martin, &base, &classeur.octets).await.contient("Aucun changement");
}

/// A workbook of a colleague: other words in its headings, formulas, people that nobody knows.
fn autre_classeur() -> Vec<u8> {
    let mut classeur = Workbook::new();
    let f = classeur.add_worksheet();
    for (n, t) in (0..).zip([
        "Nom",
        "Prénom",
        "N° INSEE",
        "Avis du conseil",
        "PIX",
        "S1 1ère année",
        "Semestre 2 (2e année)",
        "Appréciation",
    ]) {
        f.write_string(3, n, t).unwrap();
    }
    f.write_string(2, 5, "CEJM").unwrap();
    let lignes = [
        ("Étienne", "zoe", "1061275108123", "TF", "OUI"),
        ("DIALLO", "Amina", "", "Réservé", "NON"),
        ("D'ANGELO", "Lina", "", "P", ""),
        ("INCONNUE", "Jeanne", "", "TF", "OUI"),
        ("FAURE", "Manon", "", "TF", "OUI"),
        ("faure", "MANON", "", "DFSP", "OUI"),
    ];
    for (n, (nom, prenom, insee, avis, pix)) in (4..).zip(lignes) {
        for (c, dit) in (0..).zip([nom, prenom, insee, avis, pix]) {
            f.write_string(n, c, dit).unwrap();
        }
    }
    f.write_formula(4, 5, Formula::new("=10+3").set_result("13.333333")).unwrap();
    f.write_string(4, 6, "abs").unwrap();
    f.write_string(4, 7, "Sérieuse.").unwrap();
    f.write_number(5, 5, 20.5).unwrap();
    f.write_formula(6, 5, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    classeur.save_to_buffer().unwrap()
}

#[sqlx::test]
async fn nothing_is_guessed_of_another_workbook_and_nothing_erased(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let zoe = lycee.numero("zoe").await;
    let base = format!("/promotions/{}/scolaire", lycee.promotion("zoe").await);
    let e3 = format!("{base}/E3");
    let page = saisir(&martin, &e3, &[(&case(zoe, "21"), "9"), (&case(zoe, "11"), "13,33")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = importer(&martin, &base, &autre_classeur()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.contient("<li>INCONNUE Jeanne</li>");
    page.contient("<li>FAURE Manon</li>");
    page.contient(
        "« Réservé » n’est pas un avis".replace("« ", "«\u{a0}").replace(" »", "\u{a0}»").as_str(),
    );
    page.contient("abs");
    page.contient("20,50 dépasse 20");
    page.contient("#DIV/0!");
    page.sans("1061275108123");
    page.contient("1\u{a0}case identique"); // 13,33 is the cached value of a formula
    let avant = lycee.compter("livret.evenement").await;
    // Somebody writes meanwhile: nothing is written over.
    let autre = saisir(&okafor, &e3, &[(&case(zoe, "appreciation"), "Vu.")]).await;
    assert_eq!(autre.status, StatusCode::SEE_OTHER);
    let refus = confirmer(&martin, &base, &page).await;
    assert_eq!(refus.status, StatusCode::CONFLICT);
    refus.contient("Choisissez-le de nouveau");
    assert_eq!(lycee.compter("livret.evenement").await, avant + 1);
    let page = importer(&martin, &base, &autre_classeur()).await;
    page.contient("<td class=\"texte\">Vu.</td><td class=\"texte\">Sérieuse.</td>");
    assert_eq!(confirmer(&martin, &base, &page).await.status, StatusCode::SEE_OTHER);
    let page = martin.get(&e3).await;
    page.contient(&format!("name=\"{}\" value=\"9,00\"", case(zoe, "21")));
    page.contient("Sérieuse.</textarea>");
    let insee: i64 = sqlx::query_scalar(
        "select count(*) from livret.evenement where contenu::text like '%1061275108123%'",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!((insee, lycee.compter("livret.fichier").await), (0, 0), "the file is kept nowhere");
}

#[sqlx::test]
async fn what_libreoffice_keeps_by_itself_is_read_too(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = lycee.numero("zoe").await;
    let base = format!("/promotions/{}/scolaire", lycee.promotion("zoe").await);
    let mut classeur = spreadsheet_ods::WorkBook::new(icu_locale_core::locale!("fr-FR"));
    let mut f = spreadsheet_ods::Sheet::new("Saisie");
    f.set_value(1, 3, "E5 - Relation client à distance");
    let titres = ["NOM", "Prénom", "PIX", "1er semestre 1re année", "2e année S2", "Appréciation"];
    for (n, titre) in (0..).zip(titres) {
        f.set_value(2, n, titre);
    }
    for (n, dit) in (0..).zip(["ÉTIENNE", "Zoé", "oui"]) {
        f.set_value(3, n, dit);
    }
    f.set_value(3, 3, 12.5);
    f.set_value(3, 4, "13,75");
    f.set_value(3, 5, "Deux\nlignes");
    classeur.push_sheet(f);
    let octets = spreadsheet_ods::write_ods_buf(&mut classeur, vec![]).unwrap();
    let page = importer(&martin, &base, &octets).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.contient("4\u{a0}cases nouvelles");
    assert_eq!(confirmer(&martin, &base, &page).await.status, StatusCode::SEE_OTHER);
    let page = martin.get(&format!("{base}/E5")).await;
    page.contient(&format!("name=\"{}\" value=\"12,50\"", case(zoe, "11")));
    page.contient(&format!("name=\"{}\" value=\"13,75\"", case(zoe, "22")));
    page.contient("Deux lignes</textarea>");
}

#[sqlx::test]
async fn a_file_that_is_no_workbook_is_told_apart(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let base = format!("/promotions/{}/scolaire", lycee.promotion("zoe").await);
    let mut vide = Workbook::new();
    vide.add_worksheet().write_string(0, 0, "NOM").unwrap();
    let vide = vide.save_to_buffer().unwrap();
    for (octets, mots) in [
        (&b""[..], "Choisissez un classeur rempli"),
        (b"%PDF-1.7 rien", "n’est pas un classeur lisible"),
        (b"PK\x03\x04tronque", "n’est pas un classeur lisible"),
        (&vide, "Aucune colonne n’est reconnue"),
    ] {
        let page = importer(&martin, &base, octets).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{mots}");
        page.contient(mots);
    }
    let trop = vec![b'x'; 9 << 20];
    assert_eq!(importer(&martin, &base, &trop).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let page = martin
        .post(
            &format!("{base}/import/confirmation"),
            &[("lu", "{"), ("cle", "00000000-0000-4000-8000-000000000001")],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[sqlx::test]
async fn students_and_other_schools_reach_nothing_and_the_jury_reads(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = lycee.numero("zoe").await;
    let promotion = lycee.promotion("zoe").await;
    let base = format!("/promotions/{promotion}/scolaire");
    let canari = "Canari jaune";
    let page = saisir(
        &martin,
        &format!("{base}/E1"),
        &[(&case(zoe, "21"), "17,77"), (&case(zoe, "appreciation"), canari)],
    )
    .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let toutes = [
        base.clone(),
        format!("{base}/E1"),
        format!("{base}/avis"),
        format!("{base}/candidats"),
        format!("{base}/a-recopier"),
        format!("{base}/import"),
        format!("{base}/livrets.xlsx"),
        format!("{base}/livrets.pdf"),
        format!("/etudiants/{zoe}/scolaire.pdf"),
    ];
    for qui in ["zoe", "amina", "lefevre", "durand", "admin", "jury"] {
        let visiteur = lycee.visiteur(qui).await;
        for page in &toutes {
            assert_eq!(visiteur.get(page).await.status, StatusCode::NOT_FOUND, "{qui} {page}");
        }
    }
    // Nothing that she reads says that it exists.
    let elle = lycee.visiteur("zoe").await;
    for page in [
        "/livret",
        "/livret/passe",
        "/preuves",
        "/conformite",
        "/livret/consultations",
        "/fiches",
        "/stages",
    ] {
        let page = elle.get(page).await;
        page.sans(canari);
        page.sans("17,77");
        page.sans("ivret scolaire");
    }
    let mut tx = lycee.db.begin().await.unwrap();
    sqlx::raw_sql("set local role livret_etudiant").execute(&mut *tx).await.unwrap();
    let refus = sqlx::query("select from certification.scolaire_bulletin").execute(&mut *tx).await;
    assert!(refus.unwrap_err().to_string().contains("certification"));
    let pdf = lycee.visiteur("jury").await.get(&format!("/jury{base}.pdf")).await;
    assert_eq!(pdf.status, StatusCode::OK);
    assert!(pdf.octets.starts_with(b"%PDF"));
    let autre = lycee.promotion("etudiant2-1").await;
    let jury = lycee.visiteur("jury").await;
    let page = jury.get(&format!("/jury/promotions/{autre}/scolaire.pdf")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    martin.get(&format!("{base}/a-recopier")).await.contient(&format!("17,77\t\t{canari}"));
    let un = martin.get(&format!("/etudiants/{zoe}/scolaire.pdf")).await;
    assert!(un.octets.starts_with(b"%PDF"), "{}", un.html);
}
