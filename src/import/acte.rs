//! Writing what was shown, all of it or nothing: one line of the journal, which holds numbers and no name.
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::Duration;
use uuid::Uuid;

use super::{
    Bilan, Etat, Import, Lu, Quoi, depasse,
    gens::EtatCivil,
    rapprochement::{self, Ici, Nouveau, Plan, Reprise},
};
use crate::{
    administration::{identifiants, liste::Nom},
    app::{Db, InTheNameOf},
    compte::Gestionnaire,
    date,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume},
};

/// People written in one statement: a second or so.
const LOT: usize = 1_000;

/// What an import wrote, kept a week so that it can be undone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fait {
    pub entrees: Vec<i64>,
    pub reprises: Vec<Reprise>,
}

/// What she confirms: what she was shown, and under which key.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'a> {
    pub empreinte: &'a str,
    pub cle: Uuid,
}

impl Gestionnaire {
    /// What would be written if she confirmed now.
    pub async fn plan_d_import(&self, db: &mut Db, import: &Import) -> Result<Plan> {
        let lu = self.lu(&mut *db, import.import_id).await?;
        self.comparer(db, import, &lu).await
    }

    pub(super) async fn comparer(&self, db: &mut Db, import: &Import, lu: &Lu) -> Result<Plan> {
        let gens = self.gens(&mut *db, import.quoi).await?;
        let gerees = self.promotions_gerees(&mut *db).await?;
        let ici = Ici { gens: &gens, gerees: &gerees, moi: self.personne_id(), jour: self.jour() };
        let mut choix = import.choix.clone();
        // A promotion that is hers no more is nobody's destination.
        choix.classes.retain(|_, p| gerees.iter().any(|g| g.promotion_id == *p));
        choix.promotion = choix.promotion.filter(|p| gerees.iter().any(|g| g.promotion_id == *p));
        Ok(rapprochement::comparer(lu, import.quoi, &choix, &ici))
    }

    /// Writes what was shown.
    ///
    /// # Errors
    /// In French: an import that is over, people who have changed since, doubts without an answer.
    pub async fn importer(&self, db: &mut Db, import: &Import, c: Confirmation<'_>) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, c.cle).await? {
            let meme = deja.genre == "importer"
                && deja.contenu["import"].as_str() == Some(&*import.import_id.to_string());
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuel = self.import(&mut *db, import.import_id).await?;
        if actuel.etat != Etat::EnCours || actuel.version != import.version {
            return Err(depasse());
        }
        let plan = self.plan_d_import(db, &actuel).await?;
        if plan.empreinte() != c.empreinte {
            return Err(Error::Conflict(
                "Des personnes ont changé depuis que cette page a été affichée. Voici où l’on en est\u{a0}: relisez, puis confirmez.".into(),
            ));
        }
        if !plan.doutes.is_empty() || (!plan.erreurs.is_empty() && !actuel.choix.sans_les_fautes) {
            return Err(Error::Refused(
                "Répondez d’abord aux doutes, et dites que faire des lignes en erreur.".into(),
            ));
        }
        let bilan = Bilan {
            nouveaux: plan.nouveaux.len(),
            modifies: plan.modifies.len(),
            inchanges: plan.inchanges,
            desactives: plan.desactives().count(),
            laisses: plan.laisses + plan.erreurs.len(),
            promotions: actuel.choix.toutes().into_iter().collect(),
            ..Bilan::default()
        };
        if plan.change() {
            plume.ecrire(db, acte(&actuel, &bilan, c.cle)).await?;
        }
        let fait = self.ecrire_plan(db, actuel.quoi, plan).await?;
        self.clore(db, &actuel, &bilan, &fait).await
    }

    async fn ecrire_plan(&self, db: &mut Db, quoi: Quoi, plan: Plan) -> Result<Fait> {
        let mut fait =
            Fait { entrees: self.faire_entrer(db, quoi, &plan.nouveaux).await?, ..Fait::default() };
        let partis = plan.absents.into_iter().filter(|a| a.desactive).map(|a| a.reprise);
        fait.reprises = plan.modifies.into_iter().map(|m| m.reprise).chain(partis).collect();
        let veille = date::iso(&(self.jour() - Duration::days(1)));
        let dite = |r: &Reprise| {
            let retours = r.retours.iter().map(|p| serde_json::json!([p.0, null]));
            let departs = r.departs.iter().map(|p| serde_json::json!([p.0, veille]));
            let fins: Vec<_> = retours.chain(departs).collect();
            let ou = serde_json::json!({ "entrees": r.entrees, "fins": fins });
            reprise(r.personne_id, (&r.avant, &r.apres), &r.externes, &ou)
        };
        let dites: Vec<serde_json::Value> = fait.reprises.iter().map(dite).collect();
        self.reprendre_gens(db, quoi, &dites).await?;
        Ok(fait)
    }

