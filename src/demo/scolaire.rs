//! The livret scolaire of the demonstration: a first year that is over, a second that goes on, a council that has spoken of most.
use anyhow::{Context, Result};
use time::{Date, Month};

use super::{Groupe, entrer};
use crate::{
    app::{App, InTheNameOf},
    compte::Enseignant,
    scolaire::{
        self, Bulletin, Candidat, Conseil, Decoupage, Ecrit, Reglages, Rubrique, Scolaire, Session,
        Valeur, Voulue,
    },
};

const APPRECIATIONS: [&str; 6] = [
    "Travail sérieux et régulier. L’oral gagne en assurance ; continuez à structurer l’écrit.",
    "Ensemble satisfaisant. Des qualités d’écoute en situation de négociation, à confirmer au second semestre.",
    "Résultats irréguliers. Un travail personnel plus suivi permettra de progresser nettement.",
    "Très bon semestre : rigueur, initiative et participation active. Félicitations.",
    "Des progrès depuis la première année. Les méthodes d’analyse sont maîtrisées, la rédaction reste à soigner.",
    "Ensemble fragile. Il faut revoir les bases du cours et demander de l’aide dès que nécessaire.",
];
const OBSERVATIONS: [&str; 3] = [
    "Étudiant sérieux, engagé dans la vie de la section.",
    "Ensemble convenable, des efforts réguliers cette année.",
    "Doit confirmer les progrès constatés en stage.",
];
const LIEUX: [&str; 5] = ["Nantes", "Saint-Denis", "Lyon 3e", "Cherbourg-en-Cotentin", "Tours"];

/// The same every time, and with nothing regular in it.
fn hasard(a: usize, b: usize, c: usize) -> i32 {
    let n = a.wrapping_mul(7919) ^ b.wrapping_mul(104_729) ^ c.wrapping_mul(1_299_709);
    i32::try_from((n >> 3) % 1000).unwrap_or_default()
}

/// An average in hundredths: a student has her level, an enseignement its own.
fn moyenne(elle: usize, enseignement: usize, periode: usize) -> i32 {
    let niveau = 850 + hasard(elle, 3, 5) * 7 / 10;
    let note = niveau + hasard(elle, enseignement, periode) * 4 / 10 - 150;
    note.clamp(300, 1950)
}

fn bulletin(elle: usize, enseignement: usize) -> Bulletin {
    let dite = |periode: usize| {
        (hasard(elle, enseignement, periode + 40) > 25)
            .then(|| moyenne(elle, enseignement, periode))
    };
    let rang = usize::try_from(moyenne(elle, enseignement, 3) / 100).unwrap_or_default();
    let appreciation = match rang {
        0..=8 => APPRECIATIONS[5],
        9..=10 => APPRECIATIONS[2],
        15.. => APPRECIATIONS[3],
        _ => APPRECIATIONS[[0, 1, 4][(elle + enseignement) % 3]],
    };
    Bulletin {
        moyennes: [dite(0), dite(1), None, dite(3), None, None],
        appreciation: if (elle + enseignement).is_multiple_of(17) {
            String::new()
        } else {
            appreciation.to_owned()
        },
    }
}

fn conseil(s: &Scolaire, elle: usize) -> Conseil {
    let rang = match moyenne(elle, 2, 3) {
        1400.. => 0,
        1000..1400 => 1,
        _ => 2,
    };
    Conseil {
        avis: s.modele.avis.get(rang).filter(|_| elle % 13 != 12).map(|a| a.code.clone()),
        observations: OBSERVATIONS[rang.min(2)].to_owned(),
        pix: (elle % 9 != 8).then_some(elle % 4 != 3),
    }
}

fn candidat(s: &Scolaire, elle: usize) -> Candidat {
    let mois = Month::try_from(u8::try_from(elle % 12 + 1).unwrap_or(1)).unwrap_or(Month::May);
    let jour = u8::try_from(elle * 5 % 28 + 1).unwrap_or(1);
    Candidat {
        naissance: Date::from_calendar_date(s.session - 20, mois, jour)
            .ok()
            .filter(|_| elle % 11 != 10),
        lieu: LIEUX[elle % LIEUX.len()].to_owned(),
        ine: (elle % 7 != 6).then(|| format!("{:010}A", 12_300_457 + 37 * elle)),
        langue: if elle % 8 == 5 { "Espagnol" } else { "Anglais" }.to_owned(),
    }
}

pub(super) async fn raconter(app: &App, groupe: &Groupe) -> Result<()> {
    let martin = Enseignant::of(entrer(app, "martin").await?).context("she teaches")?;
    let mut db = app.begin(&martin).await?;
    let elle = martin.coordonnateur(&mut db, groupe.promotion_id).await?;
    let Some(s) = scolaire::lire(&mut db, &elle.promotion, martin.jour()).await? else {
        return Ok(());
    };
    let passee = |n: i32, presentes, recus| Session { annee: s.session - n, presentes, recus };
    let sessions = vec![passee(1, 31, 27), passee(2, 33, 26), passee(3, 30, 25)];
    let voulu = Reglages { decoupage: Decoupage::Semestre, sessions };
    elle.regler_scolaire(&mut db, &voulu, (s.version, app.random.uuid())).await?;
    let mut voulues = vec![];
    for (n, e) in s.etudiants.iter().enumerate() {
        let mut dire = |rubrique, valeur| {
            voulues.push(Voulue { rubrique, etudiant_id: e.id(), valeur, version: 0 });
        };
        for (k, enseignement) in s.modele.enseignements.iter().enumerate() {
            let facultatif = enseignement.code.starts_with("UF");
            if !facultatif || (n + k) % 5 == 0 {
                let rubrique = Rubrique::Enseignement(enseignement.code.clone());
                dire(rubrique, Valeur::Bulletin(bulletin(n, k)));
            }
        }
        dire(Rubrique::Conseil, Valeur::Conseil(conseil(&s, n)));
        dire(Rubrique::Candidat, Valeur::Candidat(candidat(&s, n)));
    }
    let fait =
        martin.remplir_scolaire(&mut db, &elle.promotion, &voulues, app.random.uuid()).await?;
    anyhow::ensure!(matches!(fait, Ecrit::Fait(_)), "the livret scolaire was not filled: {fait:?}");
    Ok(db.commit().await?)
}
