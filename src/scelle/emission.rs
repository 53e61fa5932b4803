//! Issuing: the declaration, its seal, its place in the register. What says the same thing again is the same document.
use serde_json::json;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, UtcOffset};

use super::{
    cles::Cles,
    code,
    declaration::{self, Candidat, Declaration, Ecole, Edition, Genre, Journal},
    json::canonique,
};
use crate::{
    app::Db,
    compte::Examinateur,
    date,
    error::Result,
    etudiant::Etudiant,
    examen,
    impression::{self, Joint},
    journal::{Acte, Plume},
    promotion::Promotion,
    referentiel,
    sceau::Sceau,
};

/// What a document says, before it has a number.
#[derive(Debug, Clone)]
pub struct Voulu {
    pub genre: Genre,
    /// With the genre and of whom it is, names the series: a document replaces the former of its series, and no other.
    pub titre: String,
    pub promotion_id: i64,
    /// `None`: of the whole promotion.
    pub etudiant_id: Option<i64>,
    pub session: i32,
    pub candidat: Option<Candidat>,
    pub edition: Edition,
    /// Texts, integers, lists, objects; levels, if any, under « niveaux ».
    pub contenu: serde_json::Value,
}

impl Voulu {
    /// What is said of a candidate of this promotion, or of all of it.
    pub async fn de(
        db: &mut Db,
        (genre, titre): (Genre, &str),
        (promotion, etudiant): (&Promotion, Option<&Etudiant>),
        contenu: serde_json::Value,
    ) -> Result<Self> {
        let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
        let candidat = match etudiant {
            Some(e) => {
                let examen = examen::lire(db, promotion.promotion_id, &edition).await?;
                let numero = examen.and_then(|x| x.candidature(e.id()).numero);
                Some(Candidat { nom: e.nom.clone(), prenom: e.prenom.clone(), numero })
            }
            None => None,
        };
        Ok(Self {
            genre,
            titre: titre.to_owned(),
            promotion_id: promotion.promotion_id,
            etudiant_id: etudiant.map(Etudiant::id),
            session: promotion.annee_examen,
            candidat,
            edition: Edition {
                code: edition.code.clone(),
                empreinte: hex::encode(&edition.empreinte),
            },
            contenu,
        })
    }
}

/// A document that was issued.
#[derive(Debug, Clone)]
pub struct Scelle {
    pub declaration: Declaration,
    /// `livret-scelle.json`, byte for byte.
    pub fichier: Vec<u8>,
    pub empreinte: String,
}

impl Scelle {
    /// What goes with the printed document, and what is drawn on it. `origine`: the address of this installation.
    ///
    /// # Errors
    /// Too long for any code.
    pub fn joint(&self, sceau: &Sceau, origine: &str) -> anyhow::Result<Joint> {
        let adresse = format!("{origine}/verification");
        let code = code::ecrire(&self.declaration, sceau)?;
        let dessin = impression::code(&format!("{adresse}#{code}"))?;
        let (une, deux) = self.empreinte.split_at(32);
        let dit = json!({
            "code": dessin.svg, "empreinte": [une, deux], "id": self.declaration.id, "adresse": adresse,
            "le": self.declaration.emise_le[..10], "titre": self.declaration.titre,
        });
        Ok(Joint { nom: declaration::NOM, octets: self.fichier.clone(), dit })
    }
}

/// « 2027-05-12T15:40:00Z ».
pub fn instant(le: OffsetDateTime) -> String {
    let le = le.to_offset(UtcOffset::UTC);
    let (h, m, s) = le.to_hms();
    format!("{}T{h:02}:{m:02}:{s:02}Z", date::iso(&le.date()))
}

