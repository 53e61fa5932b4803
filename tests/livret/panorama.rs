//! The views of a whole promotion.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Page},
    regle::juger_sur,
};

async fn voir(lycee: &Lycee, qui: &str, vue: &str) -> Page {
    let promotion = lycee.promotion("zoe").await;
    lycee.visiteur(qui).await.get(&format!("/promotions/{promotion}/{vue}")).await
}

/// Where a student is in a page, by her name.
fn place(page: &Page, nom: &str) -> usize {
    page.html.find(nom).unwrap_or_else(|| panic!("{nom} is not in:\n{}", page.html))
}

#[sqlx::test]
async fn who_needs_attention_comes_first_with_each_reason_in_words(db: PgPool) {
    let lycee = Lycee::open(db).await;
    for jour in ["2026-09-10", "2026-10-10", "2026-11-10"] {
        juger_sur(&lycee, ("martin", "zoe", "1.1.1"), (jour, "cours"), "I").await;
    }
    juger_sur(&lycee, ("martin", "zoe", "1.1.2"), ("2026-11-10", "stage"), "TI").await;
    juger_sur(&lycee, ("martin", "zoe", "1.1.2"), ("2026-11-12", "cours"), "S").await;
    juger_sur(&lycee, ("martin", "zoe", "1.1.3"), ("2026-11-12", "cours"), "TS").await;
    juger_sur(&lycee, ("martin", "amina", "1.1.3"), ("2026-03-12", "cours"), "TS").await;
    let page = voir(&lycee, "martin", "vue").await;
    assert_eq!(page.status, StatusCode::OK);
    page.contient("32\u{a0}étudiants sur 32");
    page.contient("jamais positionné, sur aucune sous-compétence");
    assert!(place(&page, "ABDALLAH Inès") < place(&page, "DIALLO Amina"), "never judged at all");
    assert!(place(&page, "DIALLO Amina") < place(&page, "ÉTIENNE Zoé"), "26 lines, then 25");
    page.contient("1\u{a0}n’avance plus\u{a0}: 1.1.1");
    page.contient("1\u{a0}au niveau faible\u{a0}: 1.1.1");
    page.contient("1\u{a0}aux niveaux contradictoires\u{a0}: 1.1.2");
    page.contient("1\u{a0}vue dans un seul contexte\u{a0}: 1.1.1");
    page.contient("1\u{a0}à rafraîchir\u{a0}: 1.1.3");
    page.contient("23\u{a0}jamais positionnées\u{a0}: 1.1.4,");
    for (raison, combien, absente) in [
        ("stagne", "1\u{a0}étudiant sur 32", "DIALLO"),
        ("contradictoire", "1\u{a0}étudiant sur 32", "DIALLO"),
        ("ancien", "1\u{a0}étudiant sur 32", "ÉTIENNE"),
    ] {
        let page = voir(&lycee, "martin", &format!("vue?raison={raison}")).await;
        page.contient(combien);
        page.sans(absente);
    }
    voir(&lycee, "martin", "vue?raison=secrète").await.contient("Cette raison n’existe pas");
}

#[sqlx::test]
async fn coverage_says_where_nobody_was_seen_and_what_comes_first(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger_sur(&lycee, ("martin", "zoe", "1.1.1"), ("2026-11-10", "cours"), "I").await;
    juger_sur(&lycee, ("martin", "zoe", "1.1.1"), ("2026-11-12", "stage"), "S").await;
    juger_sur(&lycee, ("martin", "amina", "1.1.1"), ("2026-11-13", "stage"), "S").await;
    juger_sur(&lycee, ("martin", "amina", "1.1.2"), ("2026-11-13", "stage"), "absent").await;
    let page = voir(&lycee, "martin", "couverture").await;
    page.contient("<strong>2</strong> · 13/11/2026<br>");
    page.contient("<strong>3</strong> · 13/11/2026<br>");
    page.contient("32\u{a0}étudiants sur 32 sans aucun niveau");
    assert!(place(&page, "sous-competences/1.1.2/saisie") > 0, "absent is no level: it presses");
    page.sans("sous-competences/1.1.1/saisie");
    let ouverte = voir(&lycee, "martin", "couverture?code=1.1.1&contexte=cours").await;
    ouverte.contient("Jamais jugés sur 1.1.1 en cours");
    ouverte.contient("DIALLO Amina");
    ouverte.sans("ÉTIENNE Zoé");
    voir(&lycee, "martin", "couverture?code=9.9.9&contexte=lune").await.sans("Jamais jugés sur");
}

