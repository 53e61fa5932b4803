//! The dossier, read at once: as many queries for one candidate as for a promotion, all at the moment of the transaction.
use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::{
    composition::{Sien, candidat},
    dossier::{self, Dossier},
    lecteur::Ouverte,
};
use crate::{
    app::Db, date, error::Result, etudiant::Etudiant, examen, fiche, journal, preuve, progression,
    referentiel, stage, validation,
};

/// Her latest auto-positionnement, by student and sous-compétence.
type Soi = HashMap<(i64, String), String>;

impl Ouverte {
    /// The candidates who are in it today.
    pub async fn candidats(&mut self) -> Result<Vec<Etudiant>> {
        let jour = self.lecteur.compte().aujourd_hui();
        self.promotion.etudiants(&mut self.db, jour).await
    }

    /// These candidates, with all that leaves of them.
    pub async fn dossier(&mut self, etudiants: &[Etudiant]) -> Result<Dossier> {
        let (db, promotion) = (&mut self.db, &self.promotion);
        let compte = self.lecteur.compte();
        let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
        let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
        let reglage = promotion.reglage(db).await?;
        let examen = examen::lire(db, promotion.promotion_id, &edition).await?;
        let mut tous = progression::positionnes(db, &edition, &ids).await?;
        let mut preuves = preuve::preuves_de(db, etudiants, None).await?;
        let mut fiches = fiche::fiches(db, promotion.promotion_id, &ids).await?;
        let stages = stage::stages(db, promotion.promotion_id, &ids).await?;
        let arrets = validation::arrets(db, &ids).await?;
        let decisions = validation::decisions(db, edition.edition_id, &ids).await?;
        let decisions = validation::par_case(decisions);
        let soi = soi(db, edition.edition_id, &ids).await?;
        let places = places(db, promotion.promotion_id).await?;
        let mut candidats = Vec::with_capacity(etudiants.len());
        for etudiant in etudiants {
            let id = etudiant.id();
            let siens = tous.extract_if(.., |p| p.etudiant_id == id).collect();
            candidats.push(candidat(&Sien {
                etudiant,
                edition: &edition,
                examen: examen.as_ref(),
                jour: compte.aujourd_hui(),
                place: places.get(&id).copied().unwrap_or_default(),
                volets: progression::volets(&edition, &reglage, siens),
                preuves: preuves.extract_if(.., |p| p.etudiant_id == id).collect(),
                fiches: fiches.extract_if(.., |f| f.etudiant_id == id).collect(),
                stages: &stages,
                arret: arrets.get(&id),
                decisions: &decisions,
                soi: &soi,
            }));
        }
        let (temoin, ecole) = (journal::temoin(db).await?, dossier::ecole(db).await?);
        Ok(Dossier {
            etablissement: compte.etablissement().to_owned(),
            uai: ecole.uai,
            promotion: promotion.nom.clone(),
            annee_examen: promotion.annee_examen,
            diplome: edition.intitule.clone(),
            edition: edition.code.clone(),
            edite_le: date::instant(&compte.ici_le()),
            jour: dossier::jour_du_document(compte.aujourd_hui()),
            edite_par: compte.appellation(),
            fictif: ecole.fictif,
            anonyme: false,
            temoin: temoin.into(),
            regle: reglage.regle.intitule(),
            regle_en_mots: format!("{}. {}", reglage.en_mots(), reglage.regle.explication()),
            fraicheur: reglage.fraicheur,
            legende: dossier::legende(&edition),
            candidats,
        })
    }
}

/// What these students last said of themselves: the demandes that they withdrew say nothing.
async fn soi(db: &mut Db, edition: Uuid, etudiants: &[i64]) -> Result<Soi> {
    let lignes = sqlx::query!(
        r#"select distinct on (d.etudiant_id, l.code) d.etudiant_id, l.code, l.niveau as "niveau!"
             from livret.demande d
             join livret.demande_ligne l using (etablissement_id, demande_id)
            where d.etablissement_id = livret.ici() and d.etudiant_id = any ($2) and l.edition_id = $1
              and l.niveau is not null and d.etat <> 'retiree'
            order by d.etudiant_id, l.code, d.demande_id desc"#,
        edition,
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.into_iter().map(|l| ((l.etudiant_id, l.code), l.niveau)).collect())
}

/// The place of each who was ever of a promotion: who comes or leaves later changes nobody's.
async fn places(db: &mut Db, promotion_id: i64) -> Result<BTreeMap<i64, i64>> {
    let lignes = sqlx::query!(
        r#"select etudiant_id, row_number() over (order by min(du), etudiant_id) as "place!"
             from livret.inscription
            where etablissement_id = livret.ici() and promotion_id = $1
            group by etudiant_id"#,
        promotion_id
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.into_iter().map(|l| (l.etudiant_id, l.place)).collect())
}
