//! Recording a preuve, and completing it: an act, then its rows.
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Depot, Preuve, fichier};
use crate::{
    app::{Db, InTheNameOf},
    compte::Deposant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    situation::{self, Occasion},
};

impl Deposant {
    /// Records a preuve in her livret, and offers it to her team mates. The same form twice records it once.
    pub async fn deposer(&self, db: &mut Db, etudiant: &Etudiant, depot: &Depot) -> Result<i64> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, depot.cle).await? {
            let meme =
                deja.genre == "deposer_preuve" && deja.etudiant_id == Some(etudiant.etudiant_id);
            let id = deja.preuve_id.filter(|_| meme).ok_or_else(journal::cle_reprise)?;
            return if memes_mots(deja.contenu, depot) { Ok(id) } else { Err(deja_envoyee()) };
        }
        let fichiers = fichier::siens(db, &depot.fichiers).await?;
        let occasion = Occasion {
            promotion_id: etudiant.promotion_id,
            titre: &depot.titre,
            contexte: &depot.contexte,
            organisation: depot.organisation.as_deref(),
            vecue_le: depot.vecue_le,
            jusqu_au: depot.jusqu_au,
            nature: "formatif",
            visible_le: depot.vecue_le,
            etudiant_id: Some(etudiant.etudiant_id),
            observation: false,
            cle: Uuid::new_v5(&depot.cle, b"situation"),
        };
        let situation_id = situation::ouvrir(db, &mut plume, self, &occasion).await?;
        let id = sqlx::query_scalar!(
            r#"select nextval(pg_get_serial_sequence('livret.preuve', 'preuve_id')) as "id!""#
        )
        .fetch_one(&mut **db)
        .await?;
        let empreintes: Vec<String> = fichiers.iter().map(fichier::Fichier::empreinte).collect();
        let acte = Acte {
            genre: "deposer_preuve",
            cle: depot.cle,
            etudiant_id: Some(etudiant.etudiant_id),
            situation_id: Some(situation_id),
            preuve_id: Some(id),
            vecu_le: Some(depot.vecue_le),
            contenu: contenu(depot, &empreintes),
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        inscrire(db, self, depot, (id, situation_id, version)).await?;
        partager(db, etudiant, depot, id).await?;
        ranger(db, etudiant, depot, id).await?;
        Ok(id)
    }

    /// Writes a new version of a preuve that I recorded. The former ones stay readable.
    ///
    /// # Errors
    /// It is not mine to write; it changed since `lue`; its date would move under a level.
    pub async fn completer(
        &self,
        db: &mut Db,
        (preuve, lue): (&Preuve, i64),
        etudiant: &Etudiant,
        depot: &Depot,
    ) -> Result<i64> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, depot.cle).await? {
            let meme = deja.genre == "completer_preuve" && deja.preuve_id == Some(preuve.preuve_id);
            if !meme {
                return Err(journal::cle_reprise());
            }
            let memes = memes_mots(deja.contenu, depot);
            return if memes { Ok(preuve.preuve_id) } else { Err(deja_envoyee()) };
        }
        let actuelle = etudiant.preuve(db, preuve.preuve_id).await?; // again, under the pen
        if actuelle.par_id != self.personne_id() {
            return Err(Error::Refused(format!(
                "Cette preuve a été enregistrée par {}\u{a0}: seule cette personne peut la compléter.",
                actuelle.auteur()
            )));
        }
        if actuelle.version != lue {
            return Err(Error::Conflict(
                "Cette preuve a changé depuis que vous l’avez ouverte. Relisez-la, puis enregistrez de nouveau pour mettre votre version.".into(),
            ));
        }
        if actuelle.jugee && !actuelle.meme_occasion(depot) {
            return Err(Error::Refused(
                "Un niveau a été donné pour cette preuve\u{a0}: sa date et son lieu ne changent plus. Complétez le récit.".into(),
            ));
        }
        let nouveaux = fichier::siens(db, &depot.fichiers).await?;
        let deja = fichier::fichiers_de(db, &actuelle).await?;
        let empreintes: Vec<String> =
            deja.iter().chain(&nouveaux).map(fichier::Fichier::empreinte).collect();
        let acte = Acte {
            genre: "completer_preuve",
            cle: depot.cle,
            etudiant_id: Some(etudiant.etudiant_id),
            situation_id: Some(actuelle.situation_id),
            preuve_id: Some(actuelle.preuve_id),
            vecu_le: Some(depot.vecue_le),
            contenu: contenu(depot, &empreintes),
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        if !actuelle.meme_occasion(depot) {
            plume.ecrire(db, correction(&actuelle, etudiant, depot)).await?;
        }
        recrire(db, &actuelle, depot, version).await?;
        ranger(db, etudiant, depot, actuelle.preuve_id).await?;
        Ok(actuelle.preuve_id)
    }
}

