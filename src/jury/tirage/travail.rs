//! The work itself: one candidate after the other, each said as it is done, given up as soon as nobody wants it.
use object_store::{ObjectStoreExt, path::Path};
use serde_json::json;

use super::Demande;
use crate::{
    app::App,
    compte::Examinateur,
    consultation,
    error::{Error, Result},
    impression::make,
    jury::{
        archive::Mise,
        dossier::Dossier,
        lecteur::{Lecteurs, Ouverte},
        liasse::Liasse,
        paquet::{Entree, Paquet, nom},
        tableur,
    },
    promotion::Promotion,
};

/// Who makes what.
struct Travail {
    app: App,
    lecteur: Examinateur,
    promotion: Promotion,
    tirage_id: i64,
}

/// Begins behind the page.
pub fn lancer(app: App, lecteurs: Lecteurs, demande: Demande, tirage_id: i64) {
    tokio::spawn(async move {
        if let Err(e) = tirer(&app, &lecteurs, demande, tirage_id).await {
            tracing::warn!(error = %e, tirage_id, "dossiers not made");
        }
    });
}

/// # Errors
/// It could not be made: it is said so where it was asked for.
pub async fn tirer(app: &App, lecteurs: &Lecteurs, demande: Demande, tirage_id: i64) -> Result<()> {
    let mut ouverte = lecteurs.promotion(app, demande.promotion_id).await?;
    let mut etudiants = ouverte.candidats().await?;
    etudiants.retain(|e| demande.etudiant_id.is_none_or(|id| id == e.id()));
    let (dossier, liasses) = ouverte.liasses(&etudiants).await?;
    let Ouverte { lecteur, db, promotion } = ouverte;
    let ids: Vec<i64> = dossier.candidats.iter().map(|c| c.id).collect();
    consultation::noter(db, &lecteur, &ids);
    let travail = Travail { app: app.clone(), lecteur, promotion, tirage_id };
    let issue = if demande.scelle {
        travail.archiver(&dossier, liasses, demande.cle).await
    } else {
        travail.emballer(dossier, liasses, demande.etudiant_id.is_some()).await
    };
    if issue.is_err() {
        travail.echouer().await?;
    }
    issue
}

impl Travail {
    /// Says how far it is; the answer is whether it is still wanted.
    async fn battre(&self, fait: usize, total: usize) -> Result<bool> {
        let mut db = self.app.begin(&self.lecteur).await?;
        let le = db.le;
        let voulu = sqlx::query!(
            "update certification.tirage set fait = $2, total = $3, battu_le = $4
              where etablissement_id = livret.ici() and tirage_id = $1 and etat = 'en_cours'",
            self.tirage_id,
            i32::try_from(fait).unwrap_or(i32::MAX),
            i32::try_from(total).unwrap_or(i32::MAX),
            le
        )
        .execute(&mut *db)
        .await?;
        db.commit().await?;
        Ok(voulu.rows_affected() == 1)
    }

    async fn echouer(&self) -> Result<()> {
        let mut db = self.app.begin(&self.lecteur).await?;
        let le = db.le;
        sqlx::query!(
            "update certification.tirage set etat = 'echoue', fini_le = $2
              where etablissement_id = livret.ici() and tirage_id = $1 and etat = 'en_cours'",
            self.tirage_id,
            le
        )
        .execute(&mut *db)
        .await?;
        db.commit().await
    }

    fn lieu(&self, dossier: &str) -> Path {
        Path::from(format!("{dossier}/{}.zip", self.app.random.uuid()))
    }

