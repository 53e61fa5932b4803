//! How many lines of a bloc stood in the upper half of the scale at the end of each month, as its rule proposes from
//! what had been lived by then.
use super::{Echelle, Mois, echelle::pour_cent};
use crate::{
    progression::{Positionne, Volet},
    referentiel::Niveau,
    regle::{self, Fait},
};

#[derive(Debug, Clone)]
pub struct Courbe {
    pub bloc: String,
    pub intitule: String,
    pub total: usize,
    /// One for each month.
    pub valeurs: Vec<usize>,
}

/// A while during which nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palier {
    pub valeur: usize,
    pub x: String,
    pub fin: String,
    pub y: String,
    /// How high the line was before, where it steps.
    pub avant: Option<String>,
    /// Its first month.
    pub mois: Mois,
}

impl Courbe {
    pub fn de(volet: &Volet, niveaux: &[Niveau], echelle: &Echelle, mois: &[Mois]) -> Self {
        let lignes: Vec<Vec<Fait>> = volet
            .lignes
            .iter()
            .map(|l| l.positionnes.iter().map(Positionne::fait).collect())
            .collect();
        let haute = |faits: &Vec<Fait>, m: Mois| {
            let connus: Vec<&Fait> = faits.iter().filter(|f| Mois::de(f.vecu_le) <= m).collect();
            let propose = regle::proposer(volet.reglage.regle, niveaux, &connus);
            propose.and_then(|p| echelle.place(&p.niveau)).is_some_and(|p| p >= echelle.seuil())
        };
        let en = |m: &Mois| lignes.iter().filter(|faits| haute(faits, *m)).count();
        Self {
            bloc: volet.bloc.code.clone(),
            intitule: volet.bloc.intitule.clone(),
            total: volet.lignes.len(),
            valeurs: mois.iter().map(en).collect(),
        }
    }

    /// The steps of the line: a value lasts from the first day of its month to that of the next.
    pub fn paliers(&self, mois: &[Mois]) -> Vec<Palier> {
        let n = self.valeurs.len();
        let mut paliers: Vec<Palier> = vec![];
        for (k, (valeur, m)) in self.valeurs.iter().zip(mois).enumerate() {
            let fin = pour_cent(k + 1, n);
            match paliers.last_mut().filter(|p| p.valeur == *valeur) {
                Some(p) => p.fin = fin,
                None => paliers.push(Palier {
                    valeur: *valeur,
                    x: pour_cent(k, n),
                    fin,
                    y: self.y(*valeur),
                    avant: paliers.last().map(|p| p.y.clone()),
                    mois: *m,
                }),
            }
        }
        paliers
    }

    /// The lines at the top and at the bottom: all of the bloc, none of it.
    pub fn bornes(&self) -> [String; 2] {
        [self.y(self.total), self.y(0)]
    }

    /// How high a number of lines is drawn, in ems: the whole bloc is at the top.
    fn y(&self, valeur: usize) -> String {
        const HAUT: usize = 150; // hundredths
        const BAS: usize = 600;
        let y = BAS - (BAS - HAUT) * valeur / self.total.max(1);
        format!("{}.{:02}em", y / 100, y % 100)
    }

    /// « 0 en sept. 2025, 3 en nov. 2025, 7 en juin 2026 ».
    pub fn en_mots(&self, mois: &[Mois]) -> String {
        let dits: Vec<String> = self
            .paliers(mois)
            .iter()
            .map(|p| format!("{} en\u{a0}{}", p.valeur, p.mois.long()))
            .collect();
        format!("{}, sur\u{a0}{}", dits.join(", "), self.total)
    }
}

#[cfg(test)]
mod tests {
    use time::{Date, Duration, macros::date};

    use super::{
        super::{alea::Des, echelle::inventee},
        *,
    };
    use crate::{
        progression::{Positionne, volets},
        referentiel::{Edition, OFFICIEL},
        regle::{Reglage, Regle},
    };

    fn donne(code: &str, niveau: &str, vecu_le: Date) -> Positionne {
        Positionne {
            etudiant_id: 1,
            code: code.to_owned(),
            niveau: niveau.to_owned(),
            par: String::new(),
            vecu_le,
            contexte: "cours".to_owned(),
            remarque: String::new(),
            preuve_id: None,
            preuve: None,
            situation_id: 0,
            version: 0,
        }
    }

