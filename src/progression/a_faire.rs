//! What to do now: what was asked of her, what was answered, where she has said nothing yet.
use super::{
    Ligne, Volet,
    piste::Piste,
    vecu::{Reponse, Sienne, Vecu},
};
use crate::date;

/// A thing to do: where it is done, in one sentence, with what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chose {
    pub vers: String,
    pub icone: &'static str,
    pub texte: String,
    pub detail: String,
}

#[derive(Debug, Clone, Default)]
pub struct AFaire {
    pub choses: Vec<Chose>,
    /// Answers that she may say she has read.
    pub reponses: Vec<i64>,
    /// The next thing worth doing.
    pub ensuite: Option<Chose>,
}

impl AFaire {
    pub fn de(volets: &[Volet], vecu: &Vecu, pistes: &[Piste]) -> Self {
        let mut choses = vec![];
        choses.extend(vecu.reponses.iter().filter(|r| r.etat == "complement").map(completer));
        let neuves = || vecu.reponses.iter().filter(|r| a_lire(r));
        choses.extend(neuves().map(lire));
        choses.extend(volets.iter().filter_map(|v| se_situer(v, vecu)));
        choses.extend(volets.iter().filter(|v| vide(v, vecu)).map(commencer));
        Self {
            choses,
            reponses: neuves().map(|r| r.demande_id).collect(),
            ensuite: ensuite(volets, vecu, pistes),
        }
    }
}

fn chose(vers: String, icone: &'static str, texte: String, detail: String) -> Chose {
    Chose { vers, icone, texte, detail }
}

fn cite(titre: &str) -> String {
    format!("«\u{a0}{titre}\u{a0}»")
}

fn completer(r: &Reponse) -> Chose {
    let texte = format!("Compléter {}\u{a0}: {} attend une suite", cite(&r.titre), r.par);
    chose(format!("/preuves/{}/demande", r.preuve_id), "commentaire", texte, r.motif.clone())
}

fn a_lire(r: &Reponse) -> bool {
    !r.lue && matches!(r.etat.as_str(), "validee" | "refusee")
}

fn lire(r: &Reponse) -> Chose {
    let issue = crate::demande::etat(&r.etat).to_lowercase();
    let texte = format!("Lire la réponse de {} à {}\u{a0}: {issue}", r.par, cite(&r.titre));
    chose(format!("/preuves/{}/demande", r.preuve_id), "oeil", texte, r.motif.clone())
}

/// Judged there, and she never said where she stands. She says it when she asks that a preuve be judged.
fn se_situer(volet: &Volet, vecu: &Vecu) -> Option<Chose> {
    let muette =
        |l: &&Ligne| !l.positionnes.is_empty() && !vecu.soi.contains_key(&l.sous_competence.code);
    let codes: Vec<&str> =
        volet.lignes.iter().filter(muette).map(|l| l.sous_competence.code.as_str()).collect();
    let nombre = i64::try_from(codes.len()).unwrap_or(i64::MAX);
    let jugees = match nombre {
        0 => return None,
        1 => "1\u{a0}sous-compétence déjà jugée".to_owned(),
        n => format!("{n}\u{a0}sous-compétences déjà jugées"),
    };
    let texte = format!("Vous situer sur {jugees} du bloc\u{a0}{}", volet.bloc.code);
    let attend = |p: &&Sienne| {
        vecu.reponses.iter().any(|r| r.preuve_id == p.preuve_id && r.etat == "attente")
    };
    let montre = |p: &Sienne| p.codes.iter().filter(|c| codes.contains(&c.as_str())).count();
    // The one that shows most of them; of those, the latest.
    let utiles = vecu.preuves.iter().rev().filter(|p| montre(p) > 0 && !attend(p));
    let (vers, comment) = match utiles.max_by_key(|p| montre(p)) {
        Some(p) => (
            format!("/preuves/{}/demande", p.preuve_id),
            format!("par exemple en demandant la validation de {}", cite(&p.titre)),
        ),
        None => ("/preuves/nouvelle".to_owned(), "avec une nouvelle preuve".to_owned()),
    };
    Some(chose(vers, "personne", texte, format!("{}\u{a0}: {comment}", codes.join(", "))))
}

/// Nothing at all was recorded there.
fn vide(volet: &Volet, vecu: &Vecu) -> bool {
    let muette = |l: &Ligne| l.positionnes.is_empty() && l.dit.is_none();
    let montree =
        |l: &Ligne| vecu.preuves.iter().any(|p| p.codes.contains(&l.sous_competence.code));
    volet.lignes.iter().all(|l| muette(l) && !montree(l))
}

fn commencer(volet: &Volet) -> Chose {
    let texte =
        format!("Commencer le bloc\u{a0}{}\u{a0}: rien n’y est encore enregistré", volet.bloc.code);
    chose("/preuves/nouvelle".to_owned(), "ajouter", texte, volet.bloc.intitule.clone())
}