#[sqlx::test]
async fn a_group_of_need_is_one_click_from_its_list(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger_sur(&lycee, ("martin", "zoe", "1.2.1"), ("2026-11-10", "cours"), "TS").await;
    juger_sur(&lycee, ("martin", "amina", "1.2.1"), ("2026-11-10", "cours"), "I").await;
    let page = voir(&lycee, "martin", "besoin?code=1.2.1&seuil=S").await;
    page.contient("31\u{a0}étudiants sur 32");
    page.contient("une seule situation, le 10\u{a0}novembre\u{a0}2026 en cours");
    page.sans("ÉTIENNE Zoé");
    let promotion = lycee.promotion("zoe").await;
    let martin = lycee.visiteur("martin").await;
    let nouveau = format!("/promotions/{promotion}/groupes/nouveau");
    let amina = lycee.numero("amina").await.to_string();
    let offre =
        format!("{nouveau}?nom={}&membre={amina}&version=9", page.champ("nom").replace(' ', "+"));
    let formulaire = martin.get(&offre).await;
    formulaire.contient("value=\"1.2.1 pas encore S\"");
    formulaire.contient(&format!("value=\"{amina}\" checked"));
    assert_eq!(formulaire.html.matches(" checked>").count(), 1);
    let (cle, nom) = (formulaire.champ("cle"), "1.2.1 pas encore S");
    let page = martin.post(&nouveau, &[("nom", nom), ("membre", &amina), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&page.location).await.contient("1.2.1 pas encore S");
    for (question, attendu) in [
        ("besoin?code=9.9.9&seuil=S", "Cette sous-compétence n’est pas de ce référentiel."),
        ("besoin?code=1.2.1&seuil=absent", "Ce niveau n’est pas de l’échelle."),
        ("besoin?code=1.2.1&seuil=%3Cb%3E", "Ce niveau n’est pas de l’échelle."),
    ] {
        let page = voir(&lycee, "martin", question).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{question}");
        page.contient(attendu);
    }
}

#[sqlx::test]
async fn harmonisation_names_nobody_and_hides_what_would_name_somebody(db: PgPool) {
    let lycee = Lycee::open(db).await;
    voir(&lycee, "martin", "harmonisation").await.contient("Aucun niveau n’a encore été donné.");
    juger_sur(&lycee, ("martin", "zoe", "1.1.1"), ("2026-11-10", "cours"), "TS").await;
    for code in ["1.1.1", "1.1.2"] {
        juger_sur(&lycee, ("okafor", "amina", code), ("2026-11-11", "cours"), "I").await;
    }
    let deux = voir(&lycee, "martin", "harmonisation").await;
    deux.contient("l’anonymat ne tiendrait pas");
    deux.contient("<th scope=\"row\">Vous</th>");
    deux.sans("Enseignant A");
    deux.sans("Ensemble");
    voir(&lycee, "rossi", "harmonisation").await.contient("Vous n’avez donné aucun niveau");
    juger_sur(&lycee, ("rossi", "amina", "1.1.3"), ("2026-11-12", "cours"), "S").await;
    juger_sur(&lycee, ("rossi", "amina", "1.1.4"), ("2026-11-13", "cours"), "absent").await;
    for qui in ["martin", "okafor", "rossi"] {
        let page = voir(&lycee, qui, "harmonisation").await;
        for attendu in ["Vous", "Enseignant A", "Enseignant B", "Ensemble"] {
            page.contient(&format!("<th scope=\"row\">{attendu}</th>"));
        }
        let table = page.html.split_once("<tbody>").unwrap().1;
        for nom in ["MARTIN", "OKAFOR", "ROSSI", "Enseignant C"] {
            assert!(!table.contains(nom), "{nom} is named to {qui}");
        }
        page.contient("<td>4</td></tr></tbody>"); // absent is no level
    }
    let petitjean = voir(&lycee, "petitjean", "harmonisation").await;
    petitjean.contient("Enseignant C");
    petitjean.sans("Vous</th>");
}

/// Who was judged elsewhere keeps her history; who is gone is in no view.
#[sqlx::test]
async fn the_views_speak_of_who_is_there_today_with_all_her_history(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger_sur(&lycee, ("martin", "zoe", "1.1.1"), ("2026-11-10", "stage"), "TS").await;
    let (zoe, nouvelle) = (lycee.numero("zoe").await, lycee.promotion("etudiant2-1").await);
    let mut directe = lycee.db.acquire().await.unwrap();
    for sql in [
        "select set_config('livret.etablissement', '1', false) where $1 + $2 > 0",
        "update livret.inscription set au = '2026-11-22' where etudiant_id = $1 and $2 > 0",
        "insert into livret.inscription values (1, $2, $1, '2026-11-23')",
    ] {
        sqlx::query(sql).bind(zoe).bind(nouvelle).execute(&mut *directe).await.unwrap();
    }
    drop(directe);
    let martin = lycee.visiteur("martin").await;
    let ancienne = lycee.promotion("amina").await;
    martin.get(&format!("/promotions/{ancienne}/vue")).await.sans("ÉTIENNE Zoé");
    let page = martin.get(&format!("/promotions/{nouvelle}/vue")).await;
    page.contient("25\u{a0}jamais positionnées");
    assert!(place(&page, "ÉTIENNE Zoé") > place(&page, "ZANETTI Ugo"), "she was judged");
    let page = martin.get(&format!("/promotions/{nouvelle}/besoin?code=1.1.1&seuil=TS")).await;
    page.contient("28\u{a0}étudiants sur 29");
    page.sans("ÉTIENNE Zoé");
    // Levels given in the former promotion are no judgement of this team.
    let page = martin.get(&format!("/promotions/{nouvelle}/harmonisation")).await;
    page.contient("Aucun niveau n’a encore été donné.");
}