    /// One ZIP of all, handed over for some hours.
    async fn emballer(&self, dossier: Dossier, liasses: Vec<Liasse>, seul: bool) -> Result<()> {
        let mut paquet = Paquet::new(&self.app)?;
        let total = liasses.len();
        for (n, liasse) in liasses.into_iter().enumerate() {
            if !self.battre(n, total).await? {
                return Ok(());
            }
            let racine = format!("{}/", liasse.racine());
            liasse.emballer(&self.app, &mut paquet, &racine).await?;
        }
        if !seul {
            let nom = format!("Synthèse {}.xlsx", self.promotion.nom);
            let chemin = format!("synthese-{}.xlsx", nom::sur(&self.promotion.nom, 40));
            let (par, le) = (dossier.edite_par.clone(), dossier.edite_le.clone());
            let faire = |d: &Dossier| tableur::xlsx::ecrire(&tableur::classeur(d));
            let octets = make(&self.app, dossier, faire).await?;
            paquet.ajouter(&Entree { chemin: &chemin, nom: &nom, par: &par, le: &le }, &octets)?;
        }
        if !self.battre(total, total).await? {
            return Ok(());
        }
        let fait = paquet.finir(&json!({ "promotion": self.promotion.nom }))?;
        let (lieu, taille, empreinte) = (self.lieu("tirages"), fait.taille, fait.empreinte.clone());
        fait.porter(&self.app, &lieu).await?;
        let taille = i64::try_from(taille).unwrap_or(i64::MAX);
        if !self.finir(Some((lieu.as_ref(), taille, &empreinte))).await? {
            let _ = self.app.fichiers.delete(&lieu).await; // given up meanwhile
        }
        Ok(())
    }

    /// The answer is whether it was still wanted.
    async fn finir(&self, paquet: Option<(&str, i64, &[u8])>) -> Result<bool> {
        let mut db = self.app.begin(&self.lecteur).await?;
        let le = db.le;
        let fait = sqlx::query!(
            "update certification.tirage
                set etat = 'fait', fini_le = $2, lieu = $3, taille = $4, empreinte = $5
              where etablissement_id = livret.ici() and tirage_id = $1 and etat = 'en_cours'",
            self.tirage_id,
            le,
            paquet.map(|p| p.0),
            paquet.map(|p| p.1),
            paquet.map(|p| p.2)
        )
        .execute(&mut *db)
        .await?;
        db.commit().await?;
        Ok(fait.rows_affected() == 1)
    }

    /// A ZIP each, sealed by one act when all are there.
    async fn archiver(
        &self,
        dossier: &Dossier,
        liasses: Vec<Liasse>,
        cle: uuid::Uuid,
    ) -> Result<()> {
        let Examinateur::Enseignant(enseignant) = &self.lecteur else {
            return Err(Error::NotFound);
        };
        let total = liasses.len();
        let mut mises: Vec<Mise> = vec![];
        for (n, liasse) in liasses.into_iter().enumerate() {
            if !self.battre(n, total).await? {
                self.abandonner(&mises).await;
                return Ok(());
            }
            let mut paquet = Paquet::new(&self.app)?;
            liasse.emballer(&self.app, &mut paquet, "").await?;
            let c = liasse.candidat();
            let quoi = json!({ "promotion": self.promotion.nom, "candidat": c.appel, "numero": c.numero,
                               "journal": dossier.temoin.seq.to_string() });
            let (fait, lieu) = (paquet.finir(&quoi)?, self.lieu("archives"));
            mises.push(Mise {
                etudiant_id: c.id,
                appel: c.appel.clone(),
                lieu: lieu.to_string(),
                taille: i64::try_from(fait.taille).unwrap_or(i64::MAX),
                empreinte: fait.empreinte.clone(),
            });
            fait.porter(&self.app, &lieu).await?;
        }
        if !self.battre(total, total).await? {
            self.abandonner(&mises).await;
            return Ok(());
        }
        let mut db = self.app.begin(enseignant).await?;
        let coordonnateur = enseignant.coordonnateur(&mut db, self.promotion.promotion_id).await?;
        if let Err(e) = coordonnateur.archiver(&mut db, &mises, cle).await {
            self.abandonner(&mises).await;
            return Err(e);
        }
        db.commit().await?;
        self.finir(None).await?;
        Ok(())
    }

    /// What no act keeps is taken away.
    async fn abandonner(&self, mises: &[Mise]) {
        for mise in mises {
            let _ = self.app.fichiers.delete(&Path::from(mise.lieu.as_str())).await;
        }
    }
}
