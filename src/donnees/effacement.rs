//! Anonymising: what is known of a person goes, her name becomes a number, the journal keeps its seals.
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use time::PrimitiveDateTime;
use uuid::Uuid;

use super::{
    annotation,
    export::nom_de,
    noms::{Motif, Nommee},
};
use crate::{
    app::{Db, InTheNameOf},
    compte::Administrateur,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume, efface},
};

/// Why somebody is forgotten.
pub const RAISONS: [(&str, &str); 3] = [
    ("echeance", "la durée de conservation est passée"),
    ("demande", "la personne l’a demandé"),
    ("erreur", "cette personne a été inscrite par erreur"),
];

/// How somebody is to be forgotten.
#[derive(Debug, Clone)]
pub struct Voulu {
    pub raison: String,
    /// Her nom and her prénom alone are taken out of what others wrote too.
    pub seuls: bool,
}

/// A table, and how many of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compte {
    pub nom: String,
    pub nombre: i64,
}

impl Compte {
    pub fn titre(&self) -> &str {
        annotation::titre(&self.nom)
    }
}

/// What goes, or went.
#[derive(Debug, Default)]
pub struct Bilan {
    pub supprimes: Vec<Compte>,
    pub vides: Vec<Compte>,
    pub mentions: Vec<Compte>,
    /// Lines of the journal whose content goes.
    pub effacees: Vec<i64>,
    /// Lines where a name is replaced.
    pub mentionnees: Vec<i64>,
    /// Bytes to be taken out of the store.
    pub octets: Vec<Vec<u8>>,
}

/// Words around a name, in what somebody else wrote.
#[derive(Debug, Clone)]
pub struct Extrait {
    pub nom: String,
    pub extrait: String,
}

impl Extrait {
    pub fn titre(&self) -> &str {
        annotation::titre(&self.nom)
    }
}

/// What would go, before it is decided.
#[derive(Debug)]
pub struct Apercu {
    pub motif: Motif,
    pub bilan: Bilan,
    pub extraits: Vec<Extrait>,
}

/// What the certificate says: a number, counts, a date.
#[derive(Debug, Clone)]
pub struct Certificat {
    pub personne_id: i64,
    pub le: PrimitiveDateTime,
    pub lignes: i64,
    pub mentions: i64,
    pub comptes: Vec<Compte>,
    /// The act, and its fingerprint.
    pub acte: i64,
    empreinte: Vec<u8>,
}

impl Certificat {
    /// By groups of eight, so that it wraps.
    pub fn empreinte(&self) -> String {
        self.empreinte.chunks(4).map(hex::encode).collect::<Vec<_>>().join(" ")
    }
}

