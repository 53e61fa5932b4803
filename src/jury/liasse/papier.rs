//! The liasse, printed: one PDF with bookmarks. Files that cannot be drawn are named, with where they are.
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use anyhow::Result;
use object_store::ObjectStoreExt;
use serde_json::{Value, json};

use super::{Corps, Liasse, Piece};
use crate::{
    app::App,
    fiche::papier::Papier,
    impression::{Joint, Modele, composer},
    jury::{MENTION, pdf},
    preuve::fichier::lieu,
    sas::genre::Genre,
};

/// Beyond, a file is named and not drawn: a document that nobody can open serves nobody.
const TAILLE_MAX: u64 = 12 << 20;
const PAGES_MAX: usize = 40;
/// Of all that is drawn in one document.
const TOTAL_MAX: u64 = 40 << 20;

/// The bytes of the files that are drawn, by SHA-256.
pub struct Tenus(BTreeMap<Vec<u8>, Vec<u8>>);

/// Files, each under the name by which the data call it.
type Nommes = Vec<(String, Vec<u8>)>;

/// How many pages it takes when it is drawn, or why it is not.
fn dessinee(piece: &Piece) -> Result<usize, &'static str> {
    let pages = match piece.genre {
        Genre::Jpg | Genre::Png | Genre::Webp => 1,
        Genre::Pdf if piece.pages == 0 => {
            return Err("Ce PDF ne peut pas être lu (mot de passe, ou fichier abîmé).");
        }
        Genre::Pdf => piece.pages,
        genre if genre.enregistrement() => {
            return Err("Cet enregistrement s’écoute ou se regarde.");
        }
        _ => return Err("Ce document s’ouvre dans son logiciel."),
    };
    if pages > PAGES_MAX || piece.taille > TAILLE_MAX {
        return Err("Ce fichier est trop long pour être imprimé ici.");
    }
    Ok(pages)
}

impl Liasse {
    /// Brings what will be drawn from the store, as long as there is room; what is not there any more is named all the same.
    pub async fn tenir(&self, app: &App) -> Result<Tenus> {
        let (mut tenus, mut total) = (BTreeMap::new(), 0);
        for piece in self.pieces() {
            if dessinee(piece).is_err()
                || total + piece.taille > TOTAL_MAX
                || tenus.contains_key(&piece.empreinte)
            {
                continue;
            }
            match app.fichiers.get(&lieu(&piece.empreinte)).await {
                Ok(objet) => {
                    total += piece.taille;
                    tenus.insert(piece.empreinte.clone(), objet.bytes().await?.to_vec());
                }
                Err(object_store::Error::NotFound { .. }) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Tenus(tenus))
    }
}

/// Blocks: call it off the async threads. A file that breaks the document is left out of it, and named.
pub fn imprimer(liasse: &Liasse, tenus: &Tenus, joint: Option<&Joint>) -> Result<Vec<u8>> {
    let essayer = |liasse: &Liasse, sans: &BTreeSet<Vec<u8>>| -> Result<Vec<u8>> {
        let (mut data, mut fichiers) = donnees(liasse, tenus, sans)?;
        if let Some(joint) = joint {
            joint.dire(&mut data);
            fichiers.push((format!("/{}", joint.nom), joint.octets.clone()));
        }
        let fait = catch_unwind(AssertUnwindSafe(|| composer(Modele::Liasse, &data, fichiers)));
        fait.unwrap_or_else(|_| Err(anyhow::anyhow!("a page that cannot be taken in")))
    };
    let entier = essayer(liasse, &BTreeSet::new());
    if entier.is_ok() || tenus.0.is_empty() {
        return entier;
    }
    let seule = |piece: &Piece| {
        let section =
            super::Section { titre: "Fichier", corps: Corps::Pieces(vec![piece.clone()], "") };
        essayer(&Liasse { sections: vec![section], ..liasse.clone() }, &BTreeSet::new())
    };
    let fautives =
        liasse.pieces().filter(|p| tenus.0.contains_key(&p.empreinte) && seule(p).is_err());
    essayer(liasse, &fautives.map(|p| p.empreinte.clone()).collect())
}

/// What the template reads, and the files that it names.
fn donnees(liasse: &Liasse, tenus: &Tenus, sans: &BTreeSet<Vec<u8>>) -> Result<(Value, Nommes)> {
    let mut fichiers = vec![];
    let mut piece = |p: &Piece| {
        let octets = tenus.0.get(&p.empreinte).filter(|_| !sans.contains(&p.empreinte));
        let (pages, pourquoi) = match (dessinee(p), octets) {
            (Ok(pages), Some(_)) => (pages, ""),
            (Ok(_), None) => (0, "Ce fichier n’a pas pu être imprimé ici."),
            (Err(pourquoi), _) => (0, pourquoi),
        };
        let fichier = format!("/pieces/{}.{}", fichiers.len(), p.genre.code());
        if let Some(octets) = octets.filter(|_| pages > 0) {
            fichiers.push((fichier.clone(), octets.clone()));
        }
        json!({
            "titre": p.titre, "nom": p.nom, "chemin": p.chemin, "genre": p.genre.code(), "fichier": fichier, "pages": pages,
            "provenance": format!("déposé par {} le {}", p.par, p.depose_le), "pourquoi": pourquoi,
        })
    };
    let mut section = |s: &super::Section| match &s.corps {
        Corps::Synthese => json!({ "titre": s.titre, "genre": "synthese" }),
        Corps::Fiches(_) => json!({ "titre": s.titre, "genre": "fiches" }),
        Corps::Commission(_) => json!({ "titre": s.titre, "genre": "commission" }),
        Corps::Faits(faits) => {
            let un =
                |(intitule, dit): &(String, String)| json!({ "intitule": intitule, "dit": dit });
            json!({ "titre": s.titre, "genre": "faits", "faits": faits.iter().map(un).collect::<Vec<_>>() })
        }
        Corps::Pieces(pieces, vide) => {
            let dites: Vec<Value> = pieces.iter().map(&mut piece).collect();
            json!({ "titre": s.titre, "genre": "pieces", "pieces": dites, "vide": vide })
        }
    };
    let sections: Vec<Value> = liasse.sections.iter().map(&mut section).collect();
    let (d, c) = (&liasse.dossier, liasse.candidat());
    let fait = |intitule: &str, dit: Option<&String>| {
        dit.map(|dit| json!({ "intitule": intitule, "dit": dit }))
    };
    let faits = [
        fait("Numéro de candidat", c.numero.as_ref()),
        fait("Voie", c.voie.as_ref()),
        fait("Durée de stage", c.duree.as_ref()),
        fait("Livret", c.arret.as_ref()),
    ];
    let mut data = pdf::donnees(d, false);
    let papiers: Vec<&Papier> = liasse.fiches().collect();
    let titre = format!("Dossier de {}", c.appel);
    data["liasse"] = json!({
        "titre": titre, "avertissement": MENTION, "sections": sections, "faits": faits.into_iter().flatten().collect::<Vec<_>>(),
    });
    for (nom, valeur) in [
        ("titre", json!(titre)),
        ("etablissement", json!(d.etablissement)),
        ("jour", json!(d.jour)),
        ("fictif", json!(d.fictif)),
        ("fiches", serde_json::to_value(papiers)?),
        ("pages", serde_json::to_value(liasse.papiers().collect::<Vec<_>>())?),
    ] {
        data[nom] = valeur;
    }
    Ok((data, fichiers))
}
