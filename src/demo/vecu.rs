//! What the people of the demonstration lived: situations, preuves and levels, in the order of time.
use anyhow::{Context, Result};
use time::Duration;

use super::{decide, entrer, gens::Groupe};
use crate::{
    app::App,
    compte::{Deposant, Enseignant, Moi},
    demande::Voeu,
    positionnement::{Jugement, Lieu},
    preuve::{Declaration, Depot},
    referentiel::Edition,
    situation::{self, Ouverture},
};

/// Title, context, organisation, rank of the bloc, and what a student writes of it.
const OCCASIONS: [(&str, &str, Option<&str>, usize, &str); 15] = [
    (
        "Analyse d’un portefeuille de 120 clients",
        "atelier",
        None,
        0,
        "J’ai segmenté le portefeuille par ancienneté et par chiffre d’affaires, puis proposé trois cibles.",
    ),
    (
        "Prospection téléphonique d’une heure",
        "simulation",
        None,
        1,
        "Vingt-deux appels, six rendez-vous obtenus. J’ai adapté mon accroche après le cinquième refus.",
    ),
    (
        "Entretien de vente d’un contrat d’entretien",
        "stage",
        Some("Chauffage Lambert (fictif)"),
        0,
        "J’ai conduit seule la découverte et la proposition ; mon tuteur a conclu avec moi.",
    ),
    (
        "Visite d’un magasin partenaire",
        "stage",
        Some("Épicerie du Port (fictive)"),
        2,
        "Relevé de linéaire, deux ruptures signalées, une tête de gondole négociée pour la semaine suivante.",
    ),
    (
        "Publication sur le site vitrine",
        "cours",
        None,
        1,
        "Deux articles publiés, titres et balises revus pour le référencement.",
    ),
    (
        "Journée portes ouvertes",
        "cours",
        None,
        0,
        "J’ai préparé l’invitation, accueilli les visiteurs et fait le bilan chiffré.",
    ),
    (
        "Réponse aux avis en ligne",
        "simulation",
        None,
        1,
        "Quatre avis négatifs traités : un seul a demandé l’aide du responsable.",
    ),
    (
        "Salon des métiers du commerce",
        "stage",
        Some("Agence Boréal (fictive)"),
        0,
        "Tenue du stand pendant deux jours, 64 contacts qualifiés.",
    ),
    (
        "Animation d’une réunion de vente à domicile",
        "simulation",
        None,
        2,
        "Démonstration de trois produits, deux commandes, une hôtesse intéressée.",
    ),
    (
        "Tableau de bord de l’activité",
        "atelier",
        None,
        1,
        "Suivi du taux de décroché et du panier moyen, avec une recommandation par indicateur.",
    ),
    (
        "Négociation d’un partenariat local",
        "stage",
        Some("Ressourcerie des Quais (fictive)"),
        2,
        "Deux rencontres, une convention d’un an et un calendrier d’actions communes.",
    ),
    (
        "Traitement d’une réclamation",
        "cours",
        None,
        0,
        "J’ai reformulé la demande, proposé un avoir et rappelé la cliente trois jours après.",
    ),
    (
        "Mise en avant dans la boutique en ligne",
        "atelier",
        None,
        1,
        "Promotion de rentrée : fiche produit, visuel et mesure des ventes avant et après.",
    ),
    (
        "Formation d’un nouveau vendeur",
        "simulation",
        None,
        2,
        "Programme d’une matinée, puis accompagnement sur deux rendez-vous.",
    ),
    (
        "Veille sur un marché",
        "cours",
        None,
        0,
        "Synthèse de cinq sources, partagée dans l’espace de la section.",
    ),
];

/// After that many rounds, the team settles levels: in the second year only.
const DECISIONS: usize = 20;

/// A small generator of numbers, the same at every start.
struct Des(u64);

impl Des {
    fn jet(&mut self, faces: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % faces
    }
}

