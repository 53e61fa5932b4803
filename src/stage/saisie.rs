//! The form of a period, as it was typed.
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

use super::{
    Absence, Periode, Rythme,
    carnet::{Coordonnees, Organisation, Personne, Tuteur, homonymes},
    periode::{Choisi, Voulue},
};
use crate::{date, examen::Reglement, form::FormErrors};

/// The days of the week, as the form names them.
pub const JOURS: [(&str, &str); 7] = [
    ("lundi", "Lundi"),
    ("mardi", "Mardi"),
    ("mercredi", "Mercredi"),
    ("jeudi", "Jeudi"),
    ("vendredi", "Vendredi"),
    ("samedi", "Samedi"),
    ("dimanche", "Dimanche"),
];

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Saisie {
    pub etudiant: String,
    /// A number of the book, or nothing: a new one.
    pub organisation: String,
    pub nom: String,
    pub siret: String,
    pub secteur: String,
    pub adresse: String,
    pub code_postal: String,
    pub ville: String,
    pub telephone: String,
    pub mel: String,
    /// Another organisation of that name: it is another one.
    pub autre: Option<String>,
    /// A number of the book, « nouveau », or nothing: nobody yet.
    pub tuteur: String,
    pub tuteur_civilite: String,
    pub tuteur_nom: String,
    pub tuteur_prenom: String,
    pub tuteur_fonction: String,
    pub tuteur_mel: String,
    pub tuteur_telephone: String,
    pub referent: String,
    pub du: String,
    pub au: String,
    pub interrompue_le: String,
    pub lundi: String,
    pub mardi: String,
    pub mercredi: String,
    pub jeudi: String,
    pub vendredi: String,
    pub samedi: String,
    pub dimanche: String,
    /// A line each: « 25/12/2026 », « 25/12/2026 au 01/01/2027 : fermeture ».
    pub absences: String,
    pub version: i64,
    pub cle: Uuid,
    pub reprise: Option<String>,
}

/// « 7 », « 3,5 », « 3h30 », « 3:30 »: minutes. Empty: none.
fn heures(dit: &str) -> Option<u32> {
    let dit = dit.trim().to_lowercase().replace(',', ".");
    if dit.is_empty() {
        return Some(0);
    }
    let minutes = if let Some((h, m)) = dit.split_once(['h', ':']) {
        let (h, m) = (h.trim().parse::<u32>().ok()?, m.trim());
        let m = if m.is_empty() { 0 } else { m.parse::<u32>().ok().filter(|m| *m < 60)? };
        h.checked_mul(60)?.checked_add(m)?
    } else {
        let (entieres, fraction) = dit.split_once('.').unwrap_or((&dit, "0"));
        let chiffres = fraction.len();
        if chiffres > 2 || !fraction.bytes().all(|b| b.is_ascii_digit()) || fraction.is_empty() {
            return None;
        }
        let centiemes: u32 = fraction.parse::<u32>().ok()? * if chiffres == 1 { 10 } else { 1 };
        entieres.parse::<u32>().ok()?.checked_mul(60)?.checked_add(centiemes * 60 / 100)?
    };
    (minutes <= 24 * 60).then_some(minutes)
}

/// « 7 », « 3h30 ».
fn en_heures(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, 0) => String::new(),
        (h, 0) => h.to_string(),
        (h, m) => format!("{h}h{m:02}"),
    }
}

/// « 25/12/2026 au 01/01/2027 : fermeture », or why it is not that.
fn absence(ligne: &str) -> Result<Absence, String> {
    let illisible = || {
        format!(
            "«\u{a0}{ligne}\u{a0}» n’est pas une absence. Écrivez une ligne par absence, par exemple «\u{a0}25/12/2026 au 01/01/2027\u{a0}: fermeture\u{a0}»."
        )
    };
    let (jours, motif) = ligne.split_once(':').unwrap_or((ligne, ""));
    let (du, au) = jours.split_once(" au ").unwrap_or((jours, jours));
    let motif = motif.split_whitespace().collect::<Vec<_>>().join(" ");
    if motif.chars().count() > 120 {
        return Err("Le motif d’une absence compte 120 caractères au plus.".into());
    }
    let (Some(du), Some(au)) = (date::lire(du.trim()), date::lire(au.trim())) else {
        return Err(illisible());
    };
    Ok(Absence { du, au, motif })
}

