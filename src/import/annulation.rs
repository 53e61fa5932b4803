//! Undoing an import, for a week: who came in goes out, what was changed is put back, whoever has lived here since stays.
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Bilan, Etat, Import, REMORDS,
    acte::{Fait, reprise},
    depasse,
};
use crate::{
    app::Db,
    compte::Gestionnaire,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

impl Import {
    /// It can still be undone.
    pub fn annulable(&self, le: time::OffsetDateTime) -> bool {
        self.etat == Etat::Fini
            && self.fini_le.is_some_and(|fini| le < fini + REMORDS)
            && self.bilan.nouveaux + self.bilan.modifies + self.bilan.desactives > 0
    }
}

impl Gestionnaire {
    /// # Errors
    /// In French: an import that cannot be undone any more.
    pub async fn annuler_import(&self, db: &mut Db, import: &Import, cle: Uuid) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "annuler_import"
                && deja.contenu["import"].as_str() == Some(&*import.import_id.to_string());
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuel = self.import(&mut *db, import.import_id).await?;
        if actuel.version != import.version {
            return Err(depasse());
        }
        if !actuel.annulable(db.le) {
            return Err(Error::Refused(
                "Cet import ne peut plus être annulé\u{a0}: il l’est déjà, ou sept jours ont passé.".into(),
            ));
        }
        let fait = self.fait(db, &actuel).await?;
        let mut bilan = self.retirer_entrees(db, &fait, &actuel).await?;
        bilan.gardes += self.remettre(db, &fait, &actuel).await?;
        let acte = Acte {
            genre: "annuler_import",
            cle,
            contenu: serde_json::json!({
                "import": actuel.import_id.to_string(), "retires": bilan.retires, "fermes": bilan.fermes, "gardes": bilan.gardes,
            }),
            ..Acte::default()
        };
        plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.import set etat = 'annule', bilan = $2, fait = null, version = version + 1
              where etablissement_id = livret.ici() and par_id = livret.moi() and import_id = $1",
            actuel.import_id,
            Json(&bilan) as _
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    async fn fait(&self, db: &mut Db, import: &Import) -> Result<Fait> {
        let fait = sqlx::query_scalar!(
            r#"select fait as "fait: Json<Fait>" from livret.import
                where etablissement_id = livret.ici() and par_id = livret.moi() and import_id = $1"#,
            import.import_id
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(fait.map(|f| f.0).unwrap_or_default())
    }

    async fn retirer_entrees(&self, db: &mut Db, fait: &Fait, import: &Import) -> Result<Bilan> {
        let mut bilan = import.bilan.clone();
        let le = db.le;
        for lot in fait.entrees.chunks(100) {
            let issues = sqlx::query_scalar!(
                r#"select acces.defaire_entree(q, $2) as "i!" from unnest($1::bigint[]) q"#,
                lot,
                le
            )
            .fetch_all(&mut **db)
            .await?;
            for issue in issues {
                match issue.as_str() {
                    "retiree" => bilan.retires += 1,
                    "fermee" => bilan.fermes += 1,
                    _ => bilan.gardes += 1,
                }
            }
        }
        Ok(bilan)
    }

    /// What was changed is put back, unless it has changed again since; the answer is how many were left so.
    async fn remettre(&self, db: &mut Db, fait: &Fait, import: &Import) -> Result<usize> {
        let gens = self.gens(&mut *db, import.quoi).await?;
        let (mut gardes, mut dites) = (0, vec![]);
        for r in &fait.reprises {
            let Some(p) = gens.iter().find(|p| p.personne_id == r.personne_id) else { continue };
            let etats = if p.etat == r.apres {
                (&r.apres, &r.avant)
            } else {
                gardes += 1;
                (&p.etat, &p.etat)
            };
            let retours =
                r.retours.iter().map(|x| serde_json::json!([x.0, crate::date::iso(&x.1)]));
            let departs = r
                .departs
                .iter()
                .map(|x| serde_json::json!([x.0, x.1.as_ref().map(crate::date::iso)]));
            let fins: Vec<_> = retours.chain(departs).collect();
            let reste =
                serde_json::json!({ "sorties": r.entrees, "fins": fins, "oublies": r.externes });
            dites.push(reprise(r.personne_id, etats, &[], &reste));
        }
        self.reprendre_gens(db, import.quoi, &dites).await?;
        Ok(gardes)
    }
}
