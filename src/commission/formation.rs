//! Forming a commission: its members, whom they examine. Certification: these acts name no student as such.
use std::collections::BTreeSet;

use serde_json::json;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::{Commission, Forme, Membre};
use crate::{
    app::Db,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    promotion::Coordonnateur,
};

/// How many may examine a candidate, each alone (annexes V-6, VII-4: two members; CCF: one or two).
pub const EXAMINATEURS: usize = 2;

/// A commission as it is wanted.
#[derive(Debug, Clone)]
pub struct Voulue {
    /// Nothing: a new one.
    pub commission_id: Option<i64>,
    pub epreuve: String,
    pub forme: Forme,
    pub numero: String,
    pub membres: Vec<Membre>,
    pub candidats: Vec<i64>,
    pub version: i64,
}

/// Why nothing was written: the field, and what to do.
#[derive(Debug, Clone)]
pub struct Refus {
    pub champ: &'static str,
    pub message: String,
}

impl Refus {
    fn new(champ: &'static str, message: impl Into<String>) -> Self {
        Self { champ, message: message.into() }
    }
}

/// A tutor of a candidate: she cannot examine her own trainee.
struct Tutelle {
    etudiant_id: i64,
    nom: String,
    prenom: String,
}

/// Letters alone, without case nor accents: the same person, however she is written.
fn simple(nom: &str) -> String {
    nom.nfkd().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

impl Coordonnateur {
    /// Forms a commission, or changes one; what is so already is written no second time.
    ///
    /// # Errors
    /// Somebody changed it since it was read. What is wrong with it is in the answer.
    pub async fn former(
        &self,
        db: &mut Db,
        voulue: &Voulue,
        cle: Uuid,
    ) -> Result<Result<i64, Vec<Refus>>> {
        let mut plume = Plume::prendre(db, self).await?;
        let toutes = self.promotion.commissions(db).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = |c: &&Commission| c.version == deja.seq;
            let faite = toutes.iter().find(meme).map(|c| c.commission_id);
            return faite.map(Ok).ok_or_else(journal::cle_reprise);
        }
        let actuelle =
            voulue.commission_id.and_then(|id| toutes.iter().find(|c| c.commission_id == id));
        if voulue.commission_id.is_some() && actuelle.is_none() {
            return Err(Error::NotFound);
        }
        if actuelle.map_or(0, |c| c.version) != voulue.version {
            return Err(Error::Conflict(
                "Quelqu’un vient de changer cette commission. Votre saisie est ci-dessous\u{a0}: rouvrez la page dans un \
                 autre onglet pour lire la sienne, puis enregistrez de nouveau pour mettre la vôtre."
                    .into(),
            ));
        }
        let etudiants = self.promotion.etudiants(db, self.aujourd_hui()).await?;
        let mut refus = refuser(voulue, &toutes, &etudiants);
        refus.extend(self.tuteurs(db, voulue, &etudiants).await?);
        if let Some(c) = actuelle {
            refus.extend(engages(db, c, voulue).await?);
        }
        if !refus.is_empty() {
            return Ok(Err(refus));
        }
        let version = plume.ecrire(db, acte(voulue, self.promotion.promotion_id, cle)).await?;
        self.inscrire(db, voulue, version).await.map(Ok)
    }

    /// A tutor who would examine her own trainee (décret 2018, jury's impartiality).
    async fn tuteurs(
        &self,
        db: &mut Db,
        voulue: &Voulue,
        etudiants: &[Etudiant],
    ) -> Result<Vec<Refus>> {
        let tutelles = sqlx::query_as!(
            Tutelle,
            "select distinct p.etudiant_id, q.nom, q.prenom
               from livret.periode p
               join livret.personne q on (q.etablissement_id, q.personne_id) = (p.etablissement_id, p.tuteur_id)
              where p.etablissement_id = livret.ici() and p.promotion_id = $1 and p.etudiant_id = any($2)
                and not p.annulee",
            self.promotion.promotion_id,
            &voulue.candidats
        )
        .fetch_all(&mut **db)
        .await?;
        let mut refus = vec![];
        for m in voulue.membres.iter().filter(|m| m.examine) {
            let dite = simple(&m.nom);
            let est = |t: &&Tutelle| {
                let (nom, prenom) = (simple(&t.nom), simple(&t.prenom));
                !nom.is_empty() && dite.contains(&nom) && dite.contains(&prenom)
            };
            for t in tutelles.iter().filter(est) {
                let Some(e) = etudiants.iter().find(|e| e.id() == t.etudiant_id) else { continue };
                refus.push(Refus::new(
                    "membres",
                    format!(
                        "{} suit aussi {} en stage, comme tuteur\u{a0}: cette personne peut siéger, pas l’examiner. Décochez \
                         «\u{a0}examine\u{a0}», ou mettez ce candidat dans une autre commission.",
                        m.nom,
                        e.liste()
                    ),
                ));
            }
        }
        Ok(refus)
    }

    async fn inscrire(&self, db: &mut Db, voulue: &Voulue, version: i64) -> Result<i64> {
        let promotion_id = self.promotion.promotion_id;
        let id = match voulue.commission_id {
            Some(id) => {
                sqlx::query!(
                    "update certification.commission set numero = $2, version = $3
                      where etablissement_id = livret.ici() and commission_id = $1",
                    id, voulue.numero, version
                )
                .execute(&mut **db)
                .await?;
                id
            }
            None => {
                sqlx::query_scalar!(
                    "insert into certification.commission (etablissement_id, promotion_id, epreuve, forme, numero, version)
                     values (livret.ici(), $1, $2, $3, $4, $5) returning commission_id",
                    promotion_id, voulue.epreuve, voulue.forme.code(), voulue.numero, version
                )
                .fetch_one(&mut **db)
                .await?
            }
        };
        asseoir(db, id, &voulue.membres).await?;
        sqlx::query!(
            "delete from certification.candidat
              where etablissement_id = livret.ici() and commission_id = $1 and etudiant_id <> all($2)",
            id, &voulue.candidats
        )
        .execute(&mut **db)
        .await?;
        sqlx::query!(
            "insert into certification.candidat (etablissement_id, promotion_id, etudiant_id, epreuve, commission_id)
             select livret.ici(), $1, e, $2, $3 from unnest($4::bigint[]) e
             on conflict on constraint un_candidat_dans_une_commission do nothing",
            promotion_id, voulue.epreuve, id, &voulue.candidats
        )
        .execute(&mut **db)
        .await?;
        Ok(id)
    }
}

