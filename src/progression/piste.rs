//! What has no evidence yet, and which of her activities could serve it. Always with the reason.
use time::Date;

use super::vecu::{Sienne, Vecu};
use crate::referentiel::{Edition, SousCompetence};

/// At most so many ideas for one sous-compétence.
const IDEES: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idee {
    pub preuve_id: i64,
    pub titre: String,
    pub vecue_le: Date,
    /// « parle de « réseaux » ; montre déjà 1.1.2, de la même compétence ».
    pub pourquoi: String,
}

#[derive(Debug, Clone)]
pub struct Piste {
    pub sous_competence: SousCompetence,
    pub bloc: String,
    pub idees: Vec<Idee>,
}

/// In the order of the text.
pub fn pistes(edition: &Edition, vecu: &Vecu) -> Vec<Piste> {
    let mut pistes = vec![];
    for bloc in &edition.blocs {
        for competence in &bloc.competences {
            let voisins: Vec<&str> =
                competence.sous_competences.iter().map(|s| s.code.as_str()).collect();
            for s in &competence.sous_competences {
                if !vecu.preuves.iter().any(|p| p.codes.contains(&s.code)) {
                    let (sous_competence, bloc) = (s.clone(), bloc.code.clone());
                    pistes.push(Piste { sous_competence, bloc, idees: idees(s, &voisins, vecu) });
                }
            }
        }
    }
    pistes
}

/// The best first: what shares most words, then what is near, then the latest.
fn idees(s: &SousCompetence, voisins: &[&str], vecu: &Vecu) -> Vec<Idee> {
    let mut trouvees: Vec<(usize, &Sienne, String)> = vec![];
    for preuve in vecu.preuves.iter() {
        let mots: Vec<&str> = vecu
            .communs
            .iter()
            .filter(|c| c.preuve_id == preuve.preuve_id && c.code == s.code)
            .map(|c| c.mot.as_str())
            .collect();
        let proches: Vec<&str> =
            preuve.codes.iter().map(String::as_str).filter(|c| voisins.contains(c)).collect();
        let poids = 2 * mots.len() + usize::from(!proches.is_empty());
        if poids > 0 {
            trouvees.push((poids, preuve, pourquoi(&mots, &proches)));
        }
    }
    trouvees.sort_by(|a, b| {
        let rang = |t: &(usize, &Sienne, String)| (t.0, t.1.vecue_le, t.1.preuve_id);
        rang(b).cmp(&rang(a))
    });
    let idee = |(_, p, pourquoi): (usize, &Sienne, String)| Idee {
        preuve_id: p.preuve_id,
        titre: p.titre.clone(),
        vecue_le: p.vecue_le,
        pourquoi,
    };
    trouvees.into_iter().take(IDEES).map(idee).collect()
}

fn pourquoi(mots: &[&str], proches: &[&str]) -> String {
    let cites: Vec<String> = mots.iter().map(|m| format!("«\u{a0}{m}\u{a0}»")).collect();
    let mots = (!cites.is_empty()).then(|| format!("parle de {}", cites.join(", ")));
    let proches = (!proches.is_empty())
        .then(|| format!("montre déjà {}, de la même compétence", proches.join(", ")));
    mots.into_iter().chain(proches).collect::<Vec<_>>().join("\u{202f}; ")
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            dessin::alea::Des,
            vecu::{Commun, sienne, vide},
        },
        *,
    };
    use crate::referentiel::OFFICIEL;
    use sqlx::types::Json;

    fn vecu(preuves: Vec<Sienne>, communs: Vec<Commun>) -> Vecu {
        Vecu { preuves: Json(preuves), communs: Json(communs), ..vide() }
    }

    fn commun(preuve_id: i64, code: &str, mot: &str) -> Commun {
        Commun { preuve_id, code: code.to_owned(), mot: mot.to_owned() }
    }

    #[test]
    fn what_shares_words_comes_first_and_each_idea_says_why() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let codes: Vec<String> = edition.sous_competences().map(|s| s.code.clone()).collect();
        let (montree, sans, loin) = (&codes[0], &codes[1], codes.last().unwrap());
        let dits = vecu(
            vec![sienne(1, &[montree]), sienne(2, &[]), sienne(3, &[loin])],
            vec![commun(2, sans, "cibles"), commun(2, sans, "réseaux")],
        );
        let pistes = pistes(&edition, &dits);
        assert_eq!(pistes.len(), codes.len() - 2);
        assert!(pistes.iter().all(|p| p.sous_competence.code != *montree), "it has its preuve");
        let piste = pistes.iter().find(|p| p.sous_competence.code == *sans).unwrap();
        let idees: Vec<_> =
            piste.idees.iter().map(|i| (i.preuve_id, i.pourquoi.as_str())).collect();
        let proche = format!("montre déjà {montree}, de la même compétence");
        assert_eq!(
            idees,
            [(2, "parle de «\u{a0}cibles\u{a0}», «\u{a0}réseaux\u{a0}»"), (1, proche.as_str())]
        );
        assert_eq!(super::pistes(&edition, &vecu(vec![], vec![])).len(), codes.len());
    }

    #[test]
    fn never_more_than_three_never_twice_and_the_order_changes_nothing() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let codes: Vec<String> = edition.sous_competences().map(|s| s.code.clone()).collect();
        let mut des = Des(5);
        for _ in 0..500 {
            let mut preuves: Vec<Sienne> = (0..des.jet(12))
                .map(|n| sienne(i64::try_from(n).unwrap(), &[&codes[des.jet(codes.len())]]))
                .collect();
            let communs: Vec<Commun> = (0..des.jet(30))
                .map(|_| {
                    commun(i64::try_from(des.jet(12)).unwrap(), &codes[des.jet(codes.len())], "mot")
                })
                .collect();
            let dites = pistes(&edition, &vecu(preuves.clone(), communs.clone()));
            for p in &dites {
                assert!(p.idees.len() <= 3 && p.idees.iter().all(|i| !i.pourquoi.is_empty()));
                let mut vues: Vec<_> = p.idees.iter().map(|i| i.preuve_id).collect();
                vues.sort_unstable();
                vues.dedup();
                assert_eq!(vues.len(), p.idees.len());
            }
            des.battre(&mut preuves);
            let melees = pistes(&edition, &vecu(preuves, communs));
            assert!(dites.iter().zip(&melees).all(|(a, b)| a.idees == b.idees));
        }
    }
}
