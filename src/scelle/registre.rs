//! What was issued of a promotion, and what became of it: read by its teachers, who may take a document back.
use serde_json::json;
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use super::{
    cles::{Cle, Cles},
    declaration::Genre,
    emission::instant,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
    promotion::Promotion,
};

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etat {
    EnVigueur,
    Remplace,
    Revoque,
    /// Unknown here: it says nothing of the document, which a backup may have forgotten.
    Inconnu,
}

impl Etat {
    pub fn code(self) -> &'static str {
        match self {
            Self::EnVigueur => "en_vigueur",
            Self::Remplace => "remplace",
            Self::Revoque => "revoque",
            Self::Inconnu => "inconnu",
        }
    }

    fn de(code: &str) -> Self {
        let tous = [Self::EnVigueur, Self::Remplace, Self::Revoque];
        tous.into_iter().find(|e| e.code() == code).unwrap_or(Self::Inconnu)
    }
}

/// What anybody may know of a number.
#[derive(Debug, Clone)]
pub struct Situation {
    pub etat: Etat,
    pub le: Option<OffsetDateTime>,
    /// The same, as the school's calendar has it.
    pub jour: Option<time::Date>,
}

/// The keys that this installation answers for: its own, and those of the servers that its schools came from, until they left.
pub async fn cles(app: &App) -> Result<Cles> {
    let mut cles = Cles::de(&app.sceau);
    let ailleurs = sqlx::query!(
        r#"select cle_id as "cle_id!", cle as "cle!", jusqu_au as "jusqu_au!" from acces.cles_d_ailleurs()"#
    )
    .fetch_all(&app.db)
    .await?;
    cles.cles.extend(ailleurs.into_iter().filter(|c| c.cle_id != app.sceau.cle_id).map(|c| Cle {
        cle_id: c.cle_id,
        cle: hex::encode(c.cle),
        depuis: None,
        jusqu_a: Some(instant(c.jusqu_au + time::Duration::seconds(1))),
    }));
    Ok(cles)
}

/// What became of the document of that number. One that does not exist, or is no number, is unknown in the same way.
pub async fn situation(app: &App, id: &str) -> Result<Situation> {
    let trouvee = sqlx::query!(
        r#"select etat as "etat!", le, jour from acces.etat_scelle($1)"#,
        id.replace('\0', "")
    )
    .fetch_optional(&app.db)
    .await?;
    let inconnue = Situation { etat: Etat::Inconnu, le: None, jour: None };
    Ok(trouvee.map_or(inconnue, |t| Situation { etat: Etat::de(&t.etat), le: t.le, jour: t.jour }))
}

/// A line of the register.
#[derive(Debug, Clone)]
pub struct Inscrit {
    pub id: String,
    pub genre: String,
    pub titre: String,
    /// « ÉTIENNE Zoé »; none: of the whole promotion.
    pub qui: Option<String>,
    pub emis_le: PrimitiveDateTime,
    pub par: String,
    pub empreinte: String,
    pub remplace_le: Option<PrimitiveDateTime>,
    pub revoque_le: Option<PrimitiveDateTime>,
    pub revoque_par: Option<String>,
    pub motif: Option<String>,
}

impl Inscrit {
    pub fn intitule(&self) -> &'static str {
        Genre::de(&self.genre).map_or("", Genre::intitule)
    }

    pub fn en_vigueur(&self) -> bool {
        self.remplace_le.is_none() && self.revoque_le.is_none()
    }

    pub fn le(le: &PrimitiveDateTime) -> String {
        date::instant_court(le)
    }
}

impl Enseignant {
    /// What was issued of a promotion of mine, latest first.
    pub async fn scelles(&self, db: &mut Db, promotion: &Promotion) -> Result<Vec<Inscrit>> {
        Ok(sqlx::query_as!(
            Inscrit,
            r#"select s.id, s.genre, s.titre, e.nom || ' ' || e.prenom as qui, s.emis_le at time zone et.fuseau as "emis_le!",
                      concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!",
                      encode(s.empreinte, 'hex') as "empreinte!", s.remplace_le at time zone et.fuseau as remplace_le,
                      s.revoque_le at time zone et.fuseau as revoque_le, s.motif,
                      concat_ws(' ', r.civilite, case when r.civilite is null then r.prenom end, r.nom) as revoque_par
                 from certification.scelle s
                 join livret.etablissement et using (etablissement_id)
                 join livret.personne p on p.etablissement_id = s.etablissement_id and p.personne_id = s.par
                 left join livret.personne e on e.etablissement_id = s.etablissement_id and e.personne_id = s.etudiant_id
                 left join livret.personne r on r.etablissement_id = s.etablissement_id and r.personne_id = s.revoque_par
                where s.etablissement_id = livret.ici() and s.promotion_id = $1
                order by s.version desc"#,
            promotion.promotion_id
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// Takes back a document of a promotion of mine, with why.
    ///
    /// # Errors
    /// It is replaced already, or taken back; or it is not of that promotion.
    pub async fn revoquer_scelle(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        id: &str,
        (motif, cle): (&str, Uuid),
    ) -> Result<()> {
        let acte = Acte {
            genre: "revoquer_scelle",
            cle,
            contenu: json!({ "id": id, "motif": motif }),
            ..Acte::default()
        };
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(acte.genre, &acte.contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let tous = self.scelles(db, promotion).await?;
        let scelle = tous.into_iter().find(|s| s.id == id).ok_or(Error::NotFound)?;
        if let Some(le) = &scelle.revoque_le {
            return Err(Error::Conflict(format!(
                "Ce document a déjà été révoqué le {} par {}, avec ce motif\u{a0}: «\u{a0}{}\u{a0}». Votre motif n’a pas été enregistré\u{a0}: «\u{a0}{motif}\u{a0}».",
                Inscrit::le(le),
                scelle.revoque_par.unwrap_or_default(),
                scelle.motif.unwrap_or_default()
            )));
        }
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update certification.scelle set revoque_le = $2, revoque_par = livret.moi(), motif = $3, revoque_version = $4
              where etablissement_id = livret.ici() and id = $1",
            id, db.le, motif, version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
