//! The table of a rubrique as it was sent: what its rows say, which of them a colleague wrote meanwhile, what was pasted.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Rubrique, Scolaire, Valeur, Voulue, collage,
    forme::{self, Cases, Colonne},
    lecture::dites,
    nombre,
    pages::{sans_modele, trouver},
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    form::FormErrors,
    promotion::Promotion,
};

pub type Champs = HashMap<String, String>;

pub fn champ(etudiant_id: i64, colonne: &Colonne) -> String {
    format!("c-{etudiant_id}-{}", colonne.code)
}

/// A choice that was pasted as its words.
pub fn choisi(colonne: &Colonne, dit: &str) -> String {
    let mots = nombre::plier(dit);
    let lui = colonne.choix.iter().find(|c| c.0 == dit || nombre::plier(&c.1) == mots);
    lui.map_or_else(|| dit.to_owned(), |c| c.0.clone())
}

/// Where everything of the page is.
pub struct Lieu {
    pub promotion: Promotion,
    pub scolaire: Scolaire,
    pub rubrique: Rubrique,
    pub colonnes: Vec<Colonne>,
}

pub async fn lieu(
    app: &App,
    enseignant: &Enseignant,
    (id, rubrique): (i64, &str),
) -> Result<(Db, Lieu)> {
    let mut db = app.begin(enseignant).await?;
    let (promotion, scolaire) = trouver(&mut db, enseignant, id).await?;
    let scolaire = scolaire.ok_or_else(sans_modele)?;
    let rubrique = Rubrique::nommee(scolaire.modele, rubrique).ok_or(Error::NotFound)?;
    let colonnes = forme::colonnes(scolaire.modele, scolaire.decoupage, &rubrique);
    Ok((db, Lieu { promotion, scolaire, rubrique, colonnes }))
}

/// What was sent, when the page comes back with it.
#[derive(Default)]
pub struct Envoye<'a> {
    pub champs: Option<&'a Champs>,
    pub poses: BTreeMap<i64, Cases>,
    /// Rows that were sent back as they had been read, and changed meanwhile.
    pub intactes: BTreeSet<i64>,
    /// Rows that both changed: she is told.
    pub depassees: BTreeSet<i64>,
    pub erreurs: FormErrors,
    pub a_relire: Option<&'static str>,
    pub enregistre: bool,
}

/// The version of a row that was read.
pub fn lue(champs: &Champs, etudiant_id: i64) -> Option<i64> {
    champs.get(&format!("v-{etudiant_id}")).and_then(|v| v.parse().ok())
}

impl Lieu {
    /// What the cells of a row say; nothing for who came since the page was shown.
    fn ligne(
        &self,
        champs: &Champs,
        etudiant_id: i64,
    ) -> Option<std::result::Result<Valeur, Vec<(String, String)>>> {
        let de = |c: &Colonne| Some((c.code.clone(), champs.get(&champ(etudiant_id, c))?.clone()));
        let cases: Cases = self.colonnes.iter().filter_map(de).collect();
        let base = self.scolaire.valeur(&self.rubrique, etudiant_id);
        (!cases.is_empty()).then(|| forme::lire(self.scolaire.modele, &base, &cases))
    }

    /// Those whose row a colleague wrote since it was read, and who sent it back as it was: theirs stays.
    pub async fn intactes(&self, db: &mut Db, champs: &Champs) -> Result<BTreeSet<i64>> {
        let stale = |e: &&Etudiant| {
            lue(champs, e.id()).is_some_and(|v| v != self.scolaire.lue(&self.rubrique, e.id()))
        };
        let stales: Vec<&Etudiant> = self.scolaire.etudiants.iter().filter(stale).collect();
        let versions: Vec<i64> = stales.iter().filter_map(|e| lue(champs, e.id())).collect();
        let dites = dites(db, &versions).await?;
        let vide = self.rubrique.vide().contenu();
        let intacte = |e: &&&Etudiant| {
            let avant = lue(champs, e.id()).map(|v| dites.get(&v).unwrap_or(&vide));
            match self.ligne(champs, e.id()) {
                None => true,
                Some(typee) => typee.is_ok_and(|t| Some(&t.contenu()) == avant),
            }
        };
        Ok(stales.iter().filter(intacte).map(|e| e.id()).collect())
    }

    /// What was typed, of those who are in the promotion; what cannot be read is said.
    pub fn voulues(&self, champs: &Champs, envoye: &mut Envoye<'_>) -> Vec<Voulue> {
        let mut voulues = vec![];
        for e in self.scolaire.etudiants.iter().filter(|e| !envoye.intactes.contains(&e.id())) {
            match self.ligne(champs, e.id()) {
                None => {}
                Some(Ok(valeur)) => voulues.push(Voulue {
                    rubrique: self.rubrique.clone(),
                    etudiant_id: e.id(),
                    valeur,
                    version: lue(champs, e.id()).unwrap_or(-1),
                }),
                Some(Err(fautes)) => {
                    for (code, message) in fautes {
                        let message = format!("{}\u{a0}: {message}", e.liste());
                        envoye.erreurs.add(&format!("c-{}-{code}", e.id()), message);
                    }
                }
            }
        }
        voulues
    }
}

/// Lays what was pasted without scripts; the table comes back, to be read again.
pub fn coller(lieu: &Lieu, champs: &Champs, envoye: &mut Envoye<'_>) {
    let texte = champs.get("colle").map_or("", String::as_str);
    let rang = |nom: &str| champs.get(nom).and_then(|r| r.parse().ok()).unwrap_or(0);
    let etudiants: Vec<i64> = lieu.scolaire.etudiants.iter().map(Etudiant::id).collect();
    let table = (&etudiants[..], &lieu.colonnes[..]);
    if nombre::nir(texte) {
        envoye.erreurs.add("colle", nombre::NIR);
        return;
    }
    match collage::poser(texte, table, (rang("ligne"), rang("colonne"))) {
        Ok(poses) => {
            envoye.poses = poses;
            envoye.a_relire = Some("Voici le bloc collé. Relisez-le, puis enregistrez.");
        }
        Err(message) => envoye.erreurs.add("colle", message),
    }
}
