//! Stopping livrets: from that line of the journal on, nothing is judged or decided in them.
use std::collections::BTreeMap;

use time::PrimitiveDateTime;
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    date,
    error::{Error, Result},
    journal::{
        self, Acte, Plume,
        rejeu::{Case, Cle, CleDecision, Decision},
        releve::{self, Lieu},
    },
    promotion::Coordonnateur,
    signal::Signal,
};

/// What one gesture did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Geste {
    /// Livrets that it stopped, now or when it was sent first.
    pub arretes: Vec<i64>,
    /// Those that were stopped before, and since when: they stay as they are.
    pub deja: Vec<(i64, PrimitiveDateTime)>,
}

impl Geste {
    /// « 30 livrets arrêtés. 2 l’étaient déjà : rien n’y change. »
    pub fn annonce(arretes: usize, deja: usize) -> String {
        let compte = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let faits = date::nombre(compte(arretes), "livret arrêté", "livrets arrêtés");
        if deja == 0 {
            return format!("{faits}.");
        }
        let deja = date::nombre(compte(deja), "l’était déjà", "l’étaient déjà");
        format!("{faits}. {deja}\u{a0}: rien n’y change.")
    }
}

/// A student of the gesture, as she is under the pen.
struct Etat {
    etudiant_id: i64,
    present: bool,
    arrete_le: Option<PrimitiveDateTime>,
    /// What the same key wrote before.
    deja: Option<String>,
    deja_etudiant: Option<i64>,
}

/// What livrets hold, read at once.
#[derive(Default)]
struct Contenu {
    cases: BTreeMap<Cle, Case>,
    decisions: BTreeMap<CleDecision, Decision>,
}

impl Coordonnateur {
    /// Stops these livrets of my promotion in one gesture, each with the fingerprint of what it froze.
    ///
    /// # Errors
    /// Somebody is not in it; the form served already for something else.
    pub async fn arreter_livrets(
        &self,
        db: &mut Db,
        etudiants: &[i64],
        cle: Uuid,
    ) -> Result<Geste> {
        let mut plume = Plume::prendre(db, self).await?;
        let etats = self.etats(db, etudiants, cle).await?;
        let mut geste = Geste::default();
        let mut a_geler = vec![];
        for e in &etats {
            match (&e.deja, e.arrete_le) {
                (Some(genre), _)
                    if genre != "arreter_livret" || e.deja_etudiant != Some(e.etudiant_id) =>
                {
                    return Err(journal::cle_reprise());
                }
                (Some(_), _) => geste.arretes.push(e.etudiant_id), // the same sending, again
                (None, _) if !e.present => {
                    return Err(Error::Refused(
                        "Une de ces personnes n’est plus dans la promotion. Rechargez la page."
                            .into(),
                    ));
                }
                (None, Some(le)) => geste.deja.push((e.etudiant_id, le)),
                (None, None) => {
                    geste.arretes.push(e.etudiant_id);
                    a_geler.push(e.etudiant_id);
                }
            }
        }
        self.geler(db, &mut plume, &a_geler, cle).await?;
        Ok(geste)
    }

    async fn etats(&self, db: &mut Db, etudiants: &[i64], cle: Uuid) -> Result<Vec<Etat>> {
        let cles: Vec<Uuid> = etudiants.iter().map(|e| sienne(cle, *e)).collect();
        Ok(sqlx::query_as!(
            Etat,
            r#"select v.etudiant_id as "etudiant_id!",
                      coalesce(i.du <= $4 and (i.au is null or $4 <= i.au), false) as "present!",
                      a.arrete_le at time zone et.fuseau as arrete_le, e.genre as "deja?",
                      e.etudiant_id as "deja_etudiant?"
                 from unnest($1::bigint[], $2::uuid[]) v (etudiant_id, cle)
                 join livret.etablissement et on et.etablissement_id = livret.ici()
                 left join livret.inscription i on i.etablissement_id = livret.ici() and i.promotion_id = $3
                                               and i.etudiant_id = v.etudiant_id
                 left join livret.arret a on a.etablissement_id = livret.ici() and a.etudiant_id = v.etudiant_id
                                         and a.leve_le is null
                 left join livret.evenement e on e.etablissement_id = livret.ici() and e.acteur_id = $5
                                             and e.cle = v.cle"#,
            etudiants, &cles, self.promotion.promotion_id, self.jour(), self.personne_id()
        )
        .fetch_all(&mut **db)
        .await?)
    }

