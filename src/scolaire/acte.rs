//! Filling the livret scolaire, a rubrique for many students at once.
use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::{
    Bulletin, Candidat, Conseil, Rubrique, Scolaire, Valeur,
    forme::{colonnes, en_mots},
    lire,
};
use crate::{
    app::Db,
    compte::Enseignant,
    error::Result,
    journal::{Acte, Plume},
    promotion::Promotion,
};

/// What is wanted of a rubrique for a student, and the version that was read.
#[derive(Debug, Clone)]
pub struct Voulue {
    pub rubrique: Rubrique,
    pub etudiant_id: i64,
    pub valeur: Valeur,
    pub version: i64,
}

/// What became of it: all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ecrit {
    /// As many lines as changed.
    Fait(usize),
    /// Colleagues wrote since it was read: rubrique, student, and what to do.
    Depasse(Vec<(Rubrique, i64, String)>),
    /// It is closed, or known no more: the message says what to do.
    Ferme(String),
}

impl Enseignant {
    /// Fills rubriques of a promotion of mine; what is so already is written no second time, and a student who is not in it is
    /// passed over. Any teacher of the promotion may: the journal says who.
    ///
    /// # Errors
    /// The database.
    pub async fn remplir_scolaire(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        voulues: &[Voulue],
        cle: Uuid,
    ) -> Result<Ecrit> {
        let mut plume = Plume::prendre(db, self).await?;
        let jour = self.aujourd_hui();
        let Some(scolaire) = lire(db, promotion, jour).await? else {
            return Ok(Ecrit::Ferme(SANS_MODELE.into()));
        };
        let presente = |id: i64| scolaire.etudiants.iter().any(|e| e.id() == id);
        let change = |v: &&Voulue| {
            presente(v.etudiant_id) && scolaire.valeur(&v.rubrique, v.etudiant_id) != v.valeur
        };
        let changees: Vec<&Voulue> = voulues.iter().filter(change).collect();
        if changees.is_empty() {
            return Ok(Ecrit::Fait(0));
        }
        if let Some(depuis) = &scolaire.arrete {
            return Ok(Ecrit::Ferme(format!(
                "Le livret scolaire est arrêté depuis le {depuis}\u{a0}: demandez à la coordination de le rouvrir, \
                 puis enregistrez de nouveau. Votre saisie est ci-dessous."
            )));
        }
        let depassees: Vec<_> = changees.iter().filter_map(|v| depassee(&scolaire, v)).collect();
        if !depassees.is_empty() {
            return Ok(Ecrit::Depasse(depassees));
        }
        let acte = |v: &&Voulue| dit(promotion, v, cle);
        let versions = plume.ecrire_lot(db, changees.iter().map(acte).collect()).await?;
        let lignes: Vec<(&Voulue, i64)> = changees.into_iter().zip(versions).collect();
        inscrire(db, promotion.promotion_id, &lignes).await?;
        Ok(Ecrit::Fait(lignes.len()))
    }
}

const SANS_MODELE: &str = "Aucun modèle officiel de livret scolaire n’est connu pour la session de cette promotion. \
    Demandez à l’administration de vérifier l’année d’examen.";

/// A colleague said something else since it was read: both, in words.
fn depassee(scolaire: &Scolaire, v: &Voulue) -> Option<(Rubrique, i64, String)> {
    if scolaire.lue(&v.rubrique, v.etudiant_id) == v.version {
        return None;
    }
    let colonnes = colonnes(scolaire.modele, scolaire.decoupage, &v.rubrique);
    let ligne = scolaire.ligne(&v.rubrique, v.etudiant_id);
    let qui = ligne.map_or_else(|| "personne".to_owned(), super::Ligne::signature);
    let actuelle = scolaire.valeur(&v.rubrique, v.etudiant_id);
    let message = format!(
        "{qui}, a écrit entre-temps\u{a0}: {}. Vous vouliez\u{a0}: {}. Votre saisie est gardée ci-dessous\u{a0}: \
         enregistrez de nouveau pour la mettre, ou recopiez la sienne.",
        en_mots(&colonnes, &actuelle),
        en_mots(&colonnes, &v.valeur)
    );
    Some((v.rubrique.clone(), v.etudiant_id, message))
}

/// The line of the journal. No student is named as such: she reads the lines that name her.
fn dit(promotion: &Promotion, v: &Voulue, cle: Uuid) -> Acte {
    let cle = Uuid::new_v5(&cle, format!("{}-{}", v.rubrique.code(), v.etudiant_id).as_bytes());
    let contenu = json!({
        "promotion": promotion.promotion_id.to_string(), "etudiant": v.etudiant_id.to_string(),
        "rubrique": v.rubrique.code(), "valeur": v.valeur.contenu(),
    });
    Acte { genre: v.rubrique.acte(), cle, contenu, ..Acte::default() }
}