impl Saisie {
    /// What one finds when nothing was typed: a full week, as the rules count it.
    pub fn vierge(reglement: Option<&Reglement>, etudiant: &str) -> Self {
        let mut saisie = Self { etudiant: etudiant.to_owned(), ..Self::default() };
        if let Some(r) = reglement {
            let plein = r.heures_par_jour.to_string();
            let jours = usize::try_from(r.jours_par_semaine).unwrap_or(0);
            for n in 0..jours.min(7) {
                saisie.jour_mut(n).clone_from(&plein);
            }
        }
        saisie
    }

    pub fn of(p: &Periode) -> Self {
        let numero = |id: Option<i64>| id.map(|i| i.to_string()).unwrap_or_default();
        let ligne = |a: &Absence| {
            let jours = if a.du == a.au {
                date::courte(&a.du)
            } else {
                format!("{} au {}", date::courte(&a.du), date::courte(&a.au))
            };
            if a.motif.is_empty() { jours } else { format!("{jours} : {}", a.motif) }
        };
        let mut saisie = Self {
            etudiant: p.etudiant_id.to_string(),
            organisation: p.organisation_id.to_string(),
            tuteur: numero(p.tuteur_id),
            referent: numero(p.referent_id),
            du: date::iso(&p.du),
            au: date::iso(&p.au),
            interrompue_le: p.interrompue_le.as_ref().map(date::iso).unwrap_or_default(),
            absences: p.absences.iter().map(ligne).collect::<Vec<_>>().join("\n"),
            version: p.version,
            ..Self::default()
        };
        for n in 0..7 {
            *saisie.jour_mut(n) = en_heures(p.rythme[n]);
        }
        saisie
    }

    fn jour_mut(&mut self, n: usize) -> &mut String {
        match n {
            0 => &mut self.lundi,
            1 => &mut self.mardi,
            2 => &mut self.mercredi,
            3 => &mut self.jeudi,
            4 => &mut self.vendredi,
            5 => &mut self.samedi,
            _ => &mut self.dimanche,
        }
    }

    /// What was typed for the n-th day.
    pub fn jour(&self, n: impl std::borrow::Borrow<usize>) -> &str {
        let n = *n.borrow();
        [
            &self.lundi,
            &self.mardi,
            &self.mercredi,
            &self.jeudi,
            &self.vendredi,
            &self.samedi,
            &self.dimanche,
        ][n.min(6)]
    }

    fn rythme(&self, erreurs: &mut FormErrors) -> Rythme {
        std::array::from_fn(|n| {
            heures(self.jour(n)).unwrap_or_else(|| {
                let (dit, jour) = (self.jour(n), JOURS[n].1.to_lowercase());
                erreurs.add("rythme", format!("«\u{a0}{dit}\u{a0}», le {jour}, n’est pas une durée. Écrivez par exemple 7, 3,5 ou 3h30."));
                0
            })
        })
    }

    fn coordonnees(&self, book: &[Organisation], erreurs: &mut FormErrors) -> Coordonnees {
        let coordonnees = lire_coordonnees(
            [
                &self.nom,
                &self.siret,
                &self.secteur,
                &self.adresse,
                &self.code_postal,
                &self.ville,
                &self.telephone,
                &self.mel,
            ],
            erreurs,
        );
        let deja = homonymes(book, &coordonnees);
        if let (Some(o), None) = (deja.first(), &self.autre) {
            erreurs.add("nom", format!("Le carnet a déjà «\u{a0}{}\u{a0}». Choisissez-la dans la liste, ou cochez «\u{a0}C’est une autre organisation\u{a0}».", o.en_mots()));
        }
        coordonnees
    }

