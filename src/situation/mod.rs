//! Occasions to judge: a date, a context, a title.
pub mod pages;

use time::Date;
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
    promotion::Promotion,
    signal::Signal,
};

/// Where a judgement or a preuve was lived, in the words of training.
pub const CONTEXTES: [(&str, &str); 5] = [
    ("cours", "En cours"),
    ("atelier", "En atelier de professionnalisation"),
    ("stage", "En stage"),
    ("alternance", "En alternance"),
    ("simulation", "En simulation"),
];

/// What a situation is for. Certification is not in the list: it has its own room.
pub const NATURES: [(&str, &str); 2] =
    [("formatif", "Formatif"), ("preparation", "Préparation de l’examen")];

/// The words of a context; empty for one that does not exist.
pub fn contexte(code: &str) -> &'static str {
    CONTEXTES.iter().find(|c| c.0 == code).map_or("", |c| c.1)
}

/// Lived at a company: really lived, where the other contexts are exercises until she says otherwise.
pub fn en_entreprise(code: &str) -> bool {
    matches!(code, "stage" | "alternance")
}

/// The words of a nature; empty for one that does not exist.
pub fn nature(code: &str) -> &'static str {
    NATURES.iter().find(|n| n.0 == code).map_or("", |n| n.1)
}

/// A situation of a promotion, as its teachers see it.
#[derive(Debug, Clone)]
pub struct Situation {
    pub situation_id: i64,
    pub titre: String,
    pub contexte: String,
    pub organisation: Option<String>,
    pub vecue_le: Date,
    pub nature: String,
    pub visible_le: Date,
    pub par: String,
    /// How many levels it holds.
    pub positionnements: i64,
    /// What a correction sends back.
    pub version: i64,
}

/// The one that an address names among those of a promotion; none when it names nothing.
///
/// # Errors
/// It names one that is not there.
pub fn choisie(situations: &[Situation], nommee: &str) -> Result<Option<Situation>> {
    if nommee.is_empty() {
        return Ok(None);
    }
    let id = nommee.parse().ok();
    let voulue = situations.iter().find(|s| Some(s.situation_id) == id).cloned();
    voulue.ok_or(Error::NotFound).map(Some)
}

/// What a teacher says of a situation, when she opens or corrects it.
#[derive(Debug, Clone)]
pub struct Ouverture {
    pub titre: String,
    pub contexte: String,
    pub organisation: Option<String>,
    pub vecue_le: Date,
    pub nature: String,
    /// Students see it, and the levels given in it, from this day.
    pub visible_le: Date,
    pub cle: Uuid,
}

/// An occasion, before it is opened.
pub struct Occasion<'a> {
    pub promotion_id: i64,
    pub titre: &'a str,
    pub contexte: &'a str,
    pub organisation: Option<&'a str>,
    pub vecue_le: Date,
    pub jusqu_au: Option<Date>,
    pub nature: &'a str,
    pub visible_le: Date,
    /// Hers alone, when it comes with a preuve.
    pub etudiant_id: Option<i64>,
    /// Opened by a first level given outside any situation.
    pub observation: bool,
    pub cle: Uuid,
}

impl Occasion<'_> {
    fn contenu(&self) -> serde_json::Value {
        serde_json::json!({
            "promotion": self.promotion_id.to_string(), "titre": self.titre, "contexte": self.contexte,
            "organisation": self.organisation, "jusqu_au": self.jusqu_au.as_ref().map(date::iso),
            "nature": self.nature, "visible_le": date::iso(&self.visible_le),
        })
    }
}