    /// Each of a situation of its own, whose number does not depend on the order of entry.
    fn numeroter(donnes: &mut [Positionne]) {
        donnes.sort_by_key(|p| std::cmp::Reverse((p.vecu_le, p.code.clone(), p.niveau.clone())));
        for (n, p) in (1..).zip(donnes.iter_mut()) {
            p.situation_id = n;
        }
    }

    /// As the database gives them.
    fn courbes(edition: &Edition, mut donnes: Vec<Positionne>, mois: &[Mois]) -> Vec<Vec<usize>> {
        numeroter(&mut donnes);
        let echelle = Echelle::de(edition);
        let volets = volets(edition, &Reglage::seul(Regle::Derniere), donnes);
        volets.iter().map(|v| Courbe::de(v, &edition.niveaux, &echelle, mois).valeurs).collect()
    }

    #[test]
    fn a_line_rises_when_the_situation_was_lived_and_falls_when_a_later_one_says_less() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let haut = &Echelle::de(&edition).code(3).to_owned();
        let bas = &Echelle::de(&edition).code(0).to_owned();
        let mois = Mois::suite(date!(2026 - 01 - 01), date!(2026 - 04 - 01), 99);
        let donnes = vec![
            donne("1.1.1", haut, date!(2026 - 02 - 28)),
            donne("1.1.1", bas, date!(2026 - 04 - 01)),
            donne("1.1.2", haut, date!(2026 - 03 - 01)),
            donne("1.1.3", "absent", date!(2026 - 03 - 01)),
        ];
        let courbes = courbes(&edition, donnes, &mois);
        assert_eq!(courbes[0], [0, 1, 2, 1]);
        assert_eq!(courbes[1], [0, 0, 0, 0], "another bloc");
    }

    /// Over 2,000 invented years: entering in another order changes nothing, a second bloc neither, the last month is
    /// what the livret says, and no month counts more lines than there are.
    #[test]
    fn the_order_of_entry_changes_no_curve() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let codes: Vec<&str> = edition.sous_competences().map(|s| s.code.as_str()).collect();
        let niveaux = ["TI", "I", "S", "TS", "absent"];
        let debut = date!(2025 - 09 - 01);
        let mois = Mois::suite(debut, date!(2027 - 08 - 31), 99);
        let mut des = Des(3);
        for _ in 0..2_000 {
            let mut donnes: Vec<Positionne> = vec![];
            for jour in 0..=des.jet(40) {
                let vecu_le = debut + Duration::days(i64::try_from(jour * 17).unwrap());
                donnes.push(donne(codes[des.jet(codes.len())], niveaux[des.jet(5)], vecu_le));
            }
            let dites = courbes(&edition, donnes.clone(), &mois);
            let ailleurs: Vec<Positionne> =
                donnes.iter().filter(|p| p.code.starts_with("1.")).cloned().collect();
            assert_eq!(courbes(&edition, ailleurs, &mois)[0], dites[0]);
            let volets_ = volets(&edition, &Reglage::seul(Regle::Derniere), {
                let mut d = donnes.clone();
                numeroter(&mut d);
                d
            });
            for (courbe, volet) in dites.iter().zip(&volets_) {
                assert_eq!(courbe.last(), Some(&volet.atteintes));
                assert!(courbe.iter().all(|v| *v <= volet.lignes.len()));
            }
            des.battre(&mut donnes);
            assert_eq!(courbes(&edition, donnes, &mois), dites);
        }
    }

    #[test]
    fn the_steps_of_a_line_follow_each_other_without_a_hole() {
        let mois = Mois::suite(date!(2026 - 01 - 01), date!(2026 - 04 - 01), 99);
        let courbe = Courbe {
            bloc: "1".into(),
            intitule: String::new(),
            total: 4,
            valeurs: vec![0, 2, 2, 4],
        };
        let paliers = courbe.paliers(&mois);
        let dits: Vec<_> =
            paliers.iter().map(|p| (p.valeur, p.x.as_str(), p.fin.as_str())).collect();
        assert_eq!(dits, [(0, "0%", "25%"), (2, "25%", "75%"), (4, "75%", "100%")]);
        assert_eq!(
            (courbe.y(0), courbe.y(2), courbe.y(4)),
            ("6.00em".into(), "3.75em".into(), "1.50em".into())
        );
        assert_eq!(
            courbe.en_mots(&mois),
            "0 en\u{a0}janvier\u{a0}2026, 2 en\u{a0}février\u{a0}2026, 4 en\u{a0}avril\u{a0}2026, sur\u{a0}4"
        );
        assert_eq!(inventee(&["A", "B"]).seuil(), 1);
    }
}
