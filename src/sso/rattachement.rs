//! Saying who somebody is, whom a portal proved: never on names alone, always by a person.
use time::Date;
use uuid::Uuid;

use crate::{
    app::Db,
    compte::Gestionnaire,
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// Somebody who bears that name, or part of it.
#[derive(Debug, Clone)]
pub(super) struct Candidat {
    pub(super) personne_id: i64,
    pub(super) nom: String,
    pub(super) classe: Option<String>,
    pub(super) fonctions: Vec<String>,
    /// Both names are the same.
    pub(super) meme: bool,
    /// Somebody else of that portal is already she.
    pub(super) deja: bool,
}

/// Somebody whom a portal proved, and what she says of herself.
#[derive(Debug, Clone)]
pub(super) struct Attente {
    pub(super) rattachement_id: i64,
    pub(super) portail: String,
    pub(super) nom: String,
    pub(super) prenom: String,
    pub(super) naissance: Date,
    /// What the portal says of her.
    pub(super) dit: Option<String>,
    pub(super) dite_le: Date,
    pub(super) fois: i32,
    /// Another promotion has somebody of that name: her team may answer too.
    pub(super) ailleurs: bool,
    pub(super) candidats: Vec<Candidat>,
}

impl Attente {
    /// « ÉTIENNE Zoé, 03/10/2006 », as she says it.
    fn phrase(&self) -> String {
        format!("{} {}, {}", self.nom, self.prenom, date::courte(&self.naissance))
    }
}

/// Somebody who comes in through a portal.
#[derive(Debug, Clone)]
pub(super) struct Rattache {
    pub(super) rattachement_id: i64,
    pub(super) portail: String,
    pub(super) qui: String,
    pub(super) depuis: Option<Date>,
}

/// What is answered to a demand, as it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reponse {
    pub(super) rattachement_id: i64,
    /// How many times it had been said.
    pub(super) fois: i32,
    pub(super) cle: Uuid,
}

fn disparue() -> Error {
    Error::Conflict(
        "Cette demande n’attend plus\u{a0}: une autre personne y a répondu, ou elle a expiré. Rouvrez la page pour voir où \
         elle en est."
            .into(),
    )
}

impl Gestionnaire {
    /// Demands that wait: of one promotion for who teaches it, of the school for who administers it.
    pub(super) async fn rattachements_en_attente(
        &self,
        db: &mut Db,
        promotion: Option<i64>,
    ) -> Result<Vec<Attente>> {
        let le = db.le;
        let lignes = sqlx::query!(
            r#"select rattachement_id as "rattachement_id!", portail as "portail!", nom as "nom!", prenom as "prenom!",
                      naissance as "naissance!", dit, dite_le as "dite_le!", fois as "fois!", personne_id, candidat, fonctions,
                      classe, meme as "meme!", ailleurs as "ailleurs!", deja as "deja!"
                 from acces.rattachements($1, $2)"#,
            promotion,
            le
        )
        .fetch_all(&mut **db)
        .await?;
        let mut attentes: Vec<Attente> = vec![];
        for l in lignes {
            if attentes.last().is_none_or(|a| a.rattachement_id != l.rattachement_id) {
                attentes.push(Attente {
                    rattachement_id: l.rattachement_id,
                    portail: l.portail,
                    nom: l.nom,
                    prenom: l.prenom,
                    naissance: l.naissance,
                    dit: l.dit,
                    dite_le: l.dite_le,
                    fois: l.fois,
                    ailleurs: l.ailleurs,
                    candidats: vec![],
                });
            }
            if let (Some(attente), Some(personne_id), Some(nom)) =
                (attentes.last_mut(), l.personne_id, l.candidat)
            {
                let fonctions = l.fonctions.unwrap_or_default();
                let (classe, meme, deja) = (l.classe, l.meme, l.deja);
                attente.candidats.push(Candidat {
                    personne_id,
                    nom,
                    classe,
                    fonctions,
                    meme,
                    deja,
                });
            }
        }
        Ok(attentes)
    }

