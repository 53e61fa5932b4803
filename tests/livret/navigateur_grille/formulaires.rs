//! With a thumb, without scripts, through the filters.
use std::collections::BTreeMap;

use axum::http::StatusCode;
use fantoccini::Locator;
use serde_json::json;
use sqlx::PgPool;

use super::Salle;

impl Salle {
    async fn toucher(&self, (x, y): (f64, f64)) {
        for (genre, doigts) in
            [("touchStart", json!([{ "x": x, "y": y }])), ("touchEnd", json!([]))]
        {
            let geste = json!({ "type": genre, "touchPoints": doigts });
            self.cdp("Input.dispatchTouchEvent", geste).await;
        }
    }
}

#[sqlx::test]
async fn with_a_thumb_one_tap_a_student_and_the_next_one_comes_under_it(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    let absente = s.eleve("DUMONT").await;
    s.ecrire(&s.martin, absente, "1.1.1", "absent").await;
    let ecran = json!({ "width": 390, "height": 844, "deviceScaleFactor": 3, "mobile": true });
    s.cdp("Emulation.setDeviceMetricsOverride", ecran).await;
    s.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
    s.aller(&format!(
        "/promotions/{}/sous-competences/1.1.2/saisie?situation={}",
        s.promotion, s.situation
    ))
    .await;
    s.attendre("ready", "!$('#barre').hidden && $('#avance').textContent === '0 sur 32'").await;
    let bouton = |e: i64| format!("$('#l-{e}-1\\\\.1\\\\.2 input[value=S]').closest('label')");
    let tous = s.dire("tous('fieldset[data-e]').map(f => Number(f.dataset.e))").await;
    let tous: Vec<i64> = serde_json::from_value(tous).unwrap();
    let mut a_juger = tous.iter().copied().filter(|e| *e != absente);
    assert!(tous.contains(&absente));
    let (x, y) = s.point(&bouton(tous[0])).await;
    let (mut taps, mut decalages) = (0, 0);
    let au_bout = "Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight";
    for suivante in a_juger.by_ref() {
        let js = format!(
            "(() => {{ const r = {}.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }})()",
            bouton(suivante)
        );
        let ou: (f64, f64) = serde_json::from_value(s.dire(&js).await).unwrap();
        let bouge = (ou.0 - x).abs() > 4.0 || (ou.1 - y).abs() > 4.0;
        if bouge {
            decalages += 1;
            assert_eq!(
                s.dire(au_bout).await,
                true,
                "{suivante} is not under the thumb: {ou:?} for {:?}",
                (x, y)
            );
        }
        s.toucher(ou).await;
        taps += 1;
        s.attendre("it is ticked", &format!("{}.control.checked", bouton(suivante))).await;
    }
    println!(
        "a class with a thumb: {taps} taps for {taps} students, {decalages} at the end of the page"
    );
    assert_eq!(taps, 31);
    s.ecrits(1 + 31).await;
    let niveaux = s.niveaux("1.1.2").await;
    assert_eq!(
        (niveaux.len(), niveaux.contains_key(&absente)),
        (31, false),
        "an absent one is passed over"
    );
    assert!(niveaux.values().all(|n| n == "S"));
    let derniere = *tous.last().unwrap();
    let annuler = s.point("$('#annuler')").await;
    s.toucher(annuler).await;
    s.ecrits(1 + 31 + 1).await;
    assert!(!s.niveaux("1.1.2").await.contains_key(&derniere), "the last tap is undone");
    assert_eq!(s.dire("$('#avance').textContent").await, "30 sur 32");
    clavier(&s, tous[0]).await;
    s.chaine().await;
    s.fermer().await;
}

/// The arrows of the keyboard go through the choices of one person, and the page does not jump to another.
async fn clavier(s: &Salle, elle: i64) {
    let lignes = s.journal().await.len();
    s.faire(&format!("$('#l-{elle}-1\\\\.1\\\\.2 input:checked').focus()")).await;
    s.suite("ArrowRight").await;
    s.ecrits(lignes + 1).await;
    assert_eq!(s.niveaux("1.1.2").await[&elle], "TS");
    let sur = "document.activeElement.closest('fieldset').dataset.e + document.activeElement.value";
    assert_eq!(s.dire(sur).await, format!("{elle}TS"));
    let vu = "(() => { const r = document.activeElement.closest('label').getBoundingClientRect(); return r.y >= 0 && r.bottom <= innerHeight })()";
    assert_eq!(s.dire(vu).await, true, "what has the focus is on the screen");
}

