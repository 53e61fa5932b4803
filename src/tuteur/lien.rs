//! Asking a tutor: a link by mail or on paper, its reminders, its end.
use time::{Duration, PrimitiveDateTime};
use uuid::Uuid;

use super::visite::empreinte;
use crate::{
    app::Db,
    compte::Enseignant,
    courriel, date,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    stage::Periode,
};

/// Days after which a tutor who did not answer is written to again.
const RAPPELS: [i64; 2] = [3, 10];

/// How a link reaches its tutor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voie {
    Courriel,
    Papier,
}

impl Voie {
    fn code(self) -> &'static str {
        match self {
            Self::Courriel => "courriel",
            Self::Papier => "papier",
        }
    }
}

/// A link, as the team sees it.
#[derive(Debug, Clone)]
pub struct Lien {
    pub lien_id: i64,
    pub periode_id: i64,
    pub voie: String,
    pub par: String,
    pub cree_le: PrimitiveDateTime,
    pub ouvert_le: Option<PrimitiveDateTime>,
    pub pas_moi_le: Option<PrimitiveDateTime>,
    pub revoque_le: Option<PrimitiveDateTime>,
    /// Neither revoked nor too old.
    pub bon: bool,
}

/// Every link to these periods, the last first.
pub async fn liens(db: &mut Db, periodes: &[i64]) -> Result<Vec<Lien>> {
    let le = db.le;
    Ok(sqlx::query_as!(
        Lien,
        r#"select l.lien_id, l.periode_id, l.voie, concat_ws(' ', q.civilite, q.nom) as "par!",
                  l.cree_le at time zone e.fuseau as "cree_le!", l.ouvert_le at time zone e.fuseau as ouvert_le,
                  l.pas_moi_le at time zone e.fuseau as pas_moi_le, l.revoque_le at time zone e.fuseau as revoque_le,
                  (l.revoque_le is null and l.tuteur_id = p.tuteur_id and $2 < livret.fin_de_lien(p)) as "bon!"
             from livret.lien l
             join livret.periode p using (etablissement_id, periode_id)
             join livret.etablissement e using (etablissement_id)
             join livret.personne q on q.etablissement_id = l.etablissement_id and q.personne_id = l.par
            where l.etablissement_id = livret.ici() and l.periode_id = any ($1)
            order by l.lien_id desc"#,
        periodes,
        le
    )
    .fetch_all(&mut **db)
    .await?)
}

/// The tutor of a period, her address, and until when a link would be good.
#[derive(Debug, Clone)]
pub struct Destinataire {
    pub tuteur_id: i64,
    pub appellation: String,
    pub mel: String,
    pub dernier_jour: time::Date,
    pub bon: bool,
}

pub async fn destinataire(db: &mut Db, periode: &Periode) -> Result<Option<Destinataire>> {
    let le = db.le;
    Ok(sqlx::query_as!(
        Destinataire,
        r#"select t.tuteur_id, concat_ws(' ', q.civilite, q.prenom, q.nom) as "appellation!", t.mel,
                  (least(p.au, coalesce(p.interrompue_le, p.au)) + e.jours_apres_stage) as "dernier_jour!",
                  ($2 < livret.fin_de_lien(p)) as "bon!"
             from livret.periode p
             join livret.tuteur t using (etablissement_id, tuteur_id)
             join livret.etablissement e using (etablissement_id)
             join livret.personne q on q.etablissement_id = p.etablissement_id and q.personne_id = t.tuteur_id
            where p.etablissement_id = livret.ici() and p.periode_id = $1"#,
        periode.periode_id,
        le
    )
    .fetch_optional(&mut **db)
    .await?)
}