    async fn geler(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        etudiants: &[i64],
        cle: Uuid,
    ) -> Result<()> {
        if etudiants.is_empty() {
            return Ok(());
        }
        let contenu = contenu(db, etudiants).await?;
        let (seq, tete) = plume.tete();
        let mut actes = vec![];
        let mut empreintes = vec![];
        for &etudiant_id in etudiants {
            let etablissement_id = self.etablissement_id();
            let lieu = Lieu { etablissement_id, etudiant_id, seq, empreinte: tete };
            let cases = contenu.cases.iter().filter(|c| c.0.0 == etudiant_id);
            let decisions = contenu.decisions.iter().filter(|d| d.0.0 == etudiant_id);
            let empreinte = releve::empreinte(&lieu, cases, decisions)?;
            actes.push(Acte {
                genre: "arreter_livret",
                cle: sienne(cle, etudiant_id),
                etudiant_id: Some(etudiant_id),
                contenu: serde_json::json!({
                    "empreinte": hex::encode(&empreinte), "rang": seq.to_string(), "geste": cle,
                }),
                ..Acte::default()
            });
            empreintes.push(empreinte);
        }
        let versions = plume.ecrire_lot(db, actes).await?;
        let message = Signal::message(self.etablissement_id(), self.promotion.promotion_id);
        sqlx::query!(
            r#"with arretes as (
                insert into livret.arret (etablissement_id, etudiant_id, version, arrete_le, par, empreinte)
                select e.etablissement_id, e.etudiant_id, e.seq, e.le, e.acteur_id, v.empreinte
                  from unnest($1::bigint[], $2::bytea[]) v (seq, empreinte)
                  join livret.evenement e on e.etablissement_id = livret.ici() and e.seq = v.seq)
               select pg_notify('livret', $3) as "dit: String""#,
            &versions,
            &empreintes,
            message
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(())
    }
}

/// The key of one student in a gesture.
fn sienne(cle: Uuid, etudiant: i64) -> Uuid {
    Uuid::new_v5(&cle, &etudiant.to_be_bytes())
}

/// What these livrets hold: levels, then decisions.
async fn contenu(db: &mut Db, etudiants: &[i64]) -> Result<Contenu> {
    let cases = sqlx::query!(
        "select etudiant_id, edition_id, code, situation_id, niveau, par, version, vecu_le, preuve_id, remarque
           from livret.positionnement
          where etablissement_id = livret.ici() and etudiant_id = any ($1)",
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    let decisions = sqlx::query!(
        "select etudiant_id, edition_id, code, niveau, propose, motif, par, version
           from livret.validation
          where etablissement_id = livret.ici() and etudiant_id = any ($1)",
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    let mut contenu = Contenu::default();
    for c in cases {
        let cle = (c.etudiant_id, c.edition_id, c.code, c.situation_id);
        let case = Case {
            niveau: c.niveau,
            par: c.par,
            version: c.version,
            vecu_le: Some(c.vecu_le),
            preuve_id: c.preuve_id,
            remarque: c.remarque,
        };
        contenu.cases.insert(cle, case);
    }
    for d in decisions {
        let cle = (d.etudiant_id, d.edition_id, d.code);
        let (niveau, propose, motif) = (d.niveau, d.propose, d.motif);
        let decision = Decision { niveau, propose, motif, par: d.par, version: d.version };
        contenu.decisions.insert(cle, decision);
    }
    Ok(contenu)
}
