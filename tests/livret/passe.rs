//! The past: what the journal says of any moment is what the tables said then.
use std::{collections::BTreeMap, sync::Arc};

use axum::http::StatusCode;
use livret::{
    app::Db,
    compte::{self, Compte, Deposant, Enseignant, Moi},
    demande::{Reponse, Verdict, Voeu},
    error::{Error, Result},
    journal::{
        self,
        niveaux::{self, Niveau},
        rejeu::{Case, Cle, Rejeu},
    },
    passe::{Moment, Passe},
    positionnement::{Jugement, Lieu},
    preuve::{Declaration, Depot},
    referentiel::{self, Edition},
    situation::Ouverture,
    validation::{Suite, Voulue},
};
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Page, Visiteur};

/// A small generator: the same year at every run.
struct Des(u64);

impl Des {
    fn jet(&mut self, faces: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % faces
    }

    fn un<'a, T>(&mut self, parmi: &'a [T]) -> &'a T {
        &parmi[self.jet(parmi.len())]
    }
}

async fn entrer(lycee: &Lycee, qui: &str) -> Arc<Compte> {
    let cookie = compte::ouvrir_session(&lycee.app, qui).await.unwrap().unwrap();
    Arc::new(Compte::of_session(&lycee.app, &cookie).await.unwrap().unwrap())
}

/// A year of a promotion, told by chance.
struct Annee<'a> {
    lycee: &'a Lycee,
    des: Des,
    promotion: i64,
    edition: Arc<Edition>,
    etudiants: Vec<(String, i64)>,
    situations: Vec<i64>,
    /// How many acts of each kind were written.
    faits: BTreeMap<&'static str, usize>,
}

const EQUIPE: [&str; 4] = ["martin", "okafor", "petitjean", "rossi"];

