//! The file of a preuve: recognised by its bytes, kept under its SHA-256, served as a download in a sandbox.
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use object_store::{ObjectStoreExt, path::Path};
use sha2::{Digest, Sha256};

use crate::{
    app::{App, Db},
    error::{Error, Result},
    etudiant::Etudiant,
};

/// What is accepted, by content: the extension given by the sender proves nothing.
const ACCEPTES: [(&str, &str); 4] = [
    ("application/pdf", "pdf"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
];

/// A file that was received and recognised, not stored yet.
pub struct Fichier {
    pub nom: String,
    pub type_mime: &'static str,
    pub empreinte: [u8; 32],
    octets: axum::body::Bytes,
}

impl Fichier {
    /// # Errors
    /// In French: empty, or of a kind that is not accepted.
    pub fn recevoir(nom: &str, octets: axum::body::Bytes) -> Result<Self, &'static str> {
        if octets.is_empty() {
            return Err("Ce fichier est vide. Choisissez-en un autre.");
        }
        let reconnu = infer::get(&octets).map(|k| k.mime_type());
        let Some((type_mime, extension)) = ACCEPTES.iter().find(|a| Some(a.0) == reconnu) else {
            return Err(
                "Ce fichier n’est ni un PDF ni une photo (JPEG, PNG, WebP). Choisissez-en un autre.",
            );
        };
        let empreinte = Sha256::digest(&octets).into();
        Ok(Self { nom: nom_sur(nom, extension), type_mime, empreinte, octets })
    }

    pub fn taille(&self) -> i64 {
        i64::try_from(self.octets.len()).unwrap_or(i64::MAX)
    }

    /// Stored before the row that names it: a row without its file cannot be.
    pub async fn garder(&self, app: &App) -> Result<()> {
        let lieu = lieu(&self.empreinte);
        if app.fichiers.head(&lieu).await.is_ok() {
            return Ok(()); // the same bytes are kept once
        }
        app.fichiers.put(&lieu, self.octets.clone().into()).await.map_err(anyhow::Error::from)?;
        Ok(())
    }
}

fn lieu(empreinte: &[u8]) -> Path {
    let nom = hex::encode(empreinte);
    Path::from(format!("{}/{nom}", &nom[..2]))
}

/// A name that no system misreads: no folder, no control, no reversal of direction, the extension of what it is.
fn nom_sur(nom: &str, extension: &str) -> String {
    let base = nom.rsplit(['/', '\\']).next().unwrap_or_default();
    let base = base.rsplit_once('.').map_or(base, |(b, _)| b);
    let propre: String = base
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_’'().,".contains(*c))
        .take(100)
        .collect();
    let propre = propre.trim_matches([' ', '.']);
    format!("{}.{extension}", if propre.is_empty() { "fichier" } else { propre })
}

impl Etudiant {
    /// The file of one of her preuves, to whoever holds her livret.
    pub async fn fichier(&self, app: &App, db: &mut Db, preuve_id: i64) -> Result<Response> {
        let f = sqlx::query!(
            "select f.nom, f.type_mime, f.taille, f.empreinte
               from livret.preuve_etudiant pe join livret.fichier f using (etablissement_id, preuve_id)
              where pe.etablissement_id = livret.ici() and pe.etudiant_id = $1 and pe.preuve_id = $2
              order by rang limit 1",
            self.id(), preuve_id
        )
        .fetch_optional(&mut **db)
        .await?
        .ok_or(Error::NotFound)?;
        let objet = app.fichiers.get(&lieu(&f.empreinte)).await.map_err(anyhow::Error::from)?;
        let mut response = Body::from_stream(objet.into_stream()).into_response();
        let headers = response.headers_mut();
        let nom = percent_encoding::utf8_percent_encode(&f.nom, percent_encoding::NON_ALPHANUMERIC);
        for (cle, valeur) in [
            (header::CONTENT_TYPE, f.type_mime),
            (header::CONTENT_LENGTH, f.taille.to_string()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{nom}")),
            (
                HeaderName::from_static("content-security-policy"),
                "sandbox; default-src 'none'".to_owned(),
            ),
        ] {
            headers.insert(cle, HeaderValue::from_str(&valeur).map_err(anyhow::Error::from)?);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder_nor_reverse_itself() {
        for (recu, garde) in [
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\..\\x.pdf", "x.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.pdf"),
            ("", "fichier.pdf"),
            ("Vente flash – été.pdf", "Vente flash  été.pdf"),
        ] {
            assert_eq!(nom_sur(recu, "pdf"), garde);
        }
        assert!(nom_sur(&"a".repeat(300), "pdf").len() <= 104);
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let html = axum::body::Bytes::from_static(b"<html><script>alert(1)</script>");
        assert!(Fichier::recevoir("photo.png", html).is_err());
        assert!(Fichier::recevoir("vide.pdf", axum::body::Bytes::new()).is_err());
        let pdf = axum::body::Bytes::from_static(b"%PDF-1.7\n");
        assert_eq!(Fichier::recevoir("a.exe", pdf).map(|f| f.nom).ok().as_deref(), Some("a.pdf"));
    }
}