/// Relives `jours` days up to yesterday.
pub(super) async fn raconter(
    app: &App,
    edition: &Edition,
    groupe: &Groupe,
    jours: i64,
) -> Result<()> {
    let mut des = Des(u64::try_from(groupe.promotion_id)? * 7919);
    let mut enseignants = vec![];
    for identifiant in &groupe.enseignants {
        enseignants.push(Enseignant::of(entrer(app, identifiant).await?).context("not a teacher")?);
    }
    let mut moi = vec![];
    for identifiant in &groupe.etudiants {
        moi.push(Moi::of(entrer(app, identifiant).await?).context("not a student")?);
    }
    let tours = if jours > 100 { 26 } else { 8 };
    for tour in 0..tours {
        let occasion = OCCASIONS[tour % OCCASIONS.len()];
        let il_y_a = jours - (jours - 2) * i64::try_from(tour)? / i64::try_from(tours)?;
        let le = app.clock.now() - Duration::days(il_y_a);
        let enseignant = &enseignants[tour % enseignants.len()];
        let bloc = &edition.blocs[occasion.3 % edition.blocs.len()];
        // The last line of each bloc waits for its first judgement: a gap that the pages must show.
        let codes: Vec<&str> = bloc.sous_competences().map(|s| s.code.as_str()).collect();
        let codes = &codes[..codes.len() - 1];
        let mut choisis: Vec<&str> =
            (0..3).map(|k| codes[(tour * 2 + k * 3) % codes.len()]).collect();
        choisis.sort_unstable();
        choisis.dedup();
        for (n, moi) in moi.iter().enumerate() {
            if des.jet(7) == 0 && n % 9 != 8 {
                let recente = tour + 4 >= tours;
                deposer(app, moi, occasion, &choisis, le, recente).await?;
            }
        }
        juger(app, (enseignant, edition), groupe, occasion, &choisis, le, &mut des).await?;
        if tour == DECISIONS {
            decide::decider(app, edition, groupe, le + Duration::hours(1)).await?;
        }
    }
    Ok(())
}

async fn deposer(
    app: &App,
    moi: &Moi,
    occasion: (&str, &str, Option<&str>, usize, &str),
    codes: &[&str],
    le: time::OffsetDateTime,
    recente: bool,
) -> Result<()> {
    let mut db = app.begin_at(moi, le).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let depot = Depot {
        titre: occasion.0.to_owned(),
        texte: occasion.4.to_owned(),
        contexte: occasion.1.to_owned(),
        organisation: occasion.2.map(str::to_owned),
        avec: String::new(),
        vecue_le: (le - Duration::days(1)).date(),
        jusqu_au: None,
        declaration: Declaration {
            reelle: Some(situation::en_entreprise(occasion.1)),
            ia: Some("aucun".to_owned()),
            ..Declaration::default()
        },
        liens: vec![],
        codes: codes.iter().map(|c| (*c).to_owned()).collect(),
        savoirs: vec![],
        fichiers: vec![],
        equipe: vec![],
        part: String::new(),
        cle: app.random.uuid(),
    };
    let id = Deposant::from(moi).deposer(&mut db, &etudiant, &depot).await?;
    if recente {
        // The latest wait for an answer: a queue to open.
        let preuve = etudiant.preuve(&mut db, id).await?;
        let voeu = |code: &&str| Voeu {
            code: (*code).to_owned(),
            niveau: Some("S".to_owned()),
            pourquoi: String::new(),
        };
        let voeux: Vec<Voeu> = codes.iter().map(voeu).collect();
        moi.demander(&mut db, &etudiant, &preuve, &voeux, app.random.uuid()).await?;
    }
    Ok(db.commit().await?)
}

async fn juger(
    app: &App,
    (enseignant, edition): (&Enseignant, &Edition),
    groupe: &Groupe,
    occasion: (&str, &str, Option<&str>, usize, &str),
    codes: &[&str],
    le: time::OffsetDateTime,
    des: &mut Des,
) -> Result<()> {
    let mut db = app.begin_at(enseignant, le).await?;
    let promotion = enseignant.promotion(&mut db, groupe.promotion_id).await?;
    let etudiants = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    let ouverture = Ouverture {
        titre: occasion.0.to_owned(),
        contexte: occasion.1.to_owned(),
        organisation: occasion.2.map(str::to_owned),
        vecue_le: le.date(),
        nature: "formatif".to_owned(),
        visible_le: le.date(),
        cle: app.random.uuid(),
    };
    let situation = enseignant.ouvrir_situation(&mut db, &promotion, &ouverture).await?;
    let mut jugements = vec![];
    for (n, etudiant) in etudiants.iter().enumerate() {
        if des.jet(20) >= (if n % 9 == 8 { 2 } else { 9 }) {
            continue; // every ninth student is late
        }
        for code in codes {
            let niveau = ["TI", "I", "I", "S", "S", "S", "S", "TS", "TS", "absent"]
                [usize::try_from(des.jet(10))?];
            jugements.push(Jugement {
                etudiant_id: etudiant.id(),
                code: (*code).to_owned(),
                niveau: Some(niveau.to_owned()),
                cle: app.random.uuid(),
                geste: Some(ouverture.cle),
                ..Jugement::default()
            });
        }
    }
    let lieu = Lieu::de_la_classe(&promotion, Some(situation));
    enseignant.positionner(&mut db, &lieu, edition, &jugements).await?;
    Ok(db.commit().await?)
}