/// Whoever may examine seals what she prints.
impl Examinateur {
    /// Seals what is said of this candidate or promotion, and writes it in the register and the journal. When the document in
    /// force says just the same, it is given again: a second click, a second copy, are no other document. When it says
    /// something else, it is replaced. Call it in the transaction that read the content, the pen taken before.
    pub async fn sceller(&self, db: &mut Db, voulu: Voulu) -> Result<Scelle> {
        let mut plume = Plume::prendre(db, self).await?;
        let etablissement = sqlx::query_as!(
            Ecole,
            "select uai, nom from livret.etablissement where etablissement_id = livret.ici()"
        )
        .fetch_one(&mut **db)
        .await?;
        let fond = Sha256::digest(canonique(&json!({
            "etablissement": etablissement, "session": voulu.session, "candidat": voulu.candidat,
            "edition": voulu.edition, "contenu": voulu.contenu,
        }))?);
        let actuel = en_vigueur(db, &voulu).await?;
        if let Some(a) = &actuel
            && a.fond == fond.as_slice()
            && let Ok((declaration, empreinte)) =
                declaration::verifier(a.fichier.as_bytes(), &Cles::de(&db.sceau))
        {
            return Ok(Scelle { declaration, fichier: a.fichier.clone().into_bytes(), empreinte });
        }
        let (seq, tete) = plume.tete();
        let declaration = Declaration {
            v: 1,
            id: hex::encode(db.random.bytes::<16>()),
            genre: voulu.genre,
            titre: voulu.titre.clone(),
            etablissement,
            session: voulu.session,
            candidat: voulu.candidat.clone(),
            edition: voulu.edition.clone(),
            contenu: voulu.contenu.clone(),
            journal: Journal { seq, empreinte: hex::encode(tete), cle: db.sceau.cle_id.clone() },
            emise_le: instant(db.le),
        };
        let (fichier, empreinte) = (declaration.sceller(&db.sceau)?, declaration.empreinte()?);
        let scelle = Scelle { declaration, fichier, empreinte };
        self.inscrire(db, &mut plume, (&voulu, &scelle, &fond), actuel.map(|a| a.id)).await?;
        Ok(scelle)
    }

    async fn inscrire(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        (voulu, scelle, fond): (&Voulu, &Scelle, &[u8]),
        ancien: Option<String>,
    ) -> Result<()> {
        let d = &scelle.declaration;
        let acte = Acte {
            genre: "sceller",
            cle: db.random.uuid(),
            contenu: json!({
                "id": d.id, "genre": d.genre, "titre": d.titre, "promotion": voulu.promotion_id.to_string(),
                "etudiant": voulu.etudiant_id.map(|e| e.to_string()), "empreinte": scelle.empreinte, "remplace": ancien,
            }),
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update certification.scelle set remplace_le = $2, remplace_par = $3
              where etablissement_id = livret.ici() and id = $1",
            ancien,
            db.le,
            d.id
        )
        .execute(&mut **db)
        .await?;
        sqlx::query!(
            "insert into certification.scelle (etablissement_id, id, promotion_id, etudiant_id, genre, titre, fond, empreinte,
                                               fichier, emis_le, par, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8, $9, livret.moi(), $10)",
            d.id,
            voulu.promotion_id,
            voulu.etudiant_id,
            d.genre.code(),
            d.titre,
            fond,
            scelle.empreinte,
            &*String::from_utf8_lossy(&scelle.fichier),
            db.le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

struct Actuel {
    id: String,
    fond: Vec<u8>,
    fichier: String,
}

/// The document of that series that stands, under the pen.
async fn en_vigueur(db: &mut Db, voulu: &Voulu) -> Result<Option<Actuel>> {
    Ok(sqlx::query_as!(
        Actuel,
        "select id, fond, fichier from certification.scelle
          where etablissement_id = livret.ici() and promotion_id = $1 and coalesce(etudiant_id, 0) = coalesce($2::bigint, 0)
            and genre = $3 and titre = $4 and remplace_le is null and revoque_le is null",
        voulu.promotion_id,
        voulu.etudiant_id,
        voulu.genre.code(),
        voulu.titre
    )
    .fetch_optional(&mut **db)
    .await?)
}