/// Opens a situation: a line of the journal and its row.
pub async fn ouvrir(
    db: &mut Db,
    plume: &mut Plume,
    qui: &impl InTheNameOf,
    o: &Occasion<'_>,
) -> Result<i64> {
    let id = sqlx::query_scalar!(
        r#"select nextval(pg_get_serial_sequence('livret.situation', 'situation_id')) as "id!""#
    )
    .fetch_one(&mut **db)
    .await?;
    let acte = Acte {
        genre: "ouvrir_situation",
        cle: o.cle,
        etudiant_id: o.etudiant_id,
        situation_id: Some(id),
        vecu_le: Some(o.vecue_le),
        contenu: o.contenu(),
        ..Acte::default()
    };
    let version = plume.ecrire(db, acte).await?;
    sqlx::query!(
        "insert into livret.situation (etablissement_id, situation_id, promotion_id, titre, contexte, organisation,
                                       vecue_le, jusqu_au, nature, visible_le, par, etudiant_id, observation,
                                       version)
         overriding system value
         values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id, o.promotion_id, o.titre, o.contexte, o.organisation, o.vecue_le, o.jusqu_au, o.nature, o.visible_le,
        qui.personne_id(), o.etudiant_id, o.observation, version
    )
    .execute(&mut **db)
    .await?;
    Ok(id)
}

