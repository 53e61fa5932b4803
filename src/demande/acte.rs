//! Asking, taking back, answering.
use uuid::Uuid;

use super::{Demande, Reponse, Verdict, Voeu};
use crate::{
    app::{Db, InTheNameOf},
    compte::{Enseignant, Moi},
    courriel::{self, Lettre},
    date,
    error::{Error, OnConstraint, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    positionnement::{Issue, Jugement, Lieu},
    preuve::Preuve,
    promotion::Promotion,
    referentiel::Edition,
};

impl Moi {
    /// Asks my teachers to judge a preuve of mine. Once at a time: the former answer stays readable.
    ///
    /// # Errors
    /// It is being asked already.
    pub async fn demander(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        preuve: &Preuve,
        voeux: &[Voeu],
        cle: Uuid,
    ) -> Result<i64> {
        let mut plume = Plume::prendre(db, self).await?;
        let contenu = serde_json::json!({ "voeux": voeux });
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("demander", &contenu) && deja.preuve_id == Some(preuve.preuve_id);
            return if meme { Ok(deja.seq) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte {
            genre: "demander",
            cle,
            etudiant_id: Some(etudiant.id()),
            preuve_id: Some(preuve.preuve_id),
            contenu,
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        let id = sqlx::query_scalar!(
            "insert into livret.demande (etablissement_id, promotion_id, etudiant_id, preuve_id, demandee_le, version)
             values (livret.ici(), $1, $2, $3, $4, $5) returning demande_id",
            etudiant.promotion_id, etudiant.id(), preuve.preuve_id, le, version
        )
        .fetch_one(&mut **db)
        .await
        .on_constraint(
            "une_demande_ouverte_par_preuve",
            Error::Conflict("Cette preuve est déjà envoyée\u{a0}: une réponse est attendue.".into()),
        )?;
        let codes: Vec<String> = voeux.iter().map(|v| v.code.clone()).collect();
        let niveaux: Vec<Option<String>> = voeux.iter().map(|v| v.niveau.clone()).collect();
        let pourquois: Vec<String> = voeux.iter().map(|v| v.pourquoi.clone()).collect();
        sqlx::query!(
            "insert into livret.demande_ligne (etablissement_id, demande_id, edition_id, code, niveau, pourquoi)
             select livret.ici(), $1, $2, v.* from unnest($3::text[], $4::text[], $5::text[]) v",
            id, etudiant.edition_id, &codes, &niveaux as _, &pourquois
        )
        .execute(&mut **db)
        .await?;
        Ok(id)
    }

    /// Takes my demande back, as long as nobody answered.
    pub async fn retirer(&self, db: &mut Db, demande: &Demande, cle: Uuid) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "retirer_demande" && deja.preuve_id == Some(demande.preuve_id);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        finir(db, &mut plume, self.personne_id(), demande, ("retirer_demande", "retiree", ""), cle)
            .await
    }

    /// I have read these answers. A fact of my own screen: nothing of it is judged, no line of the journal.
    pub async fn lire_reponses(&self, db: &mut Db, demandes: &[i64]) -> Result<()> {
        let le = db.le;
        sqlx::query!(
            "update livret.demande set lue_le = $3
              where etablissement_id = livret.ici() and etudiant_id = $1 and demande_id = any ($2)
                and etat in ('validee', 'complement', 'refusee') and lue_le is null",
            self.personne_id(),
            demandes,
            le
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

impl Enseignant {
    /// Answers a demande of one of my students. Levels are given in the situation of the preuve, and cite it.
    ///
    /// # Errors
    /// In French: somebody answered before; a motif is missing; a level cannot be given.
    pub async fn repondre(
        &self,
        db: &mut Db,
        (promotion, edition): (&Promotion, &Edition),
        demande: &Demande,
        reponse: &Reponse,
    ) -> Result<()> {
        let plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, reponse.cle).await? {
            let meme =
                deja.genre == "repondre_demande" && deja.preuve_id == Some(demande.preuve_id);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let demande = promotion.demande(db, demande.demande_id).await?; // again, under the pen
        if !demande.attend() || demande.version != reponse.version {
            return Err(Error::Conflict(repondue(&demande)));
        }
        if let Verdict::Valider(niveaux) = &reponse.acte {
            self.donner(db, (promotion, edition), &demande, niveaux, reponse).await?;
        } else if reponse.motif.trim().is_empty() {
            return Err(Error::Refused(
                "Dites pourquoi\u{a0}: la personne doit savoir quoi corriger.".into(),
            ));
        }
        let mut plume = Plume::prendre(db, self).await?; // the levels moved the head
        let etat = reponse.acte.etat();
        let quoi = ("repondre_demande", etat, reponse.motif.trim());
        finir(db, &mut plume, self.personne_id(), &demande, quoi, reponse.cle).await?;
        annoncer(db, &demande, reponse.cle).await
    }

    async fn donner(
        &self,
        db: &mut Db,
        (promotion, edition): (&Promotion, &Edition),
        demande: &Demande,
        niveaux: &[(String, String)],
        reponse: &Reponse,
    ) -> Result<()> {
        if niveaux.is_empty() {
            return Err(Error::Refused(
                "Choisissez un niveau pour au moins une sous-compétence, ou demandez un complément.".into(),
            ));
        }
        let versions = sqlx::query!(
            "select code, version from livret.positionnement
              where etablissement_id = livret.ici() and etudiant_id = $1 and edition_id = $2 and situation_id = $3",
            demande.etudiant_id, edition.edition_id, demande.situation_id
        )
        .fetch_all(&mut **db)
        .await?;
        let remarque = reponse.motif.trim();
        let jugement = |(code, niveau): &(String, String)| Jugement {
            etudiant_id: demande.etudiant_id,
            code: code.clone(),
            niveau: Some(niveau.clone()),
            preuve_id: Some(demande.preuve_id),
            remarque: (!remarque.is_empty()).then(|| remarque.to_owned()),
            version: versions.iter().find(|v| v.code == *code).map_or(0, |v| v.version),
            cle: Uuid::new_v5(&reponse.cle, code.as_bytes()),
            geste: Some(reponse.cle),
            retablir: false,
        };
        let jugements: Vec<Jugement> = niveaux.iter().map(jugement).collect();
        let lieu = Lieu::de_la_classe(promotion, Some(demande.situation_id));
        for issue in self.positionner(db, &lieu, edition, &jugements).await? {
            if let Issue::Refuse(message) = issue {
                return Err(Error::Refused(message));
            }
        }
        Ok(())
    }
}

/// Tells the student who wants it that an answer is there, and where: what it says is read there only.
async fn annoncer(db: &mut Db, demande: &Demande, cle: Uuid) -> Result<()> {
    let texte = format!(
        "Bonjour,\n\n\
         Une de vos demandes a reçu une réponse dans votre livret de compétences.\n\n\
         Pour la lire, connectez-vous\u{a0}:\n{}\n\n\
         -- \n\
         Vous avez demandé à être prévenu par courriel. Pour ne plus l’être\u{a0}:\n{}\n\
         Message automatique\u{a0}: il est inutile d’y répondre.\n",
        courriel::lien(db, &format!("/preuves/{}/demande", demande.preuve_id)),
        courriel::lien(db, "/mon-compte/courriel"),
    );
    let cle = Uuid::new_v5(&cle, b"courriel");
    let lettre = Lettre { cle, sujet: "Une réponse vous attend dans votre livret", texte: &texte };
    courriel::prevenir(db, demande.etudiant_id, &lettre).await
}

/// « Mme Okafor a répondu le 12 novembre à 14:05 : Positionnée. »
pub(super) fn repondue(demande: &Demande) -> String {
    format!(
        "{} a répondu{}\u{a0}: {}.",
        demande.par.as_deref().unwrap_or("Quelqu’un"),
        demande
            .repondue_le
            .as_ref()
            .map_or(String::new(), |le| format!(" le {}", date::instant(le))),
        super::etat(&demande.etat).to_lowercase()
    )
}

async fn finir(
    db: &mut Db,
    plume: &mut Plume,
    qui: i64,
    demande: &Demande,
    (genre, etat, motif): (&'static str, &str, &str),
    cle: Uuid,
) -> Result<()> {
    let acte = Acte {
        genre,
        cle,
        etudiant_id: Some(demande.etudiant_id),
        preuve_id: Some(demande.preuve_id),
        contenu: serde_json::json!({
            "demande": demande.demande_id.to_string(), "etat": etat, "motif": motif,
        }),
        ..Acte::default()
    };
    let version = plume.ecrire(db, acte).await?;
    let le = db.le;
    // A student may not write a motif: her role has no right on that column.
    let fait = if genre == "retirer_demande" {
        sqlx::query!(
            "update livret.demande set etat = $2, par = $3, repondue_le = $4, version = $5
              where etablissement_id = livret.ici() and demande_id = $1 and etat = 'attente'",
            demande.demande_id,
            etat,
            qui,
            le,
            version
        )
        .execute(&mut **db)
        .await?
    } else {
        sqlx::query!(
            "update livret.demande set etat = $2, par = $3, repondue_le = $4, version = $5, motif = $6
              where etablissement_id = livret.ici() and demande_id = $1 and etat = 'attente'",
            demande.demande_id, etat, qui, le, version, motif
        )
        .execute(&mut **db)
        .await?
    };
    if fait.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict(repondue(demande))) }
}