#[sqlx::test]
async fn without_scripts_forms_save_and_cells_are_links(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    let (zoe, amina) = (s.lycee.numero("zoe").await, s.lycee.numero("amina").await);
    let choisir = async |champs: &[(i64, &str, &str)]| {
        for (e, c, n) in champs {
            let radio = format!("input[name='niveau-{e}-{c}'][value='{n}']");
            s.c.find(Locator::Css(&radio)).await.unwrap().click().await.unwrap();
        }
        s.c.find(Locator::Css("#saisie .principal")).await.unwrap().click().await.unwrap();
    };
    s.aller(&s.chemin()).await;
    s.c.find(Locator::Css("th[data-code='1.1.1'] a")).await.unwrap().click().await.unwrap();
    s.c.wait().for_element(Locator::Id("saisie")).await.unwrap();
    choisir(&[(zoe, "1.1.1", "TS"), (amina, "1.1.1", "absent")]).await;
    s.c.wait().for_element(Locator::Id("grille")).await.unwrap();
    let attendus = [(zoe, "TS".to_owned()), (amina, "absent".to_owned())];
    assert_eq!(s.niveaux("1.1.1").await, attendus.into());
    let personne = format!("#grille tr[data-e='{zoe}'] th a");
    s.c.find(Locator::Css(&personne)).await.unwrap().click().await.unwrap();
    s.c.wait().for_element(Locator::Id("saisie")).await.unwrap();
    choisir(&[(zoe, "1.1.2", "S"), (zoe, "3.1.1", "I")]).await;
    s.attendre("her livret", "location.pathname.endsWith('/livret')").await;
    let ecrits: Vec<_> =
        s.journal().await.into_iter().map(|(e, c, _, n)| (e, c, n.unwrap())).collect();
    let du_second =
        [(zoe, "1.1.2".to_owned(), "S".to_owned()), (zoe, "3.1.1".to_owned(), "I".to_owned())];
    assert_eq!(ecrits[2..], du_second);
    s.aller(&s.chemin()).await;
    let cases = s.c.find_all(Locator::Css("#grille tbody td a[href]")).await.unwrap();
    assert_eq!(cases.len(), 32 * 26);
    cases[0].clone().click().await.unwrap();
    s.c.wait().for_element(Locator::Css("form[action$='/positionnements']")).await.unwrap();
    s.fermer().await;
}

#[sqlx::test]
async fn filters_show_who_is_meant_and_a_team_is_judged_together(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    let visibles = "tous('#grille tbody tr').filter(t => !t.hidden).map(t => Number(t.dataset.e))";
    s.suite("f").await;
    s.cdp("Input.insertText", json!({ "text": "etienne z" })).await;
    let zoe = s.lycee.numero("zoe").await;
    s.attendre("one line", &format!("String({visibles}) === '{zoe}'")).await;
    s.suite("Enter 4").await;
    s.ecrits(1).await;
    assert_eq!(s.niveaux("1.1.1").await, [(zoe, "TS".to_owned())].into());
    s.suite("f Escape").await;
    assert_eq!(s.dire(visibles).await, json!(classe), "all are back");
    assert_eq!(s.dire("ici() !== null && $('#f-nom').value === ''").await, true);

    // A team of three neighbours and one more: what is given to one is offered to the others.
    let equipe = [classe[10], classe[11], classe[12], classe[20]];
    let groupe = s.lycee.equipe(&s.martin, s.promotion, &equipe).await;
    s.grille().await;
    s.sur(equipe[0], "1.1.2").await;
    s.suite("3").await;
    s.attendre("it is offered", "/ est en équipe avec .*Mettre S aussi \\?/.test(avis())").await;
    s.suite("t").await;
    s.ecrits(1 + 4).await;
    let attendus: BTreeMap<_, _> = equipe.iter().map(|e| (*e, "S".to_owned())).collect();
    assert_eq!(s.niveaux("1.1.2").await, attendus);
    s.suite("t").await; // on a cell that is judged already, it has nothing to do
    s.suite("Ctrl+z").await;
    s.ecrits(5 + 3).await;
    assert_eq!(s.niveaux("1.1.2").await, [(equipe[0], "S".to_owned())].into(), "one gesture");

    choisir(&s, "groupe", &groupe.to_string(), "32").await;
    assert_eq!(s.classe().await, equipe);
    choisir(&s, "groupe", "", "4").await;
    choisir(&s, "ordre", "groupe", "32").await;
    assert_eq!(s.classe().await[..4], equipe);
    choisir(&s, "bloc", "2", "32").await;
    let codes: Vec<String> = serde_json::from_value(
        s.dire("tous('#grille th[data-code]').map(t => t.dataset.code)").await,
    )
    .unwrap();
    assert!(codes.len() > 3 && codes.iter().all(|c| c.starts_with("2.")), "{codes:?}");
    choisir(&s, "bloc", "1", "32").await;
    s.faire("$('[name=jamais]').click(); $('#filtres').requestSubmit()").await;
    s.attendre("two are judged", "location.search.includes('jamais=1') && tous('#grille tbody tr').length === 30 && !$('#annuler').hidden").await;
    assert!(!s.classe().await.contains(&zoe));
    let page = s.martin.get(&format!("{}&nom=etienne", s.chemin())).await;
    assert_eq!((page.status, page.html.matches("<tr data-e=").count()), (StatusCode::OK, 1));
    s.aller(&format!("{}&nom=etienne", s.chemin())).await;
    s.attendre("ready", "$('#grille[role=grid]')").await;
    s.suite("f Escape").await;
    s.attendre(
        "a name that the address kept is forgotten too",
        "tous('#grille tbody tr').length === 32",
    )
    .await;
    s.fermer().await;
}

/// Another choice in the form above the grid, which had so many lines.
async fn choisir(s: &Salle, champ: &str, valeur: &str, lignes: &str) {
    s.attendre("before", &format!("tous('#grille tbody tr').length === {lignes}")).await;
    s.faire(&format!("$('#f-{champ}').value = '{valeur}'; $('#filtres').requestSubmit()")).await;
    let juste = format!(
        "new URLSearchParams(location.search).get('{champ}') === '{valeur}' && $('#grille[role=grid]') && !$('#annuler').hidden"
    );
    s.attendre("the page comes", &juste).await;
}