impl Promotion {
    /// The situations of the class, latest first; one of them when `seule` says which.
    pub async fn situations(&self, db: &mut Db, seule: Option<i64>) -> Result<Vec<Situation>> {
        Ok(sqlx::query_as!(
            Situation,
            r#"select s.situation_id, s.titre, s.contexte, s.organisation, s.vecue_le, s.nature, s.visible_le,
                      concat_ws(' ', p.civilite, p.nom) as "par!", s.version,
                      (select count(niveau) from livret.positionnement n
                        where n.etablissement_id = s.etablissement_id and n.situation_id = s.situation_id)
                        as "positionnements!"
                 from livret.situation s
                 join livret.personne p on p.etablissement_id = s.etablissement_id and p.personne_id = s.par
                where s.etablissement_id = livret.ici() and s.promotion_id = $1 and s.etudiant_id is null
                  and ($2::bigint is null or s.situation_id = $2)
                order by s.vecue_le desc, s.situation_id desc"#,
            self.promotion_id, seule
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// One of them; that of another promotion, or of one student, does not exist here.
    pub async fn situation(&self, db: &mut Db, id: i64) -> Result<Situation> {
        self.situations(db, Some(id)).await?.pop().ok_or(Error::NotFound)
    }
}

impl Enseignant {
    /// Opens a situation for a class that is mine. The same form twice opens it once.
    pub async fn ouvrir_situation(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        o: &Ouverture,
    ) -> Result<i64> {
        let occasion = Occasion {
            promotion_id: promotion.promotion_id,
            titre: &o.titre,
            contexte: &o.contexte,
            organisation: o.organisation.as_deref(),
            vecue_le: o.vecue_le,
            jusqu_au: None,
            nature: &o.nature,
            visible_le: o.visible_le,
            etudiant_id: None,
            observation: false,
            cle: o.cle,
        };
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, o.cle).await? {
            let meme = deja.est("ouvrir_situation", &occasion.contenu());
            return deja.situation_id.filter(|_| meme).ok_or_else(journal::cle_reprise);
        }
        ouvrir(db, &mut plume, self, &occasion).await
    }

    /// Corrects what was said of a situation; its levels follow its date. The former words stay in the journal.
    ///
    /// # Errors
    /// A colleague corrected it since `lue` was read; a livret that its date would change is stopped.
    pub async fn corriger_situation(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        lue: (i64, i64),
        o: &Ouverture,
    ) -> Result<()> {
        let (id, version_lue) = lue;
        let contenu = serde_json::json!({
            "titre": o.titre, "contexte": o.contexte, "organisation": o.organisation,
            "nature": o.nature, "visible_le": date::iso(&o.visible_le),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, o.cle).await? {
            let meme = deja.est("corriger_situation", &contenu) && deja.situation_id == Some(id);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuelle = promotion.situation(db, id).await?;
        if actuelle.version != version_lue {
            return Err(Error::Conflict(format!(
                "Cette situation vient d’être modifiée\u{a0}: {}. Relisez, puis enregistrez de nouveau pour mettre votre version.",
                actuelle.en_mots()
            )));
        }
        if actuelle.vecue_le != o.vecue_le && arretee(db, id).await? {
            return Err(Error::Refused(
                "Le livret d’une personne jugée dans cette situation est arrêté\u{a0}: sa date ne change plus. Corrigez le reste, ou demandez la réouverture au coordonnateur.".into(),
            ));
        }
        let acte = Acte {
            genre: "corriger_situation",
            cle: o.cle,
            situation_id: Some(id),
            vecu_le: Some(o.vecue_le),
            contenu,
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        let message = Signal::message(self.etablissement_id(), promotion.promotion_id);
        sqlx::query!(
            r#"with s as (
                update livret.situation set titre = $2, contexte = $3, organisation = $4, vecue_le = $5, nature = $6,
                       visible_le = $7, version = $8, observation = observation and vecue_le = $5 and titre = $2
                 where etablissement_id = livret.ici() and situation_id = $1),
               n as (
                update livret.positionnement set vecu_le = $5
                 where etablissement_id = livret.ici() and situation_id = $1 and vecu_le <> $5)
             select pg_notify('livret', $9) as "dit: String""#,
            id, o.titre, o.contexte, o.organisation, o.vecue_le, o.nature, o.visible_le, version, message
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(())
    }

    /// My observation of a day in this promotion: opened by the first level that I give outside any situation.
    pub async fn observation(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        promotion_id: i64,
        jour: Date,
    ) -> Result<i64> {
        if let Some(ouverte) = self.observation_ouverte(db, promotion_id, jour).await? {
            return Ok(ouverte);
        }
        let titre = format!("Observation du {}", date::longue(&jour));
        let occasion = Occasion {
            promotion_id,
            titre: &titre,
            contexte: "cours",
            organisation: None,
            vecue_le: jour,
            jusqu_au: None,
            nature: "formatif",
            visible_le: jour,
            etudiant_id: None,
            observation: true,
            cle: db.random.uuid(), // under the pen: nobody opens another meanwhile
        };
        ouvrir(db, plume, self, &occasion).await
    }

    /// The same, when it is open already. One whose date or title was corrected is a situation like another.
    pub async fn observation_ouverte(
        &self,
        db: &mut Db,
        promotion_id: i64,
        jour: Date,
    ) -> Result<Option<i64>> {
        let ouverte = sqlx::query_scalar!(
            "select situation_id from livret.situation
              where etablissement_id = livret.ici() and promotion_id = $1 and par = $2 and vecue_le = $3 and observation",
            promotion_id,
            self.personne_id(),
            jour
        );
        Ok(ouverte.fetch_optional(&mut **db).await?)
    }
}

/// Somebody who was judged there has a livret that is stopped.
async fn arretee(db: &mut Db, situation_id: i64) -> Result<bool> {
    let arretee = sqlx::query_scalar!(
        r#"select exists (select from livret.positionnement n
                            join livret.arret a using (etablissement_id, etudiant_id)
                           where n.etablissement_id = livret.ici() and n.situation_id = $1 and a.leve_le is null)
                  as "arretee!""#,
        situation_id
    );
    Ok(arretee.fetch_one(&mut **db).await?)
}

impl Situation {
    /// All that a colleague may have changed, for who comes late.
    fn en_mots(&self) -> String {
        let ou = self.organisation.as_ref().map_or(String::new(), |o| format!(" ({o})"));
        format!(
            "«\u{a0}{}\u{a0}», {}, {}{ou}, {}, visible à partir du {}",
            self.titre,
            date::longue(&self.vecue_le),
            contexte(&self.contexte).to_lowercase(),
            nature(&self.nature).to_lowercase(),
            date::longue(&self.visible_le)
        )
    }
}