impl Annee<'_> {
    async fn vivre_un_jour(&mut self) {
        let qui = *self.des.un(&EQUIPE);
        let enseignant = Enseignant::of(entrer(self.lycee, qui).await).unwrap();
        let mut db = self.lycee.app.begin(&enseignant).await.unwrap();
        let (acte, fait) = match self.des.jet(20) {
            0..9 => ("positionner", self.juger(&mut db, &enseignant, true).await),
            9..11 => ("annuler", self.juger(&mut db, &enseignant, false).await),
            11..13 => ("situer", self.situer(&mut db, &enseignant).await),
            13..15 => ("corriger", self.corriger(&mut db, &enseignant).await),
            15..18 => ("valider", self.decider(&mut db, &enseignant).await),
            18 => ("arreter", self.arreter_ou_rouvrir(&mut db, &enseignant).await),
            _ => {
                drop(db);
                self.repondre(qui).await;
                return;
            }
        };
        match fait {
            Ok(()) => db.commit().await.unwrap(),
            Err(Error::Refused(_) | Error::Conflict(_)) => return,
            Err(e) => panic!("{acte}: {e:?}"),
        }
        *self.faits.entry(acte).or_default() += 1;
    }

    async fn juger(&mut self, db: &mut Db, enseignant: &Enseignant, donner: bool) -> Result<()> {
        let promotion = enseignant.promotion(db, self.promotion).await?;
        let situation = (self.des.jet(3) > 0).then(|| *self.des.un(&self.situations));
        let codes: Vec<String> = self.edition.sous_competences().map(|s| s.code.clone()).collect();
        let mut jugements = vec![];
        for _ in 0..=self.des.jet(5) {
            let code = self.des.un(&codes[..6]).clone();
            let etudiant_id = self.des.un(&self.etudiants).1;
            let version: Option<i64> = sqlx::query_scalar(
                "select max(version) from livret.positionnement
                  where etudiant_id = $1 and code = $2 and ($3::bigint is null or situation_id = $3)",
            )
            .bind(etudiant_id)
            .bind(&code)
            .bind(situation)
            .fetch_one(&mut **db)
            .await?;
            let niveau = *self.des.un(&["TI", "I", "S", "TS", "absent"]);
            jugements.push(Jugement {
                etudiant_id,
                code,
                niveau: donner.then(|| niveau.to_owned()),
                remarque: (!donner || self.des.jet(2) == 0).then(|| format!("Dit {niveau}.")),
                version: version.unwrap_or_default(),
                cle: self.lycee.app.random.uuid(),
                ..Jugement::default()
            });
        }
        let lieu = Lieu::de_la_classe(&promotion, situation);
        enseignant.positionner(db, &lieu, &self.edition, &jugements).await.map(|_| ())
    }

    fn ouverture(&mut self, enseignant: &Enseignant) -> Ouverture {
        let recul = i64::try_from(self.des.jet(40)).unwrap();
        let vecue_le = enseignant.aujourd_hui() - Duration::days(recul);
        Ouverture {
            titre: format!("Occasion {recul}"),
            contexte: "atelier".into(),
            organisation: None,
            vecue_le,
            nature: "formatif".into(),
            visible_le: vecue_le,
            cle: self.lycee.app.random.uuid(),
        }
    }

    async fn situer(&mut self, db: &mut Db, enseignant: &Enseignant) -> Result<()> {
        let promotion = enseignant.promotion(db, self.promotion).await?;
        let ouverture = self.ouverture(enseignant);
        self.situations.push(enseignant.ouvrir_situation(db, &promotion, &ouverture).await?);
        Ok(())
    }

    async fn corriger(&mut self, db: &mut Db, enseignant: &Enseignant) -> Result<()> {
        let promotion = enseignant.promotion(db, self.promotion).await?;
        let toutes = promotion.situations(db, None).await?;
        let situation = self.des.un(&toutes).clone();
        let lue = (situation.situation_id, situation.version);
        let ouverture = self.ouverture(enseignant);
        enseignant.corriger_situation(db, &promotion, lue, &ouverture).await
    }

    async fn decider(&mut self, db: &mut Db, enseignant: &Enseignant) -> Result<()> {
        let promotion = enseignant.promotion(db, self.promotion).await?;
        let code = self.edition.sous_competences().nth(self.des.jet(6)).unwrap().code.clone();
        let etudiant_id = self.des.un(&self.etudiants).1;
        let lue: Option<i64> = sqlx::query_scalar(
            "select version from livret.validation where etudiant_id = $1 and code = $2",
        )
        .bind(etudiant_id)
        .bind(&code)
        .fetch_optional(&mut **db)
        .await?;
        let retirer = self.des.jet(4) == 0;
        let voulue = Voulue {
            etudiant_id,
            code,
            niveau: (!retirer).then(|| (*self.des.un(&["TI", "I", "S", "TS"])).to_owned()),
            motif: "L’équipe en a parlé.".into(),
            version: lue.unwrap_or_default(),
        };
        let cle = self.lycee.app.random.uuid();
        enseignant.decider(db, (&promotion, &self.edition), &[voulue], cle).await.map(|_| ())
    }

    async fn arreter_ou_rouvrir(&mut self, db: &mut Db, enseignant: &Enseignant) -> Result<()> {
        let qui = self.des.un(&self.etudiants).1;
        let etudiant = enseignant.etudiant(db, qui).await?;
        let cle = self.lycee.app.random.uuid();
        if etudiant.arret(db).await?.is_none() {
            let Ok(coordonnateur) = enseignant.coordonnateur(db, self.promotion).await else {
                return Err(Error::Refused("not she".into()));
            };
            return coordonnateur.arreter_livrets(db, &[qui], cle).await.map(|_| ());
        }
        let demandes = etudiant.reouvertures(db).await?;
        match demandes.iter().find(|r| r.attend()) {
            Some(r) => {
                let suite = if self.des.jet(3) == 0 { Suite::Ecarter } else { Suite::Confirmer };
                enseignant.clore_reouverture(db, &etudiant, r.version, (suite, cle)).await
            }
            None => {
                enseignant.demander_reouverture(db, &etudiant, "Une erreur", cle).await.map(|_| ())
            }
        }
    }

    /// A student brings evidence and asks; a teacher answers with a level.
    async fn repondre(&mut self, enseignant: &str) {
        let (qui, _) = self.des.un(&self.etudiants).clone();
        let moi = Moi::of(entrer(self.lycee, &qui).await).unwrap();
        let mut db = self.lycee.app.begin(&moi).await.unwrap();
        let etudiant = moi.etudiant(&mut db).await.unwrap();
        let depot = Depot {
            titre: "Vente flash".into(),
            texte: String::new(),
            contexte: "stage".into(),
            organisation: None,
            avec: String::new(),
            declaration: Declaration::default(),
            savoirs: vec![],
            equipe: vec![],
            part: String::new(),
            vecue_le: moi.aujourd_hui() - Duration::days(3),
            jusqu_au: None,
            liens: vec![],
            codes: vec!["1.1.1".into()],
            fichiers: vec![],
            cle: self.lycee.app.random.uuid(),
        };
        let preuve = Deposant::from(&moi).deposer(&mut db, &etudiant, &depot).await.unwrap();
        let preuve = etudiant.preuve(&mut db, preuve).await.unwrap();
        let voeu = Voeu { code: "1.1.1".into(), niveau: Some("S".into()), pourquoi: String::new() };
        moi.demander(&mut db, &etudiant, &preuve, &[voeu], self.lycee.app.random.uuid())
            .await
            .unwrap();
        db.commit().await.unwrap();
        let enseignant = Enseignant::of(entrer(self.lycee, enseignant).await).unwrap();
        let mut db = self.lycee.app.begin(&enseignant).await.unwrap();
        let promotion = enseignant.promotion(&mut db, self.promotion).await.unwrap();
        let id: i64 = sqlx::query_scalar("select max(demande_id) from livret.demande")
            .fetch_one(&mut *db)
            .await
            .unwrap();
        let demande = promotion.demande(&mut db, id).await.unwrap();
        let niveau = (*self.des.un(&["TI", "I", "S", "TS"])).to_owned();
        let reponse = Reponse {
            acte: Verdict::Valider(vec![("1.1.1".into(), niveau)]),
            motif: "Vu ensemble.".into(),
            version: demande.version,
            cle: self.lycee.app.random.uuid(),
        };
        match enseignant.repondre(&mut db, (&promotion, &self.edition), &demande, &reponse).await {
            Ok(()) => db.commit().await.unwrap(),
            Err(Error::Refused(_)) => return, // stopped
            Err(e) => panic!("repondre: {e:?}"),
        }
        *self.faits.entry("repondre").or_default() += 1;
    }
}

