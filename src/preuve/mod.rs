//! Evidence: what was done, where, when, and the sous-compétences that it shows.
pub mod depot;
pub mod fichier;
mod formulaire;
pub mod pages;
mod saisie;

use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::{Enseignant, Moi},
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    situation::{self, Occasion},
};

pub use fichier::{Fichier, attacher, fichiers_de};

/// What is recorded, checked.
pub struct Depot {
    pub titre: String,
    pub texte: String,
    pub contexte: String,
    pub organisation: Option<String>,
    pub vecue_le: Date,
    pub jusqu_au: Option<Date>,
    pub liens: Vec<String>,
    pub codes: Vec<String>,
    /// Files that were received before, by their numbers.
    pub fichiers: Vec<i64>,
    pub cle: Uuid,
}

/// A preuve as it is read.
#[derive(Debug, Clone)]
pub struct Preuve {
    pub etudiant_id: i64,
    pub preuve_id: i64,
    pub titre: String,
    pub texte: String,
    pub contexte: String,
    pub organisation: Option<String>,
    pub vecue_le: Date,
    pub jusqu_au: Option<Date>,
    pub par: String,
    pub deposee_le: PrimitiveDateTime,
    pub codes: Vec<String>,
    pub liens: Vec<String>,
    pub fichiers: Vec<String>,
}

/// The preuves of these students, latest first; only that one when it is named.
pub async fn preuves_de(
    db: &mut Db,
    etudiants: &[Etudiant],
    seule: Option<i64>,
) -> Result<Vec<Preuve>> {
    let etudiants: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    Ok(sqlx::query_as!(
            Preuve,
            r#"select pe.etudiant_id, p.preuve_id, p.titre, p.texte, s.contexte, s.organisation, s.vecue_le, s.jusqu_au,
                      concat_ws(' ', par.civilite, case when par.civilite is null then par.prenom end, par.nom) as "par!",
                      p.deposee_le at time zone e.fuseau as "deposee_le!",
                      array(select code from livret.preuve_sous_competence c
                             where c.etablissement_id = p.etablissement_id and c.preuve_id = p.preuve_id
                             order by code) as "codes!",
                      array(select adresse from livret.preuve_lien l
                             where l.etablissement_id = p.etablissement_id and l.preuve_id = p.preuve_id
                             order by rang) as "liens!",
                      array(select nom from livret.fichier f
                             where f.etablissement_id = p.etablissement_id and f.preuve_id = p.preuve_id
                             order by rang) as "fichiers!"
                 from livret.preuve_etudiant pe
                 join livret.preuve p using (etablissement_id, preuve_id)
                 join livret.situation s using (etablissement_id, situation_id)
                 join livret.etablissement e using (etablissement_id)
                 join livret.personne par on par.etablissement_id = p.etablissement_id and par.personne_id = p.par
                where pe.etablissement_id = livret.ici() and pe.etudiant_id = any ($1)
                  and ($2::bigint is null or p.preuve_id = $2)
                order by s.vecue_le desc, p.preuve_id desc"#,
            &etudiants, seule
        )
        .fetch_all(&mut **db)
        .await?)
}

impl Etudiant {
    /// Her preuves, latest first; only that one when it is named. What is not hers does not exist.
    pub async fn preuves(&self, db: &mut Db, seule: Option<i64>) -> Result<Vec<Preuve>> {
        preuves_de(db, std::slice::from_ref(self), seule).await
    }

    pub async fn preuve(&self, db: &mut Db, id: i64) -> Result<Preuve> {
        self.preuves(db, Some(id)).await?.pop().ok_or(Error::NotFound)
    }
}

impl Moi {
    /// Records a preuve in my livret.
    pub async fn deposer(&self, db: &mut Db, etudiant: &Etudiant, depot: &Depot) -> Result<i64> {
        deposer(db, self, etudiant, depot).await
    }
}

impl Enseignant {
    /// Records a preuve for one of my students.
    pub async fn deposer(&self, db: &mut Db, etudiant: &Etudiant, depot: &Depot) -> Result<i64> {
        deposer(db, self, etudiant, depot).await
    }
}

async fn deposer(
    db: &mut Db,
    qui: &impl InTheNameOf,
    etudiant: &Etudiant,
    depot: &Depot,
) -> Result<i64> {
    let mut plume = Plume::prendre(db, qui).await?;
    if let Some(deja) = plume.deja(db, depot.cle).await? {
        let meme = deja.genre == "deposer_preuve" && deja.etudiant_id == Some(etudiant.etudiant_id);
        return deja.preuve_id.filter(|_| meme).ok_or_else(journal::cle_reprise);
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
    let situation_id = situation::ouvrir(db, &mut plume, qui, &occasion).await?;
    let id = sqlx::query_scalar!(
        r#"select nextval(pg_get_serial_sequence('livret.preuve', 'preuve_id')) as "id!""#
    )
    .fetch_one(&mut **db)
    .await?;
    let acte = Acte {
        genre: "deposer_preuve",
        cle: depot.cle,
        etudiant_id: Some(etudiant.etudiant_id),
        situation_id: Some(situation_id),
        preuve_id: Some(id),
        vecu_le: Some(depot.vecue_le),
        contenu: serde_json::json!({
            "titre": depot.titre, "texte": depot.texte, "liens": depot.liens, "codes": depot.codes,
            "jusqu_au": depot.jusqu_au.as_ref().map(date::iso),
            "fichiers": fichiers.iter().map(Fichier::empreinte).collect::<Vec<_>>(),
        }),
        ..Acte::default()
    };
    let version = plume.ecrire(db, acte).await?;
    ranger(db, qui, etudiant, depot, (id, situation_id, version)).await?;
    Ok(id)
}

/// The rows of a preuve, in one statement each.
async fn ranger(
    db: &mut Db,
    qui: &impl InTheNameOf,
    etudiant: &Etudiant,
    depot: &Depot,
    numeros: (i64, i64, i64),
) -> Result<()> {
    let (id, situation_id, version) = numeros;
    let le = db.le;
    sqlx::query!(
        "insert into livret.preuve (etablissement_id, preuve_id, situation_id, titre, texte, par, deposee_le, version)
         overriding system value values (livret.ici(), $1, $2, $3, $4, $5, $6, $7)",
        id, situation_id, depot.titre, depot.texte, qui.personne_id(), le, version
    )
    .execute(&mut **db)
    .await?;
    sqlx::query!(
        "insert into livret.preuve_etudiant (etablissement_id, preuve_id, etudiant_id) values (livret.ici(), $1, $2)",
        id, etudiant.etudiant_id
    )
    .execute(&mut **db)
    .await?;
    sqlx::query!(
        "insert into livret.preuve_sous_competence (etablissement_id, preuve_id, edition_id, code)
         select distinct livret.ici(), $1::bigint, $2::uuid, code from unnest($3::text[]) code",
        id,
        etudiant.edition_id,
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
