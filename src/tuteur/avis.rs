//! An avis: what a tutor signed, or what a teacher typed from her paper.
use sha2::{Digest, Sha256};
use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use super::{Tuteur, question::Feuille};
use crate::{
    app::{Db, InTheNameOf},
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// A signed avis, as the team and the student read it.
#[derive(Debug, Clone)]
pub struct Avis {
    pub avis_id: i64,
    pub periode_id: i64,
    /// As she signed.
    pub nom: String,
    pub contenu: serde_json::Value,
    pub empreinte: Vec<u8>,
    pub signe_le: PrimitiveDateTime,
    /// Who typed it, when it came on paper.
    pub saisi_par: Option<String>,
    pub papier_du: Option<Date>,
}

impl Avis {
    /// Statement and answer, in the words that were read.
    pub fn reponses(&self) -> Vec<(String, String)> {
        let mot = |r: &serde_json::Value, nom: &str| r[nom].as_str().unwrap_or_default().to_owned();
        let toutes = self.contenu["reponses"].as_array();
        toutes.into_iter().flatten().map(|r| (mot(r, "texte"), mot(r, "intitule"))).collect()
    }

    pub fn missions(&self) -> Vec<String> {
        let toutes = self.contenu["missions"].as_array();
        let mot = |m: &serde_json::Value| m["intitule"].as_str().unwrap_or_default().to_owned();
        toutes.into_iter().flatten().map(mot).collect()
    }

    pub fn remarque(&self) -> &str {
        self.contenu["remarque"].as_str().unwrap_or_default()
    }

    /// « signé par Paul Petit le 3 novembre 2026 à 14:05 », or who typed it from which paper.
    pub fn provenance(&self) -> String {
        match (&self.saisi_par, &self.papier_du) {
            (Some(par), Some(du)) => format!(
                "signé par {} sur papier, saisi par {par} d’après la feuille papier du {}",
                self.nom,
                date::longue(du)
            ),
            _ => format!("signé par {} le {}", self.nom, date::instant(&self.signe_le)),
        }
    }
}

/// Every avis on these periods, the last first: the first of a period is the one that counts.
pub async fn avis(db: &mut Db, periodes: &[i64]) -> Result<Vec<Avis>> {
    Ok(sqlx::query_as!(
        Avis,
        r#"select a.avis_id, a.periode_id, a.nom, a.contenu, a.empreinte, a.signe_le at time zone e.fuseau as "signe_le!",
                  case when a.par <> a.tuteur_id then concat_ws(' ', p.civilite, p.nom) end as saisi_par, a.papier_du
             from livret.avis a
             join livret.etablissement e using (etablissement_id)
             join livret.personne p on p.etablissement_id = a.etablissement_id and p.personne_id = a.par
            where a.etablissement_id = livret.ici() and a.periode_id = any ($1)
            order by a.avis_id desc"#,
        periodes
    )
    .fetch_all(&mut **db)
    .await?)
}

/// Of what, by whom, on which paper.
pub(super) struct Signature<'a> {
    pub periode_id: i64,
    pub etudiant_id: i64,
    pub tuteur_id: i64,
    pub nom: &'a str,
    pub papier_du: Option<Date>,
}

/// Writes the line of the journal and what it says. `None` when an earlier sending did.
pub(super) async fn ecrire(
    db: &mut Db,
    qui: &impl InTheNameOf,
    feuille: &Feuille,
    s: &Signature<'_>,
    cle: Uuid,
) -> Result<()> {
    let genre = if s.papier_du.is_some() { "saisir_avis" } else { "signer_avis" };
    let dit = feuille.contenu();
    let canonique = serde_json_canonicalizer::to_vec(&dit).map_err(anyhow::Error::from)?;
    let empreinte: [u8; 32] = Sha256::digest(&canonique).into();
    let contenu = serde_json::json!({
        "periode": s.periode_id.to_string(), "tuteur": s.tuteur_id.to_string(), "nom": s.nom,
        "empreinte": hex::encode(empreinte), "papier_du": s.papier_du.as_ref().map(date::iso),
    });
    let mut plume = Plume::prendre(db, qui).await?;
    if let Some(deja) = plume.deja(db, cle).await? {
        return if deja.est(genre, &contenu) { Ok(()) } else { Err(journal::cle_reprise()) };
    }
    let acte = Acte { genre, cle, etudiant_id: Some(s.etudiant_id), contenu, ..Acte::default() };
    let version = plume.ecrire(db, acte).await?;
    let le = db.le;
    let avis_id = sqlx::query_scalar!(
        "insert into livret.avis (etablissement_id, periode_id, etudiant_id, tuteur_id, nom, contenu, empreinte, signe_le, par,
                                  papier_du, version)
         values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, livret.moi(), $8, $9) returning avis_id",
        s.periode_id, s.etudiant_id, s.tuteur_id, s.nom, dit, empreinte.as_slice(), le, s.papier_du, version
    )
    .fetch_one(&mut **db)
    .await?;
    lignes(db, (avis_id, s.etudiant_id), feuille).await?;
    sqlx::query!("select livret.taire($1, null, $2)", s.periode_id, le).execute(&mut **db).await?;
    Ok(())
}

/// What it says of each sous-compétence; « Non observé » says nothing.
async fn lignes(db: &mut Db, (avis_id, etudiant_id): (i64, i64), feuille: &Feuille) -> Result<()> {
    let (mut codes, mut enonces, mut reponses) = (vec![], vec![], vec![]);
    for q in feuille.questions() {
        let dite = feuille.questionnaire.reponse(&q.reponse).filter(|r| r.observe);
        for (code, dite) in
            q.codes.iter().zip(std::iter::repeat(dite)).filter_map(|(c, d)| Some((c, d?)))
        {
            codes.push(code.clone());
            enonces.push(q.texte.clone());
            reponses.push(dite.intitule.clone());
        }
    }
    sqlx::query!(
        "insert into livret.avis_ligne (etablissement_id, avis_id, etudiant_id, code, enonce, reponse)
         select livret.ici(), $1, $2, l.* from unnest($3::text[], $4::text[], $5::text[]) l",
        avis_id,
        etudiant_id,
        &codes,
        &enonces,
        &reponses
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// A sheet that says nothing is not signed.
pub(super) fn dit_quelque_chose(feuille: &Feuille) -> Result<()> {
    if feuille.repondues() == 0 && feuille.remarque.is_empty() {
        return Err(Error::Refused(
            "Répondez à une question au moins, ou écrivez une remarque, puis signez.".into(),
        ));
    }
    Ok(())
}

impl Tuteur {
    /// Signs what I answered. A former signature stays; this one counts.
    pub async fn signer(&self, db: &mut Db, feuille: &Feuille, nom: &str, cle: Uuid) -> Result<()> {
        dit_quelque_chose(feuille)?;
        let signature = Signature {
            periode_id: self.periode_id,
            etudiant_id: self.etudiant_id,
            tuteur_id: self.tuteur_id,
            nom,
            papier_du: None,
        };
        ecrire(db, self, feuille, &signature, cle).await
    }

    /// When I signed last, where the school is.
    pub async fn signe_le(&self, db: &mut Db) -> Result<Option<PrimitiveDateTime>> {
        Ok(sqlx::query_scalar!(
            r#"select max(signe_le) at time zone (select fuseau from livret.etablissement where etablissement_id = livret.ici())
                 from livret.avis
                where etablissement_id = livret.ici() and periode_id = $1 and par = $2"#,
            self.periode_id, self.tuteur_id
        )
        .fetch_one(&mut **db)
        .await?)
    }
}