/// Who is to be forgotten, with what names her.
async fn nommee(db: &mut Db, qui: i64, seuls: bool) -> Result<Motif> {
    let elle = sqlx::query!(
        "select nom, prenom from livret.personne where etablissement_id = livret.ici() and personne_id = $1",
        qui
    )
    .fetch_optional(&mut **db)
    .await?
    .ok_or(Error::NotFound)?;
    let traces = sqlx::query_scalar!(r#"select t as "t!" from livret.traces_de($1) t"#, qui)
        .fetch_all(&mut **db)
        .await?;
    let autres = sqlx::query_scalar!(
        r#"select distinct x as "x!" from livret.personne p, unnest(array[p.nom, p.prenom]) x
            where p.etablissement_id = livret.ici() and p.personne_id <> $1"#,
        qui
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(Motif::de(&Nommee { nom: elle.nom, prenom: elle.prenom, traces }, &autres, seuls))
}

/// Runs the forgetting, or counts what it would do.
async fn effacer(db: &mut Db, qui: i64, motif: &Motif, pour_de_bon: bool) -> Result<Bilan> {
    sqlx::query!("select set_config('statement_timeout', '50s', true) as a")
        .fetch_one(&mut **db)
        .await?;
    let (mot, le) = (format!("n° {qui}"), db.le);
    let dits = sqlx::query!(
        r#"select quoi as "quoi!", nom as "nom!", nombre as "nombre!" from livret.effacer($1, $2, $3, $4, $5)"#,
        qui,
        motif.expression,
        mot,
        le,
        pour_de_bon
    )
    .fetch_all(&mut **db)
    .await
    .on_constraint("une_conservation_retient", Error::Refused(RETENUE.into()))
    .map_err(|e| match &e {
        Error::Sql(sqlx::Error::Database(d)) if d.constraint() == Some("une_archive_retient") => {
            Error::Refused(ARCHIVEE.into())
        }
        _ => e,
    })?;
    let mut bilan = Bilan::default();
    let rangs = |t: &str| t.split(',').filter_map(|n| n.parse().ok()).collect::<Vec<i64>>();
    for d in dits {
        let vers = match d.quoi.as_str() {
            "supprime" => &mut bilan.supprimes,
            "vide" => &mut bilan.vides,
            "mention" => &mut bilan.mentions,
            "octets" => {
                bilan.octets.extend(hex::decode(&d.nom));
                continue;
            }
            "effacees" => {
                bilan.effacees = rangs(&d.nom);
                continue;
            }
            _ => {
                bilan.mentionnees = rangs(&d.nom);
                continue;
            }
        };
        // A table may have several columns.
        match vers.iter_mut().find(|c| c.nom == d.nom) {
            Some(c) => c.nombre += d.nombre,
            None => vers.push(Compte { nom: d.nom, nombre: d.nombre }),
        }
    }
    Ok(bilan)
}

const RETENUE: &str = "Les données de cette personne sont conservées pour un recours. Levez-le d’abord, quand il est terminé.";
const ARCHIVEE: &str = "Son dossier d’évaluation est archivé, à la disposition du jury. Il est détruit par un acte quand \
    sa date est passée\u{a0}; elle pourra ensuite être anonymisée.";

/// The act itself, whoever does it: an administrator, or the program after a restore.
pub(super) async fn anonymiser(
    db: &mut Db,
    par: &impl InTheNameOf,
    qui: i64,
    voulu: &Voulu,
    cle: Uuid,
) -> Result<Bilan> {
    let mut plume = Plume::prendre(db, par).await?;
    if let Some(deja) = plume.deja(db, cle).await? {
        let numero = qui.to_string();
        let meme = deja.genre == efface::GENRE
            && deja.contenu["personne"].as_str() == Some(numero.as_str());
        return if meme { Ok(Bilan::default()) } else { Err(journal::cle_reprise()) };
    }
    if certificat(db, qui).await?.is_some() {
        return Err(Error::Conflict(
            "Cette personne est déjà anonymisée\u{a0}: son certificat le dit.".into(),
        ));
    }
    let motif = nommee(db, qui, voulu.seuls).await?;
    let bilan = effacer(db, qui, &motif, true).await?;
    let comptes: Vec<Compte> = [&bilan.supprimes[..], &bilan.vides, &bilan.mentions].concat();
    let contenu = json!({
        "personne": qui.to_string(), "raison": voulu.raison, "effacees": efface::dire(&bilan.effacees),
        "mentions": efface::dire(&bilan.mentionnees), "fichiers": bilan.octets.len(),
        "comptes": comptes.iter().map(|c| json!({ "table": c.nom, "nombre": c.nombre })).collect::<Vec<_>>(),
    });
    let acte = Acte { genre: efface::GENRE, cle, contenu, ..Acte::default() };
    let version = plume.ecrire(db, acte).await?;
    sqlx::query!(
        "update livret.anonymisation set comptes = $2, version = $3
          where etablissement_id = livret.ici() and personne_id = $1",
        qui,
        Json(&bilan.supprimes) as _,
        version
    )
    .execute(&mut **db)
    .await?;
    Ok(bilan)
}

/// What is left to say of somebody who was anonymised.
pub async fn certificat(db: &mut Db, qui: i64) -> Result<Option<Certificat>> {
    let dit = sqlx::query!(
        r#"select a.le at time zone e.fuseau as "le!", a.lignes, a.mentions, a.comptes as "comptes: Json<Vec<Compte>>",
                  v.seq, v.empreinte
             from livret.anonymisation a
             join livret.etablissement e using (etablissement_id)
             join livret.evenement v on v.etablissement_id = a.etablissement_id and v.seq = a.version
            where a.etablissement_id = livret.ici() and a.personne_id = $1"#,
        qui
    )
    .fetch_optional(&mut **db)
    .await?;
    Ok(dit.map(|d| Certificat {
        personne_id: qui,
        le: d.le,
        lignes: d.lignes,
        mentions: d.mentions,
        comptes: d.comptes.0,
        acte: d.seq,
        empreinte: d.empreinte,
    }))
}

impl Administrateur {
    /// What would go, and where others name her.
    pub async fn apercu(&self, db: &mut Db, qui: i64, seuls: bool) -> Result<Apercu> {
        let motif = nommee(db, qui, seuls).await?;
        let bilan = effacer(db, qui, &motif, false).await?;
        let extraits = sqlx::query_as!(
            Extrait,
            r#"select nom as "nom!", extrait as "extrait!" from livret.extraits($1, $2) where extrait is not null limit 60"#,
            qui,
            motif.expression
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(Apercu { motif, bilan, extraits })
    }

    /// Forgets a person of the school, for good.
    ///
    /// # Errors
    /// It is oneself; she is kept for a dispute or for the jury; she is forgotten already.
    pub async fn anonymiser(
        &self,
        db: &mut Db,
        qui: i64,
        voulu: &Voulu,
        cle: Uuid,
    ) -> Result<Bilan> {
        nom_de(db, qui).await?;
        if qui == self.personne_id() {
            return Err(Error::Refused(
                "Vous ne pouvez pas vous anonymiser vous-même. Demandez à un autre administrateur."
                    .into(),
            ));
        }
        anonymiser(db, self, qui, voulu, cle).await
    }
}