    fn personne(&self, erreurs: &mut FormErrors) -> Personne {
        let civilite = Some(self.tuteur_civilite.trim().to_owned());
        Personne {
            civilite: civilite.filter(|c| ["Mme", "M."].contains(&c.as_str())),
            nom: erreurs.ligne("tuteur_nom", &self.tuteur_nom, 100),
            prenom: erreurs.ligne("tuteur_prenom", &self.tuteur_prenom, 100),
            fonction: facultative(erreurs, "tuteur_fonction", &self.tuteur_fonction, 80),
            mel: adresse_mel(erreurs, "tuteur_mel", &self.tuteur_mel),
            telephone: facultative(erreurs, "tuteur_telephone", &self.tuteur_telephone, 30),
        }
    }

    /// The organisation and the tutor: of the book, or described.
    fn chez_qui(
        &self,
        (book, tuteurs): (&[Organisation], &[Tuteur]),
        erreurs: &mut FormErrors,
    ) -> (Choisi<Coordonnees>, Option<Choisi<Personne>>) {
        let connue = |id: i64| book.iter().any(|o| o.organisation_id == id);
        let organisation = match self.organisation.parse().ok().filter(|id| connue(*id)) {
            Some(id) => Choisi::Connu(id),
            None => Choisi::Nouveau(self.coordonnees(book, erreurs)),
        };
        let tuteur = match self.tuteur.as_str() {
            "" => None,
            "nouveau" => Some(Choisi::Nouveau(self.personne(erreurs))),
            id => {
                let lui = tuteurs.iter().find(|t| t.tuteur_id.to_string() == id);
                let la = matches!((lui, &organisation), (Some(t), Choisi::Connu(o)) if t.organisation_id == *o);
                if !la {
                    erreurs.add("tuteur", "Cette personne n’est pas de cette organisation. Choisissez-en une autre, ou ajoutez-la.");
                }
                lui.map(|t| Choisi::Connu(t.tuteur_id))
            }
        };
        (organisation, tuteur)
    }

    /// What the form asks for; each fault beside its field.
    pub fn check(
        &self,
        (book, tuteurs, referents): (&[Organisation], &[Tuteur], &[(i64, String)]),
        erreurs: &mut FormErrors,
    ) -> Option<Voulue> {
        let (organisation, tuteur) = self.chez_qui((book, tuteurs), erreurs);
        let referent_id =
            self.referent.parse().ok().filter(|id| referents.iter().any(|r| r.0 == *id));
        if referent_id.is_none() && !self.referent.is_empty() {
            erreurs.add("referent", "Cette personne n’enseigne pas dans cette promotion. Choisissez-en une de la liste.");
        }
        let absente = "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.";
        let mut jour = |champ: &str, dit: &str| -> Option<Date> {
            let lue = date::lire(dit);
            if lue.is_none() {
                erreurs.add(champ, absente);
            }
            lue
        };
        let (du, au) = (jour("du", &self.du), jour("au", &self.au));
        let interrompue = self.interrompue_le.trim();
        let interrompue_le =
            if interrompue.is_empty() { None } else { jour("interrompue_le", interrompue) };
        let rythme = self.rythme(erreurs);
        let mut absences: Vec<Absence> = vec![];
        for ligne in self.absences.lines().filter(|l| !l.trim().is_empty()) {
            match absence(ligne) {
                Ok(a) if absences.iter().any(|d| d.du == a.du) => {
                    erreurs.add(
                        "absences",
                        format!(
                            "Deux absences commencent le {}. Gardez la plus longue.",
                            date::courte(&a.du)
                        ),
                    );
                }
                Ok(a) => absences.push(a),
                Err(message) => erreurs.add("absences", message),
            }
        }
        erreurs.cle("du", self.cle);
        let voulue = Voulue {
            organisation,
            tuteur,
            referent_id,
            du: du?,
            au: au?,
            interrompue_le,
            rythme,
            absences,
        };
        erreurs.is_empty().then_some(voulue)
    }
}

