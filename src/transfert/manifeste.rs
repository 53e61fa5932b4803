//! What the file says of itself, signed by the server that wrote it.
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::{
    date,
    sceau::{self, Sceau},
};

/// Version of the shape of the file.
pub const VERSION: u32 = 1;
pub const NOM: &str = "manifeste.json";
const CONTEXTE: &[u8] = b"livret/transfert/1\n";

/// One entry of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entree {
    /// « tables/livret.personne.csv », « fichiers/ab/ab… ».
    pub nom: String,
    pub octets: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifeste {
    pub v: u32,
    pub uai: String,
    pub nom: String,
    pub etablissement_id: i64,
    /// Chapter of the database: the same on both sides.
    pub chapitre: i64,
    /// RFC 3339, in universal time.
    pub exporte_le: String,
    /// Last line of the journal.
    pub seq: i64,
    /// Editions of the référentiel that the rows refer to, with the fingerprint of their text.
    pub editions: Vec<(uuid::Uuid, String)>,
    pub entrees: Vec<Entree>,
}

/// The manifest as it is written: its text, exactly as signed, and by whom.
#[derive(Debug, Serialize, Deserialize)]
pub struct Signe {
    pub manifeste: String,
    pub cle_id: String,
    /// Public key, 64 hexadecimal digits.
    pub cle: String,
    pub signature: String,
}

/// What went or came: for who watches the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilan {
    pub uai: String,
    pub nom: String,
    pub lignes: u64,
    pub fichiers: usize,
    pub evenements: i64,
    /// Who signed the file.
    pub cle_id: String,
}

impl std::fmt::Display for Bilan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lignes = i64::try_from(self.lignes).unwrap_or(i64::MAX);
        let fichiers = i64::try_from(self.fichiers).unwrap_or(i64::MAX);
        write!(
            f,
            "{} ({}), {}, {}, {}",
            self.nom,
            self.uai,
            date::nombre(lignes, "ligne", "lignes"),
            date::nombre(self.evenements, "événement du journal", "événements du journal"),
            date::nombre(fichiers, "fichier joint", "fichiers joints")
        )
    }
}

impl Signe {
    pub fn par(sceau: &Sceau, manifeste: &Manifeste) -> Result<Self> {
        let texte = serde_json::to_string(manifeste)?;
        let signature = sceau.sign(&[CONTEXTE, texte.as_bytes()].concat());
        Ok(Self {
            manifeste: texte,
            cle_id: sceau.cle_id.clone(),
            cle: hex::encode(sceau.publique()),
            signature: hex::encode(signature),
        })
    }

    /// What it says, and the key that signed it.
    ///
    /// # Errors
    /// In French: a signature that is not that of the key, a shape of another version.
    pub fn lire(&self) -> Result<(Manifeste, [u8; 32])> {
        let mut cle = [0; 32];
        hex::decode_to_slice(&self.cle, &mut cle).context("clé du manifeste illisible")?;
        let signature = hex::decode(&self.signature).context("signature du manifeste illisible")?;
        let message = [CONTEXTE, self.manifeste.as_bytes()].concat();
        if sceau::cle_id_de(&cle) != self.cle_id || !sceau::verifier(&cle, &message, &signature) {
            bail!(
                "la signature du manifeste est fausse\u{a0}: ce fichier a été modifié depuis son export"
            );
        }
        let manifeste: Manifeste =
            serde_json::from_str(&self.manifeste).context("manifeste illisible")?;
        if manifeste.v != VERSION {
            bail!("cet export est d’une autre forme ({}, attendue {VERSION})", manifeste.v);
        }
        Ok((manifeste, cle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifeste() -> Manifeste {
        Manifeste {
            v: VERSION,
            uai: "0000000A".into(),
            nom: "Lycée Simone-Vidal".into(),
            etablissement_id: 1,
            chapitre: 34,
            exporte_le: "2026-11-24T08:00:00Z".into(),
            seq: 12,
            editions: vec![],
            entrees: vec![],
        }
    }

    #[test]
    fn a_manifest_that_was_touched_is_refused_and_so_is_the_name_of_another_key() {
        let sceau = Sceau::new(&[7; 32]);
        let signe = Signe::par(&sceau, &manifeste()).unwrap();
        assert_eq!(signe.lire().unwrap(), (manifeste(), sceau.publique()));
        let touche = Signe { manifeste: signe.manifeste.replace("12", "13"), ..signe };
        assert!(touche.lire().unwrap_err().to_string().contains("signature"));
        let mut autre = Signe::par(&sceau, &manifeste()).unwrap();
        autre.cle = hex::encode(Sceau::new(&[8; 32]).publique());
        assert!(autre.lire().is_err());
        let vieux = Manifeste { v: 9, ..manifeste() };
        assert!(Signe::par(&sceau, &vieux).unwrap().lire().is_err());
    }
}
