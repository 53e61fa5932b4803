//! The liasse of a candidate in a ZIP: the document, her sheets, and each file as it was deposited.
use anyhow::Result;

use super::{Liasse, Tenus, imprimer};
use crate::{
    app::App,
    error,
    fiche::papier::{Document, Papier},
    impression::{self, Joint, Modele, make},
    jury::paquet::{Entree, Paquet, nom},
};

impl Liasse {
    /// Her folder: « 02347-ETIENNE-Zoe ».
    pub fn racine(&self) -> String {
        let c = self.candidat();
        match &c.numero {
            Some(numero) => format!("{}-{}", nom::sur(numero, 20), nom::sur(&c.appel, 60)),
            None => nom::sur(&c.appel, 60),
        }
    }

    /// The document alone, with its signed data when it is sealed.
    pub async fn pdf(&self, app: &App, joint: Option<Joint>) -> error::Result<Vec<u8>> {
        let tenus = self.tenir(app).await?;
        let imprimee = |(liasse, tenus, joint): &(Self, Tenus, Option<Joint>)| {
            imprimer(liasse, tenus, joint.as_ref())
        };
        make(app, (self.clone(), tenus, joint), imprimee).await
    }

    /// Puts all that is hers under `racine`.
    pub async fn emballer(
        &self,
        app: &App,
        paquet: &mut Paquet,
        racine: &str,
    ) -> error::Result<()> {
        let dossier = format!("{racine}dossier.pdf");
        let nom = format!("Dossier {}.pdf", self.candidat().appel);
        paquet.ajouter(&self.entree(&dossier, &nom), &self.pdf(app, None).await?)?;
        for papier in self.fiches() {
            let nom = format!("{}.pdf", papier.nom_de_fichier());
            let chemin = format!("{racine}fiches/{}", nom::fichier(&papier.appel(), "pdf"));
            let octets = make(app, self.document(papier), fiche).await?;
            paquet.ajouter(&self.entree(&chemin, &nom), &octets)?;
        }
        for p in self.pieces() {
            let chemin = format!("{racine}{}", p.chemin);
            let entree = Entree { chemin: &chemin, nom: &p.nom, par: &p.par, le: &p.depose_le };
            if !paquet.copier(app, &entree, &p.empreinte).await? {
                paquet.absent(format!("{chemin} ({})", p.nom));
            }
        }
        Ok(())
    }

    /// Something that we made.
    fn entree<'a>(&'a self, chemin: &'a str, nom: &'a str) -> Entree<'a> {
        let d = &self.dossier;
        Entree { chemin, nom, par: &d.edite_par, le: &d.edite_le }
    }

    fn document(&self, papier: &Papier) -> Document {
        Document {
            titre: papier.nom_de_fichier(),
            etablissement: self.dossier.etablissement.clone(),
            jour: self.dossier.jour,
            fictif: self.dossier.fictif,
            fiches: vec![papier.clone()],
        }
    }
}

fn fiche(document: &Document) -> Result<Vec<u8>> {
    impression::imprimer(Modele::Fiche, &serde_json::to_value(document)?)
}