/// What the tables say now, as the replay has it.
async fn projection(db: &PgPool) -> (BTreeMap<Cle, Case>, Vec<String>) {
    let cases: Vec<(i64, uuid::Uuid, String, i64)> = sqlx::query_as(
        "select etudiant_id, edition_id, code, situation_id from livret.positionnement order by version",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let valeurs: Vec<Case> = sqlx::query_as(
        "select niveau, par, version, vecu_le, preuve_id, remarque from livret.positionnement order by version",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let reste: Vec<String> = sqlx::query_scalar(
        "select concat_ws('/', 'arret', etudiant_id, version, encode(empreinte, 'hex'), leve_version) from livret.arret
         union all
         select concat_ws('/', 'reouverture', etudiant_id, version, motif, etat, close_par) from livret.reouverture
         union all
         select concat_ws('/', 'decision', etudiant_id, code, niveau, propose, motif, par, version) from livret.validation
         order by 1",
    )
    .fetch_all(db)
    .await
    .unwrap();
    (cases.into_iter().zip(valeurs).collect(), reste)
}

/// The same, of a replay.
fn dite(rejeu: &Rejeu) -> (BTreeMap<Cle, Case>, Vec<String>) {
    let mut reste = vec![];
    let mots =
        |mots: &[Option<String>]| mots.iter().flatten().cloned().collect::<Vec<_>>().join("/");
    let n = |n: i64| Some(n.to_string());
    for (e, a) in rejeu.arrets.iter().flat_map(|(e, tous)| tous.iter().map(move |a| (e, a))) {
        let empreinte = a.empreinte.as_ref().map(hex::encode);
        reste.push(mots(&[
            Some("arret".into()),
            n(*e),
            n(a.version),
            empreinte,
            a.leve_version.and_then(n),
        ]));
    }
    for (e, r) in rejeu.reouvertures.iter().flat_map(|(e, tous)| tous.iter().map(move |r| (e, r))) {
        let (motif, etat) = (Some(r.motif.clone()), Some(r.etat.clone()));
        reste.push(mots(&[
            Some("reouverture".into()),
            n(*e),
            n(r.version),
            motif,
            etat,
            r.close_par.and_then(n),
        ]));
    }
    for ((e, _, code), d) in &rejeu.decisions {
        let (niveau, propose) = (d.niveau.clone(), d.propose.clone());
        let motif = Some(d.motif.clone());
        reste.push(mots(&[
            Some("decision".into()),
            n(*e),
            Some(code.clone()),
            niveau,
            propose,
            motif,
            n(d.par),
            n(d.version),
        ]));
    }
    reste.sort();
    (rejeu.cases.clone(), reste)
}

#[sqlx::test]
async fn the_journal_of_a_random_year_says_at_any_moment_what_the_tables_said_then(db: PgPool) {
    une_annee(db, 2026).await;
}

#[sqlx::test]
async fn so_does_that_of_another_year(db: PgPool) {
    une_annee(db, 11).await;
}

/// The levels of a photo, as pages of a class read them.
fn niveaux_de(cases: &BTreeMap<Cle, Case>) -> BTreeMap<(i64, String), Vec<Niveau>> {
    let mut niveaux: BTreeMap<_, Vec<Niveau>> = BTreeMap::new();
    for ((etudiant, _, code, situation), case) in cases {
        let Some(niveau) = case.niveau.clone() else { continue };
        let (vecu_le, version) = (case.vecu_le.unwrap(), case.version);
        let dit = Niveau { situation_id: *situation, niveau, vecu_le, version };
        niveaux.entry((*etudiant, code.clone())).or_default().push(dit);
    }
    ranges(niveaux)
}

fn ranges(
    mut niveaux: BTreeMap<(i64, String), Vec<Niveau>>,
) -> BTreeMap<(i64, String), Vec<Niveau>> {
    for n in niveaux.values_mut() {
        n.sort_by_key(|n| n.situation_id);
    }
    niveaux
}

async fn une_annee(db: PgPool, graine: u64) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let premiere = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let mut etudiants = vec![];
    for qui in ["zoe", "amina", "etudiant1-3", "etudiant1-4", "etudiant1-5", "etudiant1-6"] {
        etudiants.push((qui.to_owned(), lycee.numero(qui).await));
    }
    let edition: uuid::Uuid =
        sqlx::query_scalar("select edition_id from livret.promotion where promotion_id = $1")
            .bind(promotion)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let edition = referentiel::find(&lycee.db, edition).await.unwrap();
    let mut annee = Annee {
        lycee: &lycee,
        des: Des(graine),
        promotion,
        edition,
        etudiants,
        situations: vec![premiere],
        faits: BTreeMap::new(),
    };
    let mut photos = vec![];
    for jour in 0..420 {
        let minutes = i64::try_from(600 + annee.des.jet(1200)).unwrap();
        lycee.hand.advance(Duration::minutes(minutes));
        annee.vivre_un_jour().await;
        if jour % 60 == 17 || jour == 419 {
            let ici = entrer(&lycee, "martin").await.ici_le();
            let heure = format!("{:02}:{:02}", ici.hour(), ici.minute());
            let jour = livret::date::iso(&ici.date());
            photos.push((
                Moment::lire(&jour, &heure, ici).unwrap().unwrap(),
                projection(&lycee.db).await,
            ));
            lycee.hand.advance(Duration::minutes(2));
        }
    }
    let evenements = lycee.compter("livret.evenement").await;
    println!("{evenements} lines of the journal, {:?}, {} moments", annee.faits, photos.len());
    assert_eq!(annee.faits.len(), 7, "every kind of act was lived: {:?}", annee.faits);
    assert!(evenements > 500, "{evenements}");
    let mut connexion = lycee.db.acquire().await.unwrap();
    let constat = journal::verifier(&mut connexion, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
    let ids: Vec<i64> = annee.etudiants.iter().map(|e| e.1).collect();
    confronter(&lycee, annee.edition.edition_id, &ids, &photos).await;
    let distinctes: std::collections::BTreeSet<usize> =
        photos.iter().map(|p| p.1.0.len()).collect();
    assert!(distinctes.len() > 4, "the moments differ");
}

type Photo = (Moment, (BTreeMap<Cle, Case>, Vec<String>));

/// What is read of each moment is what the tables said: of a livret, then of a class, alone or with a later moment.
async fn confronter(lycee: &Lycee, edition: uuid::Uuid, ids: &[i64], photos: &[Photo]) {
    let enseignant = Enseignant::of(entrer(lycee, "martin").await).unwrap();
    let mut db = lycee.app.begin(&enseignant).await.unwrap();
    let (fin, derniere) = photos.last().unwrap();
    for (moment, attendue) in photos {
        let quand = moment.en_mots();
        let passe = Passe::lire(&mut db, ids, *moment).await.unwrap();
        assert_eq!(dite(&passe.rejeu), *attendue, "{quand}");
        let seul = (moment.le, moment.le);
        let (_, seuls) = niveaux::niveaux(&mut db, edition, ids, seul).await.unwrap();
        assert_eq!(ranges(seuls), niveaux_de(&attendue.0), "{quand}");
        let deux = (moment.le, fin.le);
        let (avant, apres) = niveaux::niveaux(&mut db, edition, ids, deux).await.unwrap();
        assert_eq!(ranges(apres), niveaux_de(&derniere.0));
        let (premier, second) = Passe::decisions(&mut db, ids, (*moment, *fin)).await.unwrap();
        assert_eq!(dite(&second).1, derniere.1);
        if moment != fin {
            assert_eq!(ranges(avant), niveaux_de(&attendue.0), "{quand}");
            assert_eq!(dite(&premier).1, attendue.1, "{quand}");
        }
    }
}

async fn juger(lycee: &Lycee, etudiant: i64, niveau: &str, remarque: &str) {
    let qui = lycee.visiteur("martin").await;
    let case = format!("/etudiants/{etudiant}/sous-competences/1.1.1");
    let page = qui.get(&case).await;
    let (version, cle) = (page.champ("version"), page.champ("cle"));
    let champs = [("niveau", niveau), ("version", &version), ("cle", &cle), ("remarque", remarque)];
    let page = qui.post(&format!("{case}/positionnements"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

async fn le(qui: &Visiteur, chemin: &str, jour: &str, heure: &str) -> Page {
    let question = serde_html_form::to_string([("le", jour), ("heure", heure)]).unwrap();
    qui.get(&format!("{chemin}?{question}")).await
}

#[sqlx::test]
async fn a_livret_and_a_class_are_read_as_they_were(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    juger(&lycee, zoe, "TI", "À reprendre").await; // 24 November, 9:00 where the school is
    lycee.hand.advance(Duration::days(3));
    juger(&lycee, zoe, "S", "Bien mieux").await;
    lycee.hand.advance(Duration::days(3));
    let (martin, moi) = (lycee.visiteur("martin").await, lycee.visiteur("zoe").await);
    let (hers, sienne) = (format!("/etudiants/{zoe}/passe"), "/livret/passe".to_owned());
    for (qui, chemin) in [(&martin, hers.as_str()), (&moi, sienne.as_str())] {
        let page = le(qui, chemin, "24/11/2026", "09:00").await;
        page.contient("Livret tel qu’il était le 24\u{a0}novembre\u{a0}2026 à 09:00.");
        page.contient("À reprendre");
        page.sans("Bien mieux");
        let page = le(qui, chemin, "2026-11-28", "").await;
        page.contient("Bien mieux");
        let page = le(qui, chemin, "2026-11-24", "08:59").await;
        page.contient("Le livret était vide à ce moment");
        for (jour, heure, refus) in [
            ("31/02/2026", "", "Cette date n’existe pas"),
            ("hier", "14:05", "Cette date n’existe pas"),
            ("2026-11-24", "25:99", "Cette heure n’existe pas"),
            ("2030-01-01", "", "Ce moment est à venir"),
        ] {
            let page = le(qui, chemin, jour, heure).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{jour} {heure}");
            page.contient(refus);
            page.contient(jour);
        }
        assert_eq!(qui.get(chemin).await.status, StatusCode::OK, "the form alone");
    }
    let grille = format!("/promotions/{promotion}/passe");
    let page = le(&martin, &grille, "2026-11-25", "").await;
    page.contient("Grille telle qu’elle était le 25\u{a0}novembre\u{a0}2026 à 23:59.");
    page.contient("data-niveau=\"TI\"");
    page.sans("data-niveau=\"S\"");
    le(&martin, &grille, "2026-11-23", "").await.contient("La grille était vide à ce moment");
    let avant = le(&martin, &grille, "2001-01-01", "").await;
    avant.contient("Personne n’était inscrit dans cette promotion à ce moment");
    assert_eq!(
        martin.get(&format!("{grille}?le=2026-11-25&bloc=9")).await.status,
        StatusCode::NOT_FOUND
    );
}

/// The date of a situation is corrected afterwards: each moment shows what was known then; and what a student may not see
/// yet, she does not see in the past either.
#[sqlx::test]
async fn a_corrected_date_and_a_hidden_situation_are_as_they_were_known(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let case = format!("/etudiants/{zoe}/sous-competences/1.1.1");
    let cle = martin.get(&case).await.champ("cle");
    let champs =
        [("niveau", "S"), ("version", "0"), ("cle", &cle), ("situation", &situation.to_string())];
    martin.post(&format!("{case}/positionnements"), &champs).await;
    lycee.hand.advance(Duration::days(1));
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{promotion}/situations/{situation}");
    let page = martin.get(&chemin).await;
    let (version, cle) = (page.champ("version"), page.champ("cle"));
    let corrigee = [
        ("titre", "Jeu de rôle"),
        ("contexte", "stage"),
        ("vecue_le", "2026-11-03"),
        ("visible_le", "2026-11-25"),
        ("nature", "formatif"),
        ("version", &version),
        ("cle", &cle),
    ];
    assert_eq!(martin.post(&chemin, &corrigee).await.status, StatusCode::SEE_OTHER);
    let moi = lycee.visiteur("zoe").await;
    for (qui, chemin) in
        [(&martin, format!("/etudiants/{zoe}/passe")), (&moi, "/livret/passe".into())]
    {
        let hier = le(qui, &chemin, "2026-11-24", "").await;
        hier.contient("20\u{a0}novembre\u{a0}2026 · En atelier");
        let aujourd_hui = le(qui, &chemin, "2026-11-25", "").await;
        aujourd_hui.contient("3\u{a0}novembre\u{a0}2026 · En stage");
    }
}

#[sqlx::test]
async fn a_student_who_changes_promotion_takes_her_past_along(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, ancienne) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    let nouvelle = lycee.promotion("etudiant2-1").await;
    juger(&lycee, zoe, "TI", "À reprendre").await;
    lycee.hand.advance(Duration::days(10));
    for sql in [
        "update livret.inscription set au = '2026-11-30' where etudiant_id = $1",
        "insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
         select etablissement_id, $2, etudiant_id, '2026-12-01' from livret.inscription where etudiant_id = $1",
    ] {
        let requete = sqlx::query(sql).bind(zoe);
        let requete = if sql.contains("$2") { requete.bind(nouvelle) } else { requete };
        requete.execute(&lycee.db).await.unwrap();
    }
    let (durand, okafor) = (lycee.visiteur("durand").await, lycee.visiteur("okafor").await);
    let chemin = format!("/etudiants/{zoe}/passe");
    le(&durand, &chemin, "2026-11-24", "").await.contient("À reprendre");
    assert_eq!(okafor.get(&chemin).await.status, StatusCode::NOT_FOUND);
    let martin = lycee.visiteur("martin").await;
    for (promotion, jour, dedans) in [
        (ancienne, "2026-11-24", true),
        (ancienne, "2026-12-02", false),
        (nouvelle, "2026-11-24", false),
        (nouvelle, "2026-12-02", true),
    ] {
        let page = le(&martin, &format!("/promotions/{promotion}/passe"), jour, "").await;
        assert_eq!(page.html.contains("ÉTIENNE Zoé"), dedans, "{promotion} {jour}");
        assert_eq!(page.html.contains("data-niveau=\"TI\""), dedans, "{promotion} {jour}");
    }
}

#[sqlx::test]
async fn two_moments_of_a_class_say_what_rose_fell_and_is_new(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let troisieme = lycee.numero("etudiant1-3").await;
    let chemin = format!("/promotions/{}/comparaison", lycee.promotion("zoe").await);
    juger(&lycee, zoe, "I", "").await;
    juger(&lycee, amina, "TS", "").await;
    lycee.hand.advance(Duration::days(7));
    juger(&lycee, zoe, "TS", "").await;
    juger(&lycee, amina, "S", "").await;
    juger(&lycee, troisieme, "S", "").await;
    let martin = lycee.visiteur("martin").await;
    let page = martin.get(&format!("{chemin}?de=2026-11-25&a=2026-12-01")).await;
    for dit in [
        "1\u{a0}monte",
        "1\u{a0}descend",
        "1\u{a0}nouveau",
        "inchangé",
        "ÉTIENNE Zoé · 1\u{a0}changement",
    ] {
        page.contient(dit);
    }
    page.sans("Rien n’a changé");
    martin.get(&format!("{chemin}?de=2026-11-25&a=2026-11-26")).await.contient("Rien n’a changé");
    martin.get(&format!("{chemin}?de=2026-11-25")).await.contient("1\u{a0}monte"); // until now
    for (question, refus) in [
        ("de=31/02/2026&a=2026-12-01", "Cette date n’existe pas"),
        ("de=2026-11-25&a=2027-12-01", "Ce moment est à venir"),
        ("de=2026-11-28&a=2026-11-25", "Le second moment vient après le premier"),
    ] {
        let page = martin.get(&format!("{chemin}?{question}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{question}");
        page.contient(refus);
    }
    let avant = martin.get(&format!("{chemin}?de=2001-01-01&a=2026-11-25")).await;
    assert_eq!(avant.html.matches("1\u{a0}nouveau").count(), 2, "nothing before the first event");
}

/// A choice of the rule, or a decision, as the page of its own sends it.
async fn decider(lycee: &Lycee, etudiant: i64, niveau: &str, motif: &str) {
    let qui = lycee.visiteur("martin").await;
    let chemin = format!("/etudiants/{etudiant}/sous-competences/1.1.1/validation");
    let page = qui.get(&chemin).await;
    let champ = |quoi: &str| format!("{quoi}-{etudiant}-1.1.1");
    let (n, m, v) = (champ("niveau"), champ("motif"), champ("version"));
    let (version, cle) = (page.champ(&v), page.champ("cle"));
    let champs = [(n.as_str(), niveau), (&m, motif), (&v, version.as_str()), ("cle", cle.as_str())];
    let page = qui.post(&chemin, &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

/// The rule in force at each moment proposes; what the team decided goes before; and the page says which it shows.
#[sqlx::test]
async fn two_moments_compare_what_was_proposed_under_each_rule_and_what_was_decided(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let troisieme = lycee.numero("etudiant1-3").await;
    let promotion = lycee.promotion("zoe").await;
    let chemin = format!("/promotions/{promotion}/comparaison?de=2026-11-24&a=2026-12-30");
    // The latest situation of Zoé says less than the one before: the best of three proposes the one before.
    juger(&lycee, zoe, "TS", "").await;
    lycee.hand.advance(Duration::days(7));
    juger(&lycee, zoe, "TI", "").await;
    juger(&lycee, amina, "S", "").await;
    decider(&lycee, amina, "TS", "Vu en stage").await;
    juger(&lycee, troisieme, "S", "").await;
    lycee.hand.advance(Duration::days(30));
    let martin = lycee.visiteur("martin").await;
    let page = martin.get(&chemin).await;
    page.contient("la règle de la promotion proposait avec ce qui était connu\u{a0}: «\u{a0}Dernière situation\u{a0}».");
    page.contient("<span class=\"niveau\" data-niveau=\"TI\">TI</span> proposé, descend");
    page.contient("<span class=\"niveau\" data-niveau=\"TS\">TS</span> arrêté, nouveau");
    page.contient("<span class=\"niveau\" data-niveau=\"S\">S</span> proposé, nouveau");
    page.contient("Les noms sont ceux d’aujourd’hui.");
    // Another rule from the 31st of December on: the former moments keep theirs.
    let chemin_regle = format!("/promotions/{promotion}/regle");
    let essai = format!("{chemin_regle}?regle=meilleure&n=3&fraicheur=6");
    let formulaire = martin.get(&essai).await;
    let (cle, version) = (formulaire.champ("cle"), formulaire.champ("version"));
    let choix = [
        ("regle", "meilleure"),
        ("n", "3"),
        ("fraicheur", "6"),
        ("cle", cle.as_str()),
        ("version", version.as_str()),
    ];
    let page = martin.post(&chemin_regle, &choix).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&chemin).await.contient("TI</span> proposé, descend");
    let depuis = format!("/promotions/{promotion}/comparaison?de=2026-12-30&a=2026-12-31");
    let page = martin.get(&depuis).await;
    page.contient("«\u{a0}Dernière situation\u{a0}» au premier moment, «\u{a0}Meilleure des 3\u{a0}dernières\u{a0}» au second");
    page.contient("TI</span> proposé <span aria-hidden=\"true\">→</span><span class=\"lecteur\">puis</span> <span class=\"niveau\" data-niveau=\"TS\">TS</span> proposé, monte");
    // Decided as proposed, then taken back: the level is the same, what it is worth is not.
    lycee.hand.advance(Duration::days(1));
    decider(&lycee, troisieme, "S", "").await;
    let martin = lycee.visiteur("martin").await;
    let arrete = format!("/promotions/{promotion}/comparaison?de=2026-12-31&a=2027-01-01");
    martin.get(&arrete).await.contient("S</span> arrêté, même niveau");
    lycee.hand.advance(Duration::days(1));
    decider(&lycee, troisieme, "retirer", "Trop tôt").await;
    let retire = format!("/promotions/{promotion}/comparaison?de=2027-01-01&a=2027-01-02");
    let page = lycee.visiteur("martin").await.get(&retire).await;
    page.contient("S</span> proposé, décision retirée");
    page.contient("1\u{a0}décision retirée");
}

/// A preuve bears the title that it had; a name is today's, and the page says so.
#[sqlx::test]
async fn a_title_is_the_one_of_then_and_a_name_is_said_to_be_today_s(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.numero("zoe").await;
    let demande = lycee.demande("zoe").await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let version: i64 = sqlx::query_scalar("select version from livret.demande")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let reponse = [
        ("acte", "valider"),
        ("niveau-1.1.1", "S"),
        ("version", &version.to_string()),
        ("cle", "00000000-0000-4000-8000-000000000071"),
    ];
    let page = martin.post(&format!("/promotions/{promotion}/demandes/{demande}"), &reponse).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    lycee.hand.advance(Duration::days(2));
    let (moi, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let preuve: i64 = sqlx::query_scalar("select max(preuve_id) from livret.preuve")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let page = moi.get(&format!("/preuves/{preuve}/completer")).await;
    let (cle, lue, preuve) = (page.champ("cle"), page.champ("lue"), preuve.to_string());
    let champs = [
        ("titre", "Vente flash du vendredi"),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("codes", "1.1.1"),
        ("cle", &cle),
        ("lue", &lue),
        ("preuve", preuve.as_str()),
    ];
    let page = moi.upload("/preuves/nouvelle", &champs, None).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let sienne = "/livret/passe".to_owned();
    for (qui, chemin) in [(&martin, format!("/etudiants/{zoe}/passe")), (&moi, sienne)] {
        let hier = le(qui, &chemin, "2026-11-25", "").await;
        hier.contient("preuve\u{a0}: Vente flash<");
        hier.contient("Les noms des personnes sont ceux d’aujourd’hui.");
        let aujourd_hui = le(qui, &chemin, "2026-11-26", "").await;
        aujourd_hui.contient("preuve\u{a0}: Vente flash du vendredi<");
    }
    let grille = le(&martin, &format!("/promotions/{promotion}/passe"), "2026-11-25", "").await;
    grille.contient(
        "Comme dans la grille d’aujourd’hui, chaque case montre le niveau de la dernière situation",
    );
}