/// The same sending again, its answer having been lost; its files are in the preuve by now.
fn memes_mots(mut deja: Value, depot: &Depot) -> bool {
    let mut voulu = contenu(depot, &[]);
    for dit in [&mut deja, &mut voulu] {
        dit.as_object_mut().map(|o| o.remove("fichiers"));
    }
    deja == voulu
}

/// What was typed since is not lost: the form becomes one that completes.
fn deja_envoyee() -> Error {
    Error::Conflict(
        "Cette preuve est déjà envoyée, sans ce que vous avez ajouté depuis. Votre saisie est ci-dessous\u{a0}: envoyez-la pour compléter la preuve.".into(),
    )
}

/// The preuve that an act of mine under this key wrote, and its version.
pub async fn de_la_cle(db: &mut Db, cle: Uuid) -> Result<Option<(i64, i64)>> {
    let trouvee = sqlx::query!(
        "select p.preuve_id, p.version from livret.evenement e join livret.preuve p using (etablissement_id, preuve_id)
          where e.etablissement_id = livret.ici() and e.acteur_id = livret.moi() and e.cle = $1
            and e.genre in ('deposer_preuve', 'completer_preuve')",
        cle
    )
    .fetch_optional(&mut **db)
    .await?;
    Ok(trouvee.map(|p| (p.preuve_id, p.version)))
}

/// What the journal says of a preuve: all that a version is.
fn contenu(depot: &Depot, fichiers: &[String]) -> Value {
    let d = &depot.declaration;
    json!({
        "titre": depot.titre, "texte": depot.texte, "liens": depot.liens, "codes": depot.codes,
        "savoirs": depot.savoirs, "avec": depot.avec, "contexte": depot.contexte,
        "organisation": depot.organisation, "jusqu_au": depot.jusqu_au.as_ref().map(date::iso),
        "reelle": d.reelle, "ia": d.ia, "ia_precision": d.ia_precision, "personnes": d.personnes,
        "confidentiel": d.confidentiel, "fichiers": fichiers,
        "equipe": depot.equipe.iter().map(i64::to_string).collect::<Vec<_>>(), "part": depot.part,
    })
}

/// Its occasion, corrected: the past of a livret follows these lines.
fn correction(preuve: &Preuve, etudiant: &Etudiant, depot: &Depot) -> Acte {
    Acte {
        genre: "corriger_situation",
        cle: Uuid::new_v5(&depot.cle, b"situation"),
        etudiant_id: Some(etudiant.etudiant_id),
        situation_id: Some(preuve.situation_id),
        vecu_le: Some(depot.vecue_le),
        contenu: json!({
            "titre": depot.titre, "contexte": depot.contexte, "organisation": depot.organisation,
            "nature": "formatif", "visible_le": date::iso(&depot.vecue_le),
        }),
        ..Acte::default()
    }
}

impl Preuve {
    fn meme_occasion(&self, depot: &Depot) -> bool {
        self.vecue_le == depot.vecue_le
            && self.jusqu_au == depot.jusqu_au
            && self.contexte == depot.contexte
            && self.organisation == depot.organisation
    }

    /// Whose words these are; a student does not read the names of her class.
    pub fn auteur(&self) -> &str {
        if self.par.is_empty() { "une personne de votre équipe" } else { &self.par }
    }
}

