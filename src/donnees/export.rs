//! Everything that is known of a person, in one value: what the annotation says, from every table.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    annotation::{self, Table},
    personne::Personne,
};
use crate::{
    app::{Db, InTheNameOf},
    compte::Administrateur,
    error::{Error, Result},
    journal::{Acte, Plume},
};

/// The lines of one table about her.
pub struct Lue {
    pub table: &'static Table,
    pub lignes: Vec<Map<String, Value>>,
}

/// What is known of a person, on one day.
pub struct Export {
    pub personne_id: i64,
    pub personne: String,
    pub etablissement: String,
    pub uai: String,
    /// « 24 novembre 2026 à 09:00 », where the school is.
    pub le: String,
    pub tables: Vec<Lue>,
    /// What she did and that speaks of others: how many lines.
    pub actes: Vec<(&'static Table, i64)>,
    /// Who the numbers are.
    pub noms: BTreeMap<i64, String>,
}

/// A line, and the table it comes from.
type Ligne = (String, Value);

impl Personne {
    /// What is known of me.
    pub async fn mes_donnees(&self, db: &mut Db) -> Result<Export> {
        a_l_heure(db).await?;
        let lignes =
            sqlx::query!(r#"select nom as "nom!", ligne as "ligne!" from livret.mes_lignes()"#)
                .fetch_all(&mut **db)
                .await?;
        let actes =
            sqlx::query!(r#"select nom as "nom!", nombre as "nombre!" from livret.mes_actes()"#)
                .fetch_all(&mut **db)
                .await?;
        let lignes = lignes.into_iter().map(|l| (l.nom, l.ligne)).collect();
        let actes = actes.into_iter().map(|a| (a.nom, a.nombre)).collect();
        Export::faire(db, self.personne_id(), lignes, actes).await
    }
}

impl Administrateur {
    /// What is known of somebody who asked for it on paper: an act, in the journal.
    pub async fn donnees_de(&self, db: &mut Db, qui: i64, cle: Uuid) -> Result<Export> {
        nom_de(db, qui).await?;
        let mut plume = Plume::prendre(db, self).await?;
        if plume.deja(db, cle).await?.is_none() {
            let contenu = json!({ "personne": qui.to_string() });
            let acte = Acte { genre: "exporter_donnees", cle, contenu, ..Acte::default() };
            plume.ecrire(db, acte).await?;
        }
        a_l_heure(db).await?;
        let lignes = sqlx::query!(
            r#"select nom as "nom!", ligne as "ligne!" from livret.lignes_d_une($1)"#,
            qui
        )
        .fetch_all(&mut **db)
        .await?;
        let actes = sqlx::query!(
            r#"select nom as "nom!", nombre as "nombre!" from livret.actes_d_une($1)"#,
            qui
        )
        .fetch_all(&mut **db)
        .await?;
        let lignes = lignes.into_iter().map(|l| (l.nom, l.ligne)).collect();
        let actes = actes.into_iter().map(|a| (a.nom, a.nombre)).collect();
        Export::faire(db, qui, lignes, actes).await
    }
}

/// Instants are said where the school is, and much may be read.
async fn a_l_heure(db: &mut Db) -> Result<()> {
    sqlx::query!(
        "select set_config('timezone', fuseau, true) as a, set_config('statement_timeout', '50s', true) as b
           from livret.etablissement where etablissement_id = livret.ici()"
    )
    .fetch_one(&mut **db)
    .await?;
    Ok(())
}

/// « ÉTIENNE Zoé »; a person of another school does not exist.
pub async fn nom_de(db: &mut Db, qui: i64) -> Result<String> {
    let nom = sqlx::query_scalar!(
        r#"select concat_ws(' ', nom, prenom) as "nom!" from livret.personne
            where etablissement_id = livret.ici() and personne_id = $1"#,
        qui
    );
    nom.fetch_optional(&mut **db).await?.ok_or(Error::NotFound)
}

impl Export {
    async fn faire(
        db: &mut Db,
        qui: i64,
        lignes: Vec<Ligne>,
        actes: Vec<(String, i64)>,
    ) -> Result<Self> {
        let le = db.le;
        let tete = sqlx::query!(
            r#"select uai, nom, ($1::timestamptz at time zone fuseau) as "le!" from livret.etablissement
                where etablissement_id = livret.ici()"#,
            le
        )
        .fetch_one(&mut **db)
        .await?;
        let mut tables: Vec<Lue> = vec![];
        for (nom, ligne) in lignes {
            let (Some(table), Value::Object(ligne)) = (annotation::table(&nom), ligne) else {
                continue;
            };
            match tables.last_mut().filter(|l| l.table.nom == nom) {
                Some(lue) => lue.lignes.push(ligne),
                None => tables.push(Lue { table, lignes: vec![ligne] }),
            }
        }
        tables.sort_by_key(|l| l.table.titre.to_lowercase());
        for l in &mut tables {
            l.lignes.iter_mut().for_each(en_clair);
            let cles: Vec<&str> = l.table.champs().take(3).collect();
            l.lignes.sort_by_key(|ligne| rang(&cles, ligne));
        }
        let noms = noms(db, qui, &tables).await?;
        let actes = actes.iter().filter_map(|(n, k)| Some((annotation::table(n)?, *k))).collect();
        Ok(Self {
            personne_id: qui,
            personne: nom_de(db, qui).await?,
            etablissement: tete.nom,
            uai: tete.uai,
            le: crate::date::instant(&tete.le),
            tables,
            actes,
            noms,
        })
    }

    /// The lines of one table.
    pub fn lignes(&self, nom: &str) -> &[Map<String, Value>] {
        self.tables.iter().find(|l| l.table.nom == nom).map_or(&[], |l| &l.lignes)
    }

    /// `donnees.json`: « tables », each with what its columns are called, those that are not exported and why, and its lines;
    /// « actes », how many lines of others she wrote; « personnes », who the numbers are.
    pub fn json(&self) -> Value {
        let table = |l: &Lue| {
            let dits = |d: &[(String, String)]| -> Map<String, Value> {
                d.iter().map(|(c, dit)| (c.clone(), Value::from(dit.as_str()))).collect()
            };
            json!({
                "nom": l.table.nom, "titre": l.table.titre, "colonnes": dits(&l.table.exporte),
                "non_exporte": dits(&l.table.tait), "lignes": l.lignes,
            })
        };
        let acte = |(t, n): &(&Table, i64)| json!({ "nom": t.nom, "titre": t.titre, "lignes": n });
        let noms: Map<String, Value> =
            self.noms.iter().map(|(n, dit)| (n.to_string(), dit.as_str().into())).collect();
        json!({
            "genre": "livret/donnees/1",
            "etablissement": { "uai": self.uai, "nom": self.etablissement },
            "personne": { "numero": self.personne_id.to_string(), "nom": self.personne },
            "le": self.le,
            "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
            "actes": self.actes.iter().map(acte).collect::<Vec<_>>(),
            "personnes": noms,
        })
    }
}

/// Lines in the order of their first columns.
fn rang(cles: &[&str], ligne: &Map<String, Value>) -> Vec<(i64, String)> {
    let dit = |c: &&str| {
        let valeur = ligne.get(*c);
        let texte = valeur.and_then(Value::as_str).unwrap_or_default().to_owned();
        (valeur.and_then(Value::as_i64).unwrap_or_default(), texte)
    };
    cles.iter().map(dit).collect()
}

/// Fingerprints as everybody writes them.
fn en_clair(ligne: &mut Map<String, Value>) {
    for valeur in ligne.values_mut() {
        if let Some(hexa) = valeur.as_str().and_then(|t| t.strip_prefix("\\x")) {
            *valeur = hexa.to_owned().into();
        }
    }
}

/// Who the numbers of these lines are: the adults of the school and herself, never another student.
async fn noms(db: &mut Db, qui: i64, tables: &[Lue]) -> Result<BTreeMap<i64, String>> {
    let mut numeros = BTreeSet::from([qui]);
    for l in tables {
        for ligne in &l.lignes {
            let siens = ligne.iter().filter(|(c, _)| l.table.nomme(c));
            numeros.extend(siens.filter_map(|(_, v)| v.as_i64()));
        }
    }
    let numeros: Vec<i64> = numeros.into_iter().collect();
    let gens = sqlx::query!(
        r#"select p.personne_id,
                  case when p.civilite is null then concat_ws(' ', p.prenom, p.nom) else concat_ws(' ', p.civilite, p.nom) end as "nom!"
             from livret.personne p
            where p.etablissement_id = livret.ici() and p.personne_id = any ($1)
              and (p.personne_id = $2 or not exists (
                  select from livret.inscription i
                   where i.etablissement_id = p.etablissement_id and i.etudiant_id = p.personne_id))"#,
        &numeros,
        qui
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(gens.into_iter().map(|g| (g.personne_id, g.nom)).collect())
}