fn facultative(erreurs: &mut FormErrors, champ: &str, dit: &str, max: usize) -> String {
    if dit.trim().is_empty() { String::new() } else { erreurs.ligne(champ, dit, max) }
}

fn adresse_mel(erreurs: &mut FormErrors, champ: &str, dit: &str) -> String {
    let dit = facultative(erreurs, champ, dit, 254);
    if !dit.is_empty() && dit.parse::<lettre::Address>().is_err() {
        erreurs.add(champ, format!("«\u{a0}{dit}\u{a0}» n’est pas une adresse de courriel. Corrigez-la ou laissez la case vide."));
    }
    dit
}

/// An organisation as it was typed: nom, SIRET, secteur, adresse, code postal, ville, téléphone, mél.
pub fn lire_coordonnees(dits: [&str; 8], erreurs: &mut FormErrors) -> Coordonnees {
    let [nom, siret, secteur, adresse, code_postal, ville, telephone, mel] = dits;
    let siret: String = siret.split_whitespace().collect();
    if !siret.is_empty() && (siret.len() != 14 || !siret.bytes().all(|b| b.is_ascii_digit())) {
        erreurs.add("siret", "Un SIRET compte 14 chiffres. Corrigez-le ou laissez la case vide.");
    }
    let code_postal = facultative(erreurs, "code_postal", &code_postal.to_uppercase(), 10);
    let permis = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == ' ' || c == '-';
    if !code_postal.is_empty() && (code_postal.len() < 2 || !code_postal.chars().all(permis)) {
        erreurs.add(
            "code_postal",
            "Un code postal compte de 2 à 10 chiffres ou lettres. Corrigez-le.",
        );
    }
    Coordonnees {
        nom: erreurs.ligne("nom", nom, 120),
        siret: Some(siret).filter(|s| !s.is_empty()),
        secteur: facultative(erreurs, "secteur", secteur, 120),
        adresse: facultative(erreurs, "adresse", adresse, 200),
        code_postal,
        ville: facultative(erreurs, "ville", ville, 80),
        telephone: facultative(erreurs, "telephone", telephone, 30),
        mel: adresse_mel(erreurs, "mel", mel),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (dit, minutes) in [
            ("", Some(0)),
            ("7", Some(420)),
            (" 7 ", Some(420)),
            ("3,5", Some(210)),
            ("3.25", Some(195)),
            ("3h30", Some(210)),
            ("3H", Some(180)),
            ("3 h 30", Some(210)),
            ("7:15", Some(435)),
            ("24", Some(1440)),
            ("25", None),
            ("7h60", None),
            ("sept", None),
            ("-1", None),
            ("7,", None),
            ("1,234", None),
            ("99999999999", None),
        ] {
            assert_eq!(heures(dit), minutes, "{dit}");
        }
        assert_eq!(
            (en_heures(420), en_heures(210), en_heures(0)),
            ("7".into(), "3h30".into(), String::new())
        );
    }

    #[test]
    fn an_absence_is_a_day_or_two_dates_and_why() {
        let lue = absence("25/12/2026 au 01/01/2027 : fermeture  annuelle").unwrap();
        let attendue = Absence {
            du: date!(2026 - 12 - 25),
            au: date!(2027 - 01 - 01),
            motif: "fermeture annuelle".into(),
        };
        assert_eq!(lue, attendue);
        assert_eq!(absence("2026-12-25").unwrap().au, date!(2026 - 12 - 25));
        assert!(absence("31/02/2027").unwrap_err().contains("31/02/2027"));
        assert!(absence("Noël").is_err());
    }
}