/// The latest preuve that nobody was asked to judge; else a compétence that has no preuve at all, one for which she has
/// something rather than another; else a sous-compétence without one.
fn ensuite(volets: &[Volet], vecu: &Vecu, pistes: &[Piste]) -> Option<Chose> {
    let demandee = |p: &&Sienne| vecu.reponses.iter().any(|r| r.preuve_id == p.preuve_id);
    let jugee = |p: &&Sienne| {
        let citee = |l: &Ligne| l.positionnes.iter().any(|n| n.preuve_id == Some(p.preuve_id));
        volets.iter().flat_map(|v| &v.lignes).any(citee)
    };
    if let Some(p) = vecu.preuves.iter().find(|p| !p.codes.is_empty() && !demandee(p) && !jugee(p))
    {
        let texte = format!("demander la validation de {}, jamais demandée", cite(&p.titre));
        let vers = format!("/preuves/{}/demande", p.preuve_id);
        return Some(chose(vers, "suivant", texte, date::longue(&p.vecue_le)));
    }
    let sans =
        |codes: &[&str]| codes.iter().all(|c| pistes.iter().any(|p| p.sous_competence.code == *c));
    let competences = volets.iter().flat_map(|v| &v.bloc.competences);
    let nues: Vec<(&str, Vec<&Piste>)> = competences
        .filter_map(|c| {
            let codes: Vec<&str> = c.sous_competences.iter().map(|s| s.code.as_str()).collect();
            let siennes =
                pistes.iter().filter(|p| codes.contains(&p.sous_competence.code.as_str()));
            (!codes.is_empty() && sans(&codes)).then(|| (c.intitule.as_str(), siennes.collect()))
        })
        .collect();
    let avec_idee = nues.iter().find(|(_, p)| p.iter().any(|p| !p.idees.is_empty()));
    let (quoi, pistes): (&str, Vec<&Piste>) = if let Some(nue) = avec_idee.or(nues.first()) {
        nue.clone()
    } else {
        let piste = pistes.iter().find(|p| !p.idees.is_empty()).or(pistes.first())?;
        (&piste.sous_competence.intitule, vec![piste])
    };
    let sans = format!("{} n’a encore aucune preuve", cite(quoi));
    match pistes.iter().flat_map(|p| &p.idees).next() {
        Some(i) => {
            let texte = format!("{sans}\u{202f}; {} pourrait y servir", cite(&i.titre));
            Some(chose(format!("/preuves/{}", i.preuve_id), "suivant", texte, i.pourquoi.clone()))
        }
        None => Some(chose(
            "/preuves/nouvelle".to_owned(),
            "ajouter",
            sans,
            "déposez-en une".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;
    use time::macros::date;

    use super::{
        super::{
            Positionne,
            piste::pistes,
            vecu::{Commun, sienne, vide},
            volets,
        },
        *,
    };
    use crate::{
        referentiel::{Edition, OFFICIEL},
        regle::{Reglage, Regle},
    };

    fn faire(edition: &Edition, donnes: Vec<Positionne>, vecu: &Vecu) -> AFaire {
        AFaire::de(
            &volets(edition, &Reglage::seul(Regle::Derniere), donnes),
            vecu,
            &pistes(edition, vecu),
        )
    }

    fn donne(code: &str, niveau: &str) -> Positionne {
        Positionne {
            etudiant_id: 1,
            code: code.to_owned(),
            niveau: niveau.to_owned(),
            par: "Mme Martin".to_owned(),
            vecu_le: date!(2026 - 03 - 01),
            contexte: "cours".to_owned(),
            remarque: String::new(),
            preuve_id: None,
            preuve: None,
            situation_id: 0,
            version: 0,
        }
    }

    fn reponse(preuve_id: i64, etat: &str, lue: bool) -> Reponse {
        Reponse {
            demande_id: 100 + preuve_id,
            preuve_id,
            titre: format!("Preuve {preuve_id}"),
            etat: etat.to_owned(),
            motif: "Il manque un chiffre.".to_owned(),
            par: "Mme Martin".to_owned(),
            lue,
        }
    }

    fn textes(a_faire: &AFaire) -> Vec<&str> {
        a_faire.choses.iter().map(|c| c.texte.as_str()).collect()
    }

    #[test]
    fn who_has_nothing_begins_and_who_has_done_all_has_nothing_to_do() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let debut = faire(&edition, vec![], &vide());
        assert_eq!(debut.choses.len(), edition.blocs.len());
        assert!(debut.choses.iter().all(|c| c.vers == "/preuves/nouvelle"));
        assert!(debut.ensuite.unwrap().texte.contains("n’a encore aucune preuve"));

        let codes: Vec<&str> = edition.sous_competences().map(|s| s.code.as_str()).collect();
        let soi = codes.iter().map(|c| ((*c).to_owned(), "S".to_owned())).collect();
        let fait = Vecu {
            soi: Json(soi),
            preuves: Json(vec![sienne(1, &codes)]),
            reponses: Json(vec![reponse(1, "validee", true)]),
            ..vide()
        };
        let donnes = codes.iter().map(|c| donne(c, "S")).collect();
        let fait = faire(&edition, donnes, &fait);
        assert_eq!((fait.choses, fait.reponses, fait.ensuite), (vec![], vec![], None));
    }

    #[test]
    fn a_complement_stays_until_she_asks_again_and_an_answer_until_she_has_read_it() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let codes: Vec<&str> = edition.sous_competences().map(|s| s.code.as_str()).collect();
        let preuves = || Json((1..=5).map(|n| sienne(n, &codes)).collect());
        let reponses = vec![
            reponse(1, "complement", true),
            reponse(2, "validee", false),
            reponse(3, "refusee", false),
            reponse(4, "attente", false),
            reponse(5, "refusee", true),
        ];
        let vecu = Vecu { preuves: preuves(), reponses: Json(reponses), ..vide() };
        let a_faire = faire(&edition, vec![], &vecu);
        assert_eq!(
            textes(&a_faire),
            [
                "Compléter «\u{a0}Preuve 1\u{a0}»\u{a0}: Mme Martin attend une suite",
                "Lire la réponse de Mme Martin à «\u{a0}Preuve 2\u{a0}»\u{a0}: positionnée",
                "Lire la réponse de Mme Martin à «\u{a0}Preuve 3\u{a0}»\u{a0}: non validée",
            ]
        );
        assert_eq!(a_faire.reponses, [102, 103], "a complement is done, not only read");
    }

    #[test]
    fn where_she_was_judged_and_said_nothing_is_told_with_the_preuve_that_serves() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let bloc = |n: usize| {
            edition.blocs[n].sous_competences().map(|s| s.code.as_str()).collect::<Vec<_>>()
        };
        let (un, deux) = (bloc(0), bloc(1));
        let donnes = || {
            vec![donne(un[0], "S"), donne(un[1], "I"), donne(un[2], "absent"), donne(deux[0], "S")]
        };
        let vecu = Vecu {
            soi: Json([(un[0].to_owned(), "S".to_owned())].into()),
            preuves: Json(vec![sienne(2, &[un[1]]), sienne(1, &[un[1]])]),
            reponses: Json(vec![reponse(2, "attente", false), reponse(1, "validee", true)]),
            ..vide()
        };
        let a_faire = faire(&edition, donnes(), &vecu);
        assert_eq!(
            textes(&a_faire),
            [
                format!(
                    "Vous situer sur 1\u{a0}sous-compétence déjà jugée du bloc\u{a0}{}",
                    edition.blocs[0].code
                ),
                format!(
                    "Vous situer sur 1\u{a0}sous-compétence déjà jugée du bloc\u{a0}{}",
                    edition.blocs[1].code
                ),
                format!(
                    "Commencer le bloc\u{a0}{}\u{a0}: rien n’y est encore enregistré",
                    edition.blocs[2].code
                ),
            ]
        );
        assert_eq!(
            a_faire.choses[0].vers, "/preuves/1/demande",
            "the other one waits for an answer"
        );
        assert_eq!(a_faire.choses[1].vers, "/preuves/nouvelle");
    }

    #[test]
    fn the_next_step_is_what_nobody_was_asked_to_read_then_what_has_no_preuve() {
        let edition = Edition::lire(OFFICIEL).unwrap();
        let codes: Vec<&str> = edition.sous_competences().map(|s| s.code.as_str()).collect();
        let mut vecu =
            Vecu { preuves: Json(vec![sienne(2, &[codes[0]]), sienne(1, &[])]), ..vide() };
        let ensuite = |vecu: &Vecu| faire(&edition, vec![], vecu).ensuite.unwrap();
        assert_eq!(ensuite(&vecu).vers, "/preuves/2/demande");
        vecu.reponses = Json(vec![reponse(2, "attente", false)]);
        let dit = ensuite(&vecu);
        assert_eq!(dit.vers, "/preuves/nouvelle", "{dit:?}");
        let loin = *codes.last().unwrap();
        vecu.communs =
            Json(vec![Commun { preuve_id: 1, code: loin.to_owned(), mot: "réunion".to_owned() }]);
        let dit = ensuite(&vecu);
        assert_eq!(dit.vers, "/preuves/1", "rather one for which she has something: {dit:?}");
        assert!(
            dit.detail.contains("réunion") && dit.texte.ends_with("pourrait y servir"),
            "{dit:?}"
        );
    }
}