async fn inscrire(
    db: &mut Db,
    qui: &impl InTheNameOf,
    depot: &Depot,
    (id, situation_id, version): (i64, i64, i64),
) -> Result<()> {
    let (le, d) = (db.le, &depot.declaration);
    sqlx::query!(
        "insert into livret.preuve (etablissement_id, preuve_id, situation_id, titre, texte, par, deposee_le, version,
                                    avec, reelle, ia, ia_precision, personnes, confidentiel)
         overriding system value values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id, situation_id, depot.titre, depot.texte, qui.personne_id(), le, version, depot.avec, d.reelle, d.ia,
        d.ia_precision, d.personnes, d.confidentiel
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Hers at once; her team mates say so themselves.
async fn partager(db: &mut Db, etudiant: &Etudiant, depot: &Depot, id: i64) -> Result<()> {
    let le = db.le;
    sqlx::query!(
        "insert into livret.preuve_etudiant (etablissement_id, preuve_id, etudiant_id, part, acceptee_le)
         values (livret.ici(), $1, $2, $3, $4)",
        id,
        etudiant.etudiant_id,
        depot.part,
        le
    )
    .execute(&mut **db)
    .await?;
    sqlx::query!(
        "insert into livret.preuve_etudiant (etablissement_id, preuve_id, etudiant_id)
         select livret.ici(), $1, e.etudiant_id from livret.equipiers($2) e where e.etudiant_id = any ($3)",
        id,
        etudiant.etudiant_id,
        &depot.equipe
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

async fn recrire(db: &mut Db, preuve: &Preuve, depot: &Depot, version: i64) -> Result<()> {
    let d = &depot.declaration;
    sqlx::query!(
        "with p as (
            update livret.preuve set titre = $2, texte = $3, avec = $4, reelle = $5, ia = $6, ia_precision = $7,
                   personnes = $8, confidentiel = $9, version = $10
             where etablissement_id = livret.ici() and preuve_id = $1),
           c as (delete from livret.preuve_sous_competence where etablissement_id = livret.ici() and preuve_id = $1),
           l as (delete from livret.preuve_lien where etablissement_id = livret.ici() and preuve_id = $1)
         delete from livret.preuve_savoir where etablissement_id = livret.ici() and preuve_id = $1",
        preuve.preuve_id, depot.titre, depot.texte, depot.avec, d.reelle, d.ia, d.ia_precision, d.personnes,
        d.confidentiel, version
    )
    .execute(&mut **db)
    .await?;
    sqlx::query!("select livret.rajeunir_demandes($1, $2)", preuve.preuve_id, version)
        .execute(&mut **db)
        .await?;
    if !preuve.meme_occasion(depot) || preuve.titre != depot.titre {
        sqlx::query!(
            "update livret.situation set titre = $2, contexte = $3, organisation = $4, vecue_le = $5, jusqu_au = $6,
                    visible_le = $5, version = $7
              where etablissement_id = livret.ici() and situation_id = $1",
            preuve.situation_id, depot.titre, depot.contexte, depot.organisation, depot.vecue_le, depot.jusqu_au,
            version
        )
        .execute(&mut **db)
        .await?;
    }
    Ok(())
}

/// The lists of a preuve, in one statement each.
async fn ranger(db: &mut Db, etudiant: &Etudiant, depot: &Depot, id: i64) -> Result<()> {
    sqlx::query!(
        "with s as (
            insert into livret.preuve_savoir (etablissement_id, preuve_id, edition_id, code)
            select distinct livret.ici(), $1::bigint, $2::uuid, code from unnest($3::text[]) code)
         insert into livret.preuve_sous_competence (etablissement_id, preuve_id, edition_id, code)
         select distinct livret.ici(), $1::bigint, $2::uuid, code from unnest($4::text[]) code",
        id,
        etudiant.edition_id,
        &depot.savoirs,
        &depot.codes
    )
    .execute(&mut **db)
    .await?;
    sqlx::query!(
        "insert into livret.preuve_lien (etablissement_id, preuve_id, rang, adresse)
         select livret.ici(), $1, rang, adresse from unnest($2::text[]) with ordinality l (adresse, rang)",
        id, &depot.liens
    )
    .execute(&mut **db)
    .await?;
    fichier::attacher(db, id, &depot.fichiers).await
}