    /// The answer is their numbers, in order.
    async fn faire_entrer(
        &self,
        db: &mut Db,
        quoi: Quoi,
        nouveaux: &[Nouveau],
    ) -> Result<Vec<i64>> {
        let nom = |n: &Nouveau| Nom {
            civilite: n.elle.civilite.clone(),
            nom: n.elle.nom.clone(),
            prenom: n.elle.prenom.clone(),
        };
        let noms: Vec<Nom> = nouveaux.iter().map(nom).collect();
        let identifiants = identifiants(db, &noms).await?;
        let (le, mut ids) = (db.le, Vec::with_capacity(nouveaux.len()));
        for (lot, identifiants) in nouveaux.chunks(LOT).zip(identifiants.chunks(LOT)) {
            let une = |(n, identifiant): (&Nouveau, &String)| {
                serde_json::json!({
                    "civilite": n.elle.civilite, "nom": n.elle.nom, "prenom": n.elle.prenom, "nom_usage": n.elle.nom_usage,
                    "naissance": n.elle.naissance.as_ref().map(date::iso), "ine": n.elle.ine, "externes": n.elle.externes,
                    "promotions": n.promotions, "identifiant": identifiant,
                })
            };
            let gens: Vec<_> = lot.iter().zip(identifiants).map(une).collect();
            let siens = sqlx::query_scalar!(
                r#"select acces.faire_entrer($1, $2, $3) as "id!""#,
                serde_json::Value::from(gens),
                quoi.code(),
                le
            )
            .fetch_all(&mut **db)
            .await
            .on_constraint("un_ine_par_personne", ine_pris())?;
            ids.extend(siens);
        }
        Ok(ids)
    }

    pub(super) async fn reprendre_gens(
        &self,
        db: &mut Db,
        quoi: Quoi,
        dites: &[serde_json::Value],
    ) -> Result<()> {
        let le = db.le;
        for lot in dites.chunks(LOT) {
            sqlx::query!(
                "select acces.reprendre_gens($1, $2, $3)",
                serde_json::Value::from(lot.to_vec()),
                quoi.code(),
                le
            )
            .execute(&mut **db)
            .await
            .on_constraint("un_ine_par_personne", ine_pris())?;
        }
        Ok(())
    }

    /// The rows are forgotten as soon as they have served.
    async fn clore(&self, db: &mut Db, import: &Import, bilan: &Bilan, fait: &Fait) -> Result<()> {
        let le = db.le;
        sqlx::query!(
            "update livret.import set etat = 'fini', fini_le = $2, lu = null, choix = '{}', bilan = $3, fait = $4, version = version + 1
              where etablissement_id = livret.ici() and par_id = livret.moi() and import_id = $1",
            import.import_id,
            le,
            Json(bilan) as _,
            Json(fait) as _
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

fn ine_pris() -> Error {
    Error::Conflict(
        "Un INE de cette liste vient d’être donné à une autre personne. Revenez à la vérification."
            .into(),
    )
}

/// What the database is told of somebody who is known.
pub(super) fn reprise(
    personne: i64,
    (avant, apres): (&EtatCivil, &EtatCivil),
    externes: &[(String, String)],
    reste: &serde_json::Value,
) -> serde_json::Value {
    let etat = serde_json::json!({
        "nom": apres.nom, "prenom": apres.prenom, "nom_usage": apres.nom_usage,
        "naissance": apres.naissance.as_ref().map(date::iso), "ine": apres.ine,
    });
    let mut dite = serde_json::json!({
        "personne": personne, "externes": externes, "etat": (avant != apres).then_some(etat),
        "entrees": [], "fins": [], "sorties": [], "oublies": [],
    });
    if let (Some(dite), Some(reste)) = (dite.as_object_mut(), reste.as_object()) {
        dite.extend(reste.clone());
    }
    dite
}

fn acte(import: &Import, bilan: &Bilan, cle: Uuid) -> Acte {
    let promotions: Vec<String> = import.choix.toutes().iter().map(i64::to_string).collect();
    Acte {
        genre: "importer",
        cle,
        contenu: serde_json::json!({
            "import": import.import_id.to_string(), "quoi": import.quoi.code(), "promotions": promotions,
            "nouveaux": bilan.nouveaux, "modifies": bilan.modifies, "desactives": bilan.desactives, "laisses": bilan.laisses,
        }),
        ..Acte::default()
    }
}
