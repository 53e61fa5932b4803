//! The address book of the school: organisations, and the people there who look after a trainee.
use uuid::Uuid;

use crate::{
    app::Db,
    compte::Enseignant,
    error::{Error, Result},
    journal::{self, Acte, Plume},
    referentiel::replier,
};

/// What is said of an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coordonnees {
    pub nom: String,
    /// Fourteen digits.
    pub siret: Option<String>,
    pub secteur: String,
    pub adresse: String,
    pub code_postal: String,
    pub ville: String,
    pub telephone: String,
    pub mel: String,
}

/// An organisation of the book.
#[derive(Debug, Clone)]
pub struct Organisation {
    pub organisation_id: i64,
    pub fiche: Coordonnees,
    /// How many periods were or will be there.
    pub periodes: i64,
    pub version: i64,
}

impl Organisation {
    /// « Boulangerie Petit, Lyon ».
    pub fn en_mots(&self) -> String {
        if self.fiche.ville.is_empty() {
            self.fiche.nom.clone()
        } else {
            format!("{}, {}", self.fiche.nom, self.fiche.ville)
        }
    }
}

/// What is said of a tutor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Personne {
    pub civilite: Option<String>,
    pub nom: String,
    pub prenom: String,
    pub fonction: String,
    pub mel: String,
    pub telephone: String,
}

/// A tutor of the book.
#[derive(Debug, Clone)]
pub struct Tuteur {
    pub tuteur_id: i64,
    pub organisation_id: i64,
    pub organisation: String,
    pub personne: Personne,
    pub version: i64,
}