/// All its members at once, in their order.
async fn asseoir(db: &mut Db, id: i64, membres: &[Membre]) -> Result<()> {
    sqlx::query!(
        "delete from certification.membre where etablissement_id = livret.ici() and commission_id = $1",
        id
    )
    .execute(&mut **db)
    .await?;
    let personnes: Vec<Option<i64>> = membres.iter().map(|m| m.personne_id).collect();
    let noms: Vec<String> = membres.iter().map(|m| m.nom.clone()).collect();
    let qualites: Vec<String> = membres.iter().map(|m| m.qualite.clone()).collect();
    let examinent: Vec<bool> = membres.iter().map(|m| m.examine).collect();
    sqlx::query!(
        "insert into certification.membre (etablissement_id, commission_id, rang, personne_id, nom, qualite, examine)
         select livret.ici(), $1, m.rang, m.qui, m.nom, m.qualite, m.examine
           from unnest($2::bigint[], $3::text[], $4::text[], $5::bool[])
                with ordinality m (qui, nom, qualite, examine, rang)",
        id, &personnes as _, &noms, &qualites, &examinent
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

fn acte(voulue: &Voulue, promotion_id: i64, cle: Uuid) -> Acte {
    let candidats: Vec<String> = voulue.candidats.iter().map(ToString::to_string).collect();
    let membre = |m: &Membre| json!({ "personne": m.personne_id.map(|id| id.to_string()), "nom": m.nom, "qualite": m.qualite, "examine": m.examine });
    let membres: Vec<_> = voulue.membres.iter().map(membre).collect();
    Acte {
        genre: "former_commission",
        cle,
        contenu: json!({
            "promotion": promotion_id.to_string(), "commission": voulue.commission_id.map(|id| id.to_string()),
            "epreuve": voulue.epreuve, "forme": voulue.forme.code(), "numero": voulue.numero, "membres": membres,
            "candidats": candidats,
        }),
        ..Acte::default()
    }
}

/// What is wrong whatever was examined already.
fn refuser(voulue: &Voulue, toutes: &[Commission], etudiants: &[Etudiant]) -> Vec<Refus> {
    let mut refus = vec![];
    let autres = || {
        toutes.iter().filter(|c| {
            c.epreuve == voulue.epreuve && Some(c.commission_id) != voulue.commission_id
        })
    };
    if autres().any(|c| c.numero == voulue.numero) {
        refus.push(Refus::new(
            "numero",
            format!(
                "La commission {} existe déjà pour cette épreuve. Donnez un autre numéro.",
                voulue.numero
            ),
        ));
    }
    let examinent = voulue.membres.iter().filter(|m| m.examine).count();
    if !(1..=EXAMINATEURS).contains(&examinent) {
        refus.push(Refus::new(
            "membres",
            "Une ou deux personnes examinent, chacune avec un compte. Les autres membres siègent sans remplir de grille.",
        ));
    }
    let mut vus = BTreeSet::new();
    for m in &voulue.membres {
        let vu = m.personne_id.map_or_else(|| simple(&m.nom), |id| id.to_string());
        if !vus.insert(vu) {
            refus.push(Refus::new(
                "membres",
                format!("{} est écrit deux fois. Gardez une seule ligne.", m.nom),
            ));
        }
    }
    if voulue.candidats.is_empty() {
        refus.push(Refus::new("candidats", "Cochez au moins un candidat."));
    }
    for id in &voulue.candidats {
        let Some(e) = etudiants.iter().find(|e| e.id() == *id) else {
            refus.push(Refus::new(
                "candidats",
                "Un des candidats n’est plus dans la promotion. Relisez la liste, puis enregistrez de nouveau.",
            ));
            continue;
        };
        if let Some(c) = autres().find(|c| c.candidats.iter().any(|k| k.etudiant_id == *id)) {
            refus.push(Refus::new(
                "candidats",
                format!(
                    "{} passe déjà devant la commission {}. Gardez une seule des deux.",
                    e.liste(),
                    c.numero
                ),
            ));
        }
    }
    refus
}

/// Whoever ticked a grid stays, and whoever was examined too.
async fn engages(db: &mut Db, actuelle: &Commission, voulue: &Voulue) -> Result<Vec<Refus>> {
    // Who ticked what is the examiners' own: that it was ticked is asked without being read.
    let engages = sqlx::query!(
        r#"select etudiant_id as "etudiant_id!", par from certification.engages($1)"#,
        actuelle.commission_id
    )
    .fetch_all(&mut **db)
    .await?;
    let mut refus = vec![];
    for k in &actuelle.candidats {
        let reste = voulue.candidats.contains(&k.etudiant_id);
        if !reste && engages.iter().any(|e| e.etudiant_id == k.etudiant_id) {
            refus.push(Refus::new(
                "candidats",
                format!("{} a déjà une grille ou une fiche dans cette commission\u{a0}: gardez sa case cochée.", k.liste()),
            ));
        }
    }
    for m in actuelle.examinateurs() {
        let reste = voulue.membres.iter().any(|v| v.personne_id == m.personne_id && v.examine);
        if !reste && engages.iter().any(|e| e.par.is_some() && e.par == m.personne_id) {
            refus.push(Refus::new(
                "membres",
                format!("{} a déjà rempli une grille\u{a0}: gardez cette personne parmi celles qui examinent.", m.nom),
            ));
        }
    }
    Ok(refus)
}