    /// Those whom a portal opens to.
    pub(super) async fn rattaches(
        &self,
        db: &mut Db,
        promotion: Option<i64>,
    ) -> Result<Vec<Rattache>> {
        let le = db.le;
        Ok(sqlx::query_as!(
            Rattache,
            r#"select rattachement_id as "rattachement_id!", portail as "portail!", qui as "qui!", depuis
                 from acces.rattaches($1, $2)"#,
            promotion,
            le
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// The demand, as it stands once the pen is held; one that was said again since is shown again.
    async fn relire(&self, db: &mut Db, promotion: Option<i64>, r: Reponse) -> Result<Attente> {
        let toutes = self.rattachements_en_attente(db, promotion).await?;
        let elle = toutes.into_iter().find(|a| a.rattachement_id == r.rattachement_id);
        let elle = elle.ok_or_else(disparue)?;
        if elle.fois != r.fois {
            return Err(Error::Conflict(format!(
                "Cette personne vient de se présenter autrement\u{a0}: {}. Vous aviez lu ce qu’elle disait auparavant. Rouvrez \
                 la page, puis répondez.",
                elle.phrase()
            )));
        }
        Ok(elle)
    }

    /// This demand is that person.
    pub(super) async fn rattacher(
        &self,
        db: &mut Db,
        promotion: Option<i64>,
        r: Reponse,
        personne: i64,
    ) -> Result<()> {
        // Who it is, by number: the journal does not hold what a portal calls her.
        let contenu = serde_json::json!({
            "rattachement": r.rattachement_id.to_string(), "personne": personne.to_string(),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, r.cle).await? {
            let meme = deja.est("rattacher", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let elle = self.relire(db, promotion, r).await?;
        let Some(candidat) = elle.candidats.iter().find(|c| c.personne_id == personne) else {
            return Err(Error::Refused(
                "Choisissez l’une des personnes proposées. Si aucune ne convient, refusez la demande.".into(),
            ));
        };
        if candidat.deja {
            return Err(Error::Refused(format!(
                "{} entre déjà par «\u{a0}{}\u{a0}» sous une autre identité. Détachez d’abord celle-ci.",
                candidat.nom, elle.portail
            )));
        }
        let etudiant_id = candidat.fonctions.iter().any(|f| f == "etudiant").then_some(personne);
        let acte = Acte { genre: "rattacher", cle: r.cle, etudiant_id, contenu, ..Acte::default() };
        plume.ecrire(db, acte).await?;
        let le = db.le;
        let fait = sqlx::query_scalar!(
            r#"select acces.rattacher($1, $2, $3, $4) as "fait!""#,
            r.rattachement_id,
            promotion,
            personne,
            le
        );
        if fait.fetch_one(&mut **db).await? { Ok(()) } else { Err(disparue()) }
    }

    /// This demand is nobody whom one knows.
    pub(super) async fn refuser_rattachement(
        &self,
        db: &mut Db,
        promotion: Option<i64>,
        r: Reponse,
    ) -> Result<()> {
        let contenu = serde_json::json!({ "rattachement": r.rattachement_id.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, r.cle).await? {
            let meme = deja.est("refuser_rattachement", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let elle = self.relire(db, promotion, r).await?;
        if elle.ailleurs {
            return Err(Error::Refused(
                "Une autre promotion a aussi une personne de ce nom\u{a0}: laissez son équipe répondre.".into(),
            ));
        }
        let acte = Acte { genre: "refuser_rattachement", cle: r.cle, contenu, ..Acte::default() };
        plume.ecrire(db, acte).await?;
        let le = db.le;
        let fait = sqlx::query_scalar!(
            r#"select acces.refuser_rattachement($1, $2, $3) as "fait!""#,
            r.rattachement_id,
            promotion,
            le
        );
        if fait.fetch_one(&mut **db).await? { Ok(()) } else { Err(disparue()) }
    }

    /// The portal opens nothing to that person any more, and what it had opened is closed.
    pub(super) async fn detacher(
        &self,
        db: &mut Db,
        promotion: Option<i64>,
        rattachement: i64,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({ "rattachement": rattachement.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("detacher", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let tous = self.rattaches(db, promotion).await?;
        if !tous.iter().any(|r| r.rattachement_id == rattachement) {
            return Err(Error::Conflict(
                "Cette personne n’est plus rattachée. Rouvrez la page pour voir où elle en est."
                    .into(),
            ));
        }
        plume.ecrire(db, Acte { genre: "detacher", cle, contenu, ..Acte::default() }).await?;
        let le = db.le;
        let fait = sqlx::query_scalar!(
            r#"select acces.detacher($1, $2, $3) as "fait!""#,
            rattachement,
            promotion,
            le
        );
        if fait.fetch_one(&mut **db).await? { Ok(()) } else { Err(disparue()) }
    }
}