impl Enseignant {
    /// A link to a period for its tutor: its token, which nobody reads again. The same form twice is the same link, with
    /// another token that opens it too.
    ///
    /// # Errors
    /// No tutor, or the time to answer is over.
    pub async fn lier_tuteur(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, &Periode),
        voie: Voie,
        cle: Uuid,
    ) -> Result<(i64, String, Destinataire)> {
        let vers = destinataire(db, periode).await?.ok_or_else(|| {
            Error::Refused(
                "Cette période n’a pas encore de tuteur. Nommez-le dans « Corriger la période », puis recommencez."
                    .into(),
            )
        })?;
        if !vers.bon {
            return Err(Error::Refused(format!(
                "Le délai pour répondre a pris fin le {}. Saisissez l’avis d’après une feuille papier.",
                date::longue(&vers.dernier_jour)
            )));
        }
        let contenu = serde_json::json!({
            "periode": periode.periode_id.to_string(), "tuteur": vers.tuteur_id.to_string(), "voie": voie.code(),
        });
        let mut plume = Plume::prendre(db, self).await?;
        let version = match plume.deja(db, cle).await? {
            Some(deja) if deja.est("demander_avis", &contenu) => deja.seq,
            Some(_) => return Err(journal::cle_reprise()),
            None => {
                let etudiant_id = Some(etudiant.id());
                let genre = "demander_avis";
                plume
                    .ecrire(db, Acte { genre, cle, etudiant_id, contenu, ..Acte::default() })
                    .await?
            }
        };
        let le = db.le;
        let deja: Option<i64> = sqlx::query_scalar!(
            "select lien_id from livret.lien where etablissement_id = livret.ici() and version = $1",
            version
        )
        .fetch_optional(&mut **db)
        .await?;
        let lien = match deja {
            Some(lien) => lien,
            None => sqlx::query_scalar!(
                "insert into livret.lien (etablissement_id, periode_id, etudiant_id, tuteur_id, voie, par, cree_le, version)
                 values (livret.ici(), $1, $2, $3, $4, livret.moi(), $5, $6) returning lien_id",
                periode.periode_id, etudiant.id(), vers.tuteur_id, voie.code(), le, version
            )
            .fetch_one(&mut **db)
            .await?,
        };
        let jeton = hex::encode(db.random.bytes::<32>());
        let hache = empreinte(&jeton);
        sqlx::query!("select livret.donner_jeton($1, $2)", lien, hache.as_slice())
            .execute(&mut **db)
            .await?;
        Ok((lien, jeton, vers))
    }

    /// Writes to the tutor of a period, and twice again while she does not answer.
    ///
    /// # Errors
    /// No mail here, no tutor, no address.
    pub async fn demander_avis(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, &Periode),
        cle: Uuid,
    ) -> Result<()> {
        if !courriel::envoie(db) {
            return Err(Error::Refused(
                "Cette installation n’envoie pas de courriel. Imprimez la feuille\u{a0}: le tuteur y lit le code QR.".into(),
            ));
        }
        let (lien, jeton, vers) =
            self.lier_tuteur(db, (etudiant, periode), Voie::Courriel, cle).await?;
        if vers.mel.is_empty() {
            return Err(Error::Refused(
                "L’adresse du tuteur n’est pas connue. Ajoutez-la au carnet d’adresses, ou imprimez la feuille.".into(),
            ));
        }
        let (sujet, texte) = self.lettre(db, (etudiant, periode), &vers, &jeton);
        let le = db.le;
        let deja = !self.ecrire_au_tuteur(db, (lien, cle), (&sujet, &texte), le).await?;
        if deja {
            return Ok(()); // the same form: it was written, reminders too
        }
        let autres: Vec<i64> =
            liens(db, &[periode.periode_id]).await?.iter().map(|l| l.lien_id).collect();
        for autre in autres.into_iter().filter(|a| *a != lien) {
            sqlx::query!("select livret.taire($1, $2, $3)", periode.periode_id, autre, le)
                .execute(&mut **db)
                .await?;
        }
        for jours in RAPPELS {
            let cle = Uuid::new_v5(&cle, format!("rappel-{jours}").as_bytes());
            let sujet = format!("Rappel\u{a0}: {sujet}");
            let depart = le + Duration::days(jours);
            self.ecrire_au_tuteur(db, (lien, cle), (&sujet, &texte), depart).await?;
        }
        Ok(())
    }

    async fn ecrire_au_tuteur(
        &self,
        db: &mut Db,
        (lien, cle): (i64, Uuid),
        (sujet, texte): (&str, &str),
        depart: time::OffsetDateTime,
    ) -> Result<bool> {
        let le = db.le;
        Ok(sqlx::query_scalar!(
            r#"select livret.ecrire_au_tuteur($1, $2, $3, $4, $5, $6) as "neuf!""#,
            cle,
            lien,
            sujet,
            texte,
            le,
            depart
        )
        .fetch_one(&mut **db)
        .await?)
    }

    fn lettre(
        &self,
        db: &Db,
        (etudiant, periode): (&Etudiant, &Periode),
        vers: &Destinataire,
        jeton: &str,
    ) -> (String, String) {
        let qui = format!("{} ({})", self.appellation(), self.etablissement());
        let elle = format!("{} {}", etudiant.prenom, etudiant.nom);
        let sujet: String =
            format!("{qui} vous demande 5\u{a0}minutes pour {elle}").chars().take(200).collect();
        let adresse =
            format!("{}/tuteur/{jeton}", db.config.origine.as_deref().unwrap_or_default());
        let texte = format!(
            "Bonjour {},\n\n{qui} vous demande 5\u{a0}minutes pour {elle}, en stage chez vous ({}).\n\n\
             Ouvrez cette page sur votre téléphone ou votre ordinateur\u{a0}:\n\n{adresse}\n\n\
             Rien à installer, pas de mot de passe. Vos réponses sont lues par l’équipe et par l’étudiant.\n\
             Vous pouvez y revenir jusqu’au {}.\n\n\
             Si cette demande n’est pas pour vous, choisissez «\u{a0}Ce n’est pas moi\u{a0}»\u{a0}: l’équipe le saura.\n",
            vers.appellation,
            periode.en_mots(),
            date::longue(&vers.dernier_jour),
        );
        (sujet, texte)
    }

    /// Closes a link: it opens nothing more, nor do the visits that it opened; its reminders are not sent.
    pub async fn revoquer_lien(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, &Periode),
        lien: i64,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({ "periode": periode.periode_id.to_string(), "lien": lien.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("revoquer_lien", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let connu = liens(db, &[periode.periode_id]).await?.into_iter().find(|l| l.lien_id == lien);
        if connu.ok_or(Error::NotFound)?.revoque_le.is_some() {
            return Ok(()); // a colleague did
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "revoquer_lien", cle, etudiant_id, contenu, ..Acte::default() };
        plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "update livret.lien set revoque_le = $2 where etablissement_id = livret.ici() and lien_id = $1",
            lien,
            le
        )
        .execute(&mut **db)
        .await?;
        sqlx::query!("select livret.taire($1, $2, $3)", periode.periode_id, lien, le)
            .execute(&mut **db)
            .await?;
        Ok(())
    }
}