impl Tuteur {
    /// « M. Paul PETIT ».
    pub fn appellation(&self) -> String {
        let p = &self.personne;
        let mots = [p.civilite.as_deref().unwrap_or_default(), &p.prenom, &p.nom];
        mots.into_iter().filter(|m| !m.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// The whole book, in the order of French lists.
pub async fn organisations(db: &mut Db) -> Result<Vec<Organisation>> {
    let lignes = sqlx::query!(
        r#"select organisation_id, nom, siret, secteur, adresse, code_postal, ville, telephone, mel, version,
                  (select count(*) from livret.periode p where p.etablissement_id = o.etablissement_id
                      and p.organisation_id = o.organisation_id and not p.annulee) as "periodes!"
             from livret.organisation o where etablissement_id = livret.ici()
            order by nom collate "fr-x-icu", ville collate "fr-x-icu", organisation_id"#
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes
        .into_iter()
        .map(|l| Organisation {
            organisation_id: l.organisation_id,
            fiche: Coordonnees {
                nom: l.nom,
                siret: l.siret,
                secteur: l.secteur,
                adresse: l.adresse,
                code_postal: l.code_postal,
                ville: l.ville,
                telephone: l.telephone,
                mel: l.mel,
            },
            periodes: l.periodes,
            version: l.version,
        })
        .collect())
}

pub async fn organisation(db: &mut Db, id: i64) -> Result<Organisation> {
    let toutes = organisations(db).await?;
    toutes.into_iter().find(|o| o.organisation_id == id).ok_or(Error::NotFound)
}

/// Every tutor of the book.
pub async fn tuteurs(db: &mut Db) -> Result<Vec<Tuteur>> {
    let lignes = sqlx::query!(
        r#"select t.tuteur_id, t.organisation_id, o.nom as organisation, p.civilite, p.nom, p.prenom, t.fonction,
                  t.mel, t.telephone, t.version
             from livret.tuteur t
             join livret.organisation o using (etablissement_id, organisation_id)
             join livret.personne p on p.etablissement_id = t.etablissement_id and p.personne_id = t.tuteur_id
            where t.etablissement_id = livret.ici()
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", t.tuteur_id"#
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes
        .into_iter()
        .map(|l| Tuteur {
            tuteur_id: l.tuteur_id,
            organisation_id: l.organisation_id,
            organisation: l.organisation,
            personne: Personne {
                civilite: l.civilite,
                nom: l.nom,
                prenom: l.prenom,
                fonction: l.fonction,
                mel: l.mel,
                telephone: l.telephone,
            },
            version: l.version,
        })
        .collect())
}

/// Those of the book that may be the same one: the same SIRET, or the same name once accents, case and spaces are put aside.
pub fn homonymes<'a>(connues: &'a [Organisation], nouvelle: &Coordonnees) -> Vec<&'a Organisation> {
    let nom = replier(&nouvelle.nom);
    let meme = |o: &&Organisation| {
        (nouvelle.siret.is_some() && o.fiche.siret == nouvelle.siret)
            || replier(&o.fiche.nom) == nom
    };
    connues.iter().filter(meme).collect()
}

fn dite(coordonnees: &Coordonnees) -> serde_json::Value {
    serde_json::json!({
        "nom": coordonnees.nom, "siret": coordonnees.siret, "secteur": coordonnees.secteur, "adresse": coordonnees.adresse,
        "code_postal": coordonnees.code_postal, "ville": coordonnees.ville, "telephone": coordonnees.telephone, "mel": coordonnees.mel,
    })
}

impl Enseignant {
    /// Writes an organisation in the book, with the pen already in hand.
    pub(super) async fn inscrire_organisation(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        coordonnees: &Coordonnees,
        cle: Uuid,
    ) -> Result<i64> {
        let acte = Acte {
            genre: "inscrire_organisation",
            cle,
            contenu: dite(coordonnees),
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        Ok(sqlx::query_scalar!(
            "insert into livret.organisation (etablissement_id, nom, siret, secteur, adresse, code_postal, ville, telephone, mel, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9) returning organisation_id",
            coordonnees.nom, coordonnees.siret, coordonnees.secteur, coordonnees.adresse, coordonnees.code_postal, coordonnees.ville, coordonnees.telephone, coordonnees.mel, version
        )
        .fetch_one(&mut **db)
        .await?)
    }

    /// Corrects an organisation of the book: every period that was there shows it.
    ///
    /// # Errors
    /// A colleague corrected it since it was read.
    pub async fn corriger_organisation(
        &self,
        db: &mut Db,
        lue: &Organisation,
        coordonnees: &Coordonnees,
        (version, cle): (i64, Uuid),
    ) -> Result<()> {
        let mut contenu = dite(coordonnees);
        contenu["organisation"] = lue.organisation_id.to_string().into();
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("corriger_organisation", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuelle = organisation(db, lue.organisation_id).await?;
        if actuelle.version != version {
            return Err(Error::Conflict(format!(
                "Cette organisation vient d’être corrigée\u{a0}: {}, {} {}. Relisez, puis enregistrez de nouveau.",
                actuelle.fiche.nom, actuelle.fiche.code_postal, actuelle.fiche.ville
            )));
        }
        let acte = Acte { genre: "corriger_organisation", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.organisation
                set nom = $2, siret = $3, secteur = $4, adresse = $5, code_postal = $6, ville = $7, telephone = $8, mel = $9,
                    version = $10
              where etablissement_id = livret.ici() and organisation_id = $1",
            lue.organisation_id, coordonnees.nom, coordonnees.siret, coordonnees.secteur, coordonnees.adresse, coordonnees.code_postal, coordonnees.ville,
            coordonnees.telephone, coordonnees.mel, version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Writes a tutor in the book, with the pen already in hand.
    pub(super) async fn inscrire_tuteur(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        (organisation_id, p): (i64, &Personne),
        cle: Uuid,
    ) -> Result<i64> {
        let contenu = serde_json::json!({
            "organisation": organisation_id.to_string(), "civilite": p.civilite, "nom": p.nom, "prenom": p.prenom,
            "fonction": p.fonction, "mel": p.mel, "telephone": p.telephone,
        });
        let acte = Acte { genre: "inscrire_tuteur", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let tuteur_id = sqlx::query_scalar!(
            r#"select livret.nommer_tuteur($1, $2, $3) as "id!""#,
            p.civilite,
            p.nom,
            p.prenom
        )
        .fetch_one(&mut **db)
        .await?;
        sqlx::query!(
            "insert into livret.tuteur (etablissement_id, tuteur_id, organisation_id, fonction, mel, telephone, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6)",
            tuteur_id,
            organisation_id,
            p.fonction,
            p.mel,
            p.telephone,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(tuteur_id)
    }
}
