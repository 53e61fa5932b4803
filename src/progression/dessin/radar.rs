//! The profile again, around a point. One person only: never a class beside her.
use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::{Axe, Echelle};

/// The drawing is that wide and that high, in its own units; the letters keep a size that is read on a phone.
pub const LARGEUR: f64 = 260.0;
const CENTRE: f64 = LARGEUR / 2.0;
const RAYON: f64 = 98.0;

#[derive(Debug, Clone)]
pub struct Rayon {
    pub code: String,
    pub bout: (String, String),
    pub lettre: (String, String),
    /// `start`, `middle` or `end`: on which side of its axis the code is written.
    pub ancre: &'static str,
    /// From the lowest to the highest level of the team.
    pub etendue: Option<((String, String), (String, String))>,
    pub equipe: Vec<(String, String)>,
    pub soi: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct Radar {
    pub rayons: Vec<Rayon>,
    /// The ring of each level, as a list of points, and where its letters are.
    pub cercles: Vec<(String, (String, String))>,
    /// Between neighbours that both have a level.
    pub traits_equipe: Vec<((String, String), (String, String))>,
    pub traits_soi: Vec<((String, String), (String, String))>,
}

type Point = (String, String);

fn reel(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn ecrit(n: f64) -> String {
    let texte = format!("{n:.1}");
    texte.strip_suffix(".0").unwrap_or(&texte).to_owned()
}

/// On the axis `k` of `n`, the first one straight up, at this distance from the middle.
fn point(k: usize, n: usize, distance: f64) -> Point {
    let angle = TAU * reel(k) / reel(n.max(1)) - FRAC_PI_2;
    (ecrit(CENTRE + distance * angle.cos()), ecrit(CENTRE + distance * angle.sin()))
}

impl Radar {
    pub fn de(axes: &[Axe], echelle: &Echelle) -> Self {
        let n = axes.len();
        let a = |place: usize| RAYON * reel(place + 1) / reel(echelle.len().max(1));
        let rayons: Vec<Rayon> = axes
            .iter()
            .enumerate()
            .map(|(k, axe)| {
                let marques = |e: Option<super::Etendue>| {
                    e.iter().flat_map(super::Etendue::marques).map(|p| point(k, n, a(p))).collect()
                };
                Rayon {
                    code: axe.code.clone(),
                    bout: point(k, n, RAYON),
                    lettre: point(k, n, RAYON + 17.0),
                    ancre: ancre(k, n),
                    etendue: axe
                        .equipe
                        .filter(|e| e.bas < e.haut)
                        .map(|e| (point(k, n, a(e.bas)), point(k, n, a(e.haut)))),
                    equipe: marques(axe.equipe),
                    soi: marques(axe.soi),
                }
            })
            .collect();
        let cercle = |place| {
            let points: Vec<String> =
                (0..n).map(|k| point(k, n, a(place))).map(|(x, y)| format!("{x},{y}")).collect();
            // Its letters stand between the last axis and the first, where no mark ever is.
            let milieu = a(place) * (PI / reel(n.max(1))).cos();
            (points.join(" "), point((2 * n).max(1) - 1, 2 * n, milieu))
        };
        Self {
            cercles: (0..echelle.len()).map(cercle).collect(),
            traits_equipe: traits(&rayons, |r| &r.equipe),
            traits_soi: traits(&rayons, |r| &r.soi),
            rayons,
        }
    }
}

/// Joins the lower marks of neighbours; an axis without a level leaves a gap.
fn traits(rayons: &[Rayon], marques: impl Fn(&Rayon) -> &[Point]) -> Vec<(Point, Point)> {
    let n = rayons.len();
    if n < 3 {
        return vec![];
    }
    (0..n)
        .filter_map(|k| {
            let (ici, la) = (&rayons[k], &rayons[(k + 1) % n]);
            Some((marques(ici).first()?.clone(), marques(la).first()?.clone()))
        })
        .collect()
}

fn ancre(k: usize, n: usize) -> &'static str {
    if k == 0 || 2 * k == n {
        "middle"
    } else if 2 * k < n {
        "start"
    } else {
        "end"
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Etendue, *};

    fn axe(code: &str, places: &[usize]) -> Axe {
        let equipe = Etendue::de(places.iter().copied());
        Axe { code: code.into(), intitule: code.into(), total: 4, equipe, soi: None }
    }

    #[test]
    fn an_axis_without_a_level_leaves_a_gap_and_all_stays_in_the_picture() {
        let echelle = super::super::echelle::inventee(&["A", "B", "C", "D"]);
        let axes =
            [axe("1", &[0]), axe("2", &[3, 1]), axe("3", &[]), axe("4", &[2]), axe("5", &[3])];
        let radar = Radar::de(&axes, &echelle);
        assert_eq!(radar.rayons[0].equipe, [("130".to_owned(), "105.5".to_owned())], "straight up");
        assert_eq!(radar.rayons[1].equipe.len(), 2, "a median between two levels has two marks");
        assert!(radar.rayons[1].etendue.is_some() && radar.rayons[0].etendue.is_none());
        assert_eq!(radar.traits_equipe.len(), 3, "1-2, 4-5, 5-1");
        assert!(radar.traits_soi.is_empty());
        for r in &radar.rayons {
            for v in [&r.bout.0, &r.bout.1, &r.lettre.0, &r.lettre.1] {
                let v: f64 = v.parse().unwrap();
                assert!((8.0..=LARGEUR - 8.0).contains(&v), "{v}");
            }
        }
        for n in 0..3 {
            let radar = Radar::de(&axes[..n], &echelle);
            assert_eq!((radar.rayons.len(), radar.traits_equipe.len()), (n, 0));
        }
        assert_eq!(Radar::de(&axes, &super::super::echelle::inventee(&[])).cercles.len(), 0);
    }
}