/// All at once, whatever their number.
async fn inscrire(db: &mut Db, promotion_id: i64, lignes: &[(&Voulue, i64)]) -> Result<()> {
    let (mut bulletins, mut conseils, mut candidats) = (vec![], vec![], vec![]);
    for (v, version) in lignes {
        match &v.valeur {
            Valeur::Bulletin(b) => bulletins.push((v.etudiant_id, v.rubrique.code(), b, *version)),
            Valeur::Conseil(c) => conseils.push((v.etudiant_id, c, *version)),
            Valeur::Candidat(c) => candidats.push((v.etudiant_id, c, *version)),
        }
    }
    inscrire_bulletins(db, promotion_id, &bulletins).await?;
    inscrire_conseils(db, promotion_id, &conseils).await?;
    inscrire_candidats(db, promotion_id, &candidats).await
}

async fn inscrire_bulletins(
    db: &mut Db,
    promotion_id: i64,
    lignes: &[(i64, &str, &Bulletin, i64)],
) -> Result<()> {
    let moyennes: Vec<Option<i32>> = lignes.iter().flat_map(|l| l.2.moyennes).collect();
    sqlx::query!(
        "insert into certification.scolaire_bulletin (etablissement_id, promotion_id, etudiant_id, enseignement,
                                                      moyennes, appreciation, version)
         select livret.ici(), $1, b.etudiant_id, b.enseignement, ($4::int[])[(b.n - 1) * 6 + 1 : b.n * 6],
                b.appreciation, b.version
           from unnest($2::bigint[], $3::text[], $5::text[], $6::bigint[])
                with ordinality b (etudiant_id, enseignement, appreciation, version, n)
         on conflict (etablissement_id, promotion_id, etudiant_id, enseignement) do update
            set moyennes = excluded.moyennes, appreciation = excluded.appreciation, version = excluded.version",
        promotion_id,
        &lignes.iter().map(|l| l.0).collect::<Vec<_>>(),
        &lignes.iter().map(|l| l.1.to_owned()).collect::<Vec<_>>(),
        &moyennes as &[Option<i32>],
        &lignes.iter().map(|l| l.2.appreciation.clone()).collect::<Vec<_>>(),
        &lignes.iter().map(|l| l.3).collect::<Vec<_>>()
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

async fn inscrire_conseils(
    db: &mut Db,
    promotion_id: i64,
    lignes: &[(i64, &Conseil, i64)],
) -> Result<()> {
    sqlx::query!(
        "insert into certification.scolaire_conseil (etablissement_id, promotion_id, etudiant_id, avis, observations, pix,
                                                     version)
         select livret.ici(), $1, c.* from unnest($2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::bigint[]) c
         on conflict (etablissement_id, promotion_id, etudiant_id) do update
            set avis = excluded.avis, observations = excluded.observations, pix = excluded.pix, version = excluded.version",
        promotion_id,
        &lignes.iter().map(|l| l.0).collect::<Vec<_>>(),
        &lignes.iter().map(|l| l.1.avis.clone()).collect::<Vec<_>>() as &[Option<String>],
        &lignes.iter().map(|l| l.1.observations.clone()).collect::<Vec<_>>(),
        &lignes.iter().map(|l| l.1.pix).collect::<Vec<_>>() as &[Option<bool>],
        &lignes.iter().map(|l| l.2).collect::<Vec<_>>()
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

async fn inscrire_candidats(
    db: &mut Db,
    promotion_id: i64,
    lignes: &[(i64, &Candidat, i64)],
) -> Result<()> {
    sqlx::query!(
        "insert into certification.scolaire_candidat (etablissement_id, promotion_id, etudiant_id, naissance, lieu, ine,
                                                      langue, version)
         select livret.ici(), $1, c.*
           from unnest($2::bigint[], $3::date[], $4::text[], $5::text[], $6::text[], $7::bigint[]) c
         on conflict (etablissement_id, promotion_id, etudiant_id) do update
            set naissance = excluded.naissance, lieu = excluded.lieu, ine = excluded.ine, langue = excluded.langue,
                version = excluded.version",
        promotion_id,
        &lignes.iter().map(|l| l.0).collect::<Vec<_>>(),
        &lignes.iter().map(|l| l.1.naissance).collect::<Vec<_>>() as &[Option<Date>],
        &lignes.iter().map(|l| l.1.lieu.clone()).collect::<Vec<_>>(),
        &lignes.iter().map(|l| l.1.ine.clone()).collect::<Vec<_>>() as &[Option<String>],
        &lignes.iter().map(|l| l.1.langue.clone()).collect::<Vec<_>>(),
        &lignes.iter().map(|l| l.2).collect::<Vec<_>>()
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}
