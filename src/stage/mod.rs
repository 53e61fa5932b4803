//! Internships: where each student is, with whom, how many days that makes, and the paper that proves it.
pub mod amenagement;
pub mod calcul;
mod candidat;
pub mod carnet;
mod carnet_pages;
mod amenagement_pages;
pub mod attestation;
mod listes;
mod miens;
pub mod mission;
mod mission_pages;
mod page_periode;
mod papier;
pub mod pages;
pub mod periode;
pub mod piece;
mod piece_pages;
mod saisie;
pub mod semaine;
mod semaine_pages;
mod tableau;
pub mod visite;
mod visite_pages;

use std::collections::BTreeMap;

use time::Date;

use crate::{
    app::Db,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{Examen, Reglement},
};
pub use calcul::{Absence, Rythme, en_semaines};
use calcul::{Minutes, Presence};
pub use listes::{Charge, charges};

/// A period in an organisation.
#[derive(Debug, Clone)]
pub struct Periode {
    pub periode_id: i64,
    pub promotion_id: i64,
    pub etudiant_id: i64,
    pub organisation_id: i64,
    pub organisation: String,
    pub ville: String,
    pub tuteur_id: Option<i64>,
    /// « M. PETIT ».
    pub tuteur: Option<String>,
    pub referent_id: Option<i64>,
    pub referent: Option<String>,
    pub du: Date,
    pub au: Date,
    pub interrompue_le: Option<Date>,
    pub rythme: Rythme,
    pub absences: Vec<Absence>,
    /// Line of the journal that said it last.
    pub version: i64,
}

/// Where a period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etat {
    Prevue,
    EnCours,
    Terminee,
    Interrompue,
}

impl Etat {
    pub fn intitule(self) -> &'static str {
        match self {
            Self::Prevue => "prévue",
            Self::EnCours => "en cours",
            Self::Terminee => "terminée",
            Self::Interrompue => "interrompue",
        }
    }
}

impl Periode {
    fn presence(&self) -> Presence<'_> {
        Presence {
            du: self.du,
            au: self.au,
            interrompue_le: self.interrompue_le,
            rythme: self.rythme,
            absences: &self.absences,
        }
    }

    pub fn minutes(&self, jour: Date) -> Minutes {
        self.presence().minutes(jour)
    }

    /// Whole days of the period alone, as its attestation says them.
    pub fn jours(&self, reglement: &Reglement) -> u32 {
        calcul::jours(self.minutes(Date::MAX).toutes, reglement.heures_par_jour)
    }

    /// Whole days done by the end of `jour`, and in all.
    pub fn jours_au(&self, reglement: &Reglement, jour: Date) -> (u32, u32) {
        let m = self.minutes(jour);
        let jours = |minutes| calcul::jours(minutes, reglement.heures_par_jour);
        (jours(m.faites), jours(m.toutes))
    }

    /// Last day of presence.
    pub fn fin(&self) -> Date {
        self.presence().fin()
    }

    pub fn etat(&self, jour: Date) -> Etat {
        match self.interrompue_le {
            Some(le) if le < jour => Etat::Interrompue,
            _ if jour < self.du => Etat::Prevue,
            _ if jour > self.au => Etat::Terminee,
            _ => Etat::EnCours,
        }
    }

    /// Nobody is there any more: its paper can be asked for.
    pub fn finie(&self, jour: Date) -> bool {
        self.fin() < jour
    }

    /// « du 4 janvier 2027 au 29 janvier 2027 ».
    pub fn dates(&self) -> String {
        format!("du {} au {}", date::longue(&self.du), date::longue(&self.fin()))
    }

    /// « Boulangerie Petit, du 4 janvier 2027 au 29 janvier 2027 ».
    pub fn en_mots(&self) -> String {
        format!("{}, {}", self.organisation, self.dates())
    }
}

/// How a student's days add up against what is asked of her.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compte {
    /// Days that her voie asks, or that a decision left.
    pub requis: u32,
    /// Done by the end of the day.
    pub faits: u32,
    /// Still to come.
    pub prevus: u32,
    pub par_semaine: u32,
}

impl Compte {
    pub fn faite(&self) -> String {
        en_semaines(self.faits, self.par_semaine)
    }

    pub fn totale(&self) -> String {
        en_semaines(self.faits + self.prevus, self.par_semaine)
    }

    pub fn requise(&self) -> String {
        en_semaines(self.requis, self.par_semaine)
    }
}

/// Fewer weeks than the rules ask of her, by decision.
#[derive(Debug, Clone)]
pub struct Amenagement {
    pub semaines: u32,
    pub motif: String,
    /// Who decided, as she is called.
    pub par: String,
    pub le: time::PrimitiveDateTime,
    pub version: i64,
}

/// The internships of students, read at once.
#[derive(Debug, Default)]
pub struct Stages {
    /// In the order of their first day.
    pub periodes: Vec<Periode>,
    pub amenagements: BTreeMap<i64, Amenagement>,
}

impl Stages {
    pub fn de(&self, etudiant_id: i64) -> impl Iterator<Item = &Periode> {
        self.periodes.iter().filter(move |p| p.etudiant_id == etudiant_id)
    }

    /// Hours add up over all the periods of a student: what is left of a day in one is not lost for the next.
    pub fn compte(&self, examen: &Examen, etudiant_id: i64, jour: Date) -> Compte {
        let regle = examen.reglement;
        let voie = examen.candidature(etudiant_id).voie;
        let semaines = self.amenagements.get(&etudiant_id).map_or(voie.semaines, |a| a.semaines);
        let mut m = Minutes::default();
        for p in self.de(etudiant_id) {
            let de = p.minutes(jour);
            m.faites += de.faites;
            m.toutes += de.toutes;
        }
        let faits = calcul::jours(m.faites, regle.heures_par_jour);
        Compte {
            requis: semaines * regle.jours_par_semaine,
            faits,
            prevus: calcul::jours(m.toutes, regle.heures_par_jour) - faits,
            par_semaine: regle.jours_par_semaine,
        }
    }
}

/// Of these students in a promotion, as far as one may see them: two queries.
pub async fn stages(db: &mut Db, promotion_id: i64, etudiants: &[i64]) -> Result<Stages> {
    let lignes = sqlx::query!(
        r#"select p.periode_id, p.promotion_id, p.etudiant_id, p.organisation_id, o.nom as organisation, o.ville,
                  p.tuteur_id, case when t.personne_id is not null then concat_ws(' ', t.civilite, t.prenom, t.nom) end as tuteur,
                  p.referent_id, case when r.personne_id is not null then concat_ws(' ', r.civilite, r.nom) end as referent,
                  p.du, p.au, p.interrompue_le, p.rythme, p.version,
                  array(select a.du from livret.periode_absence a where a.etablissement_id = p.etablissement_id
                           and a.periode_id = p.periode_id order by a.du) as "dus!: Vec<Date>",
                  array(select a.au from livret.periode_absence a where a.etablissement_id = p.etablissement_id
                           and a.periode_id = p.periode_id order by a.du) as "aus!: Vec<Date>",
                  array(select a.motif from livret.periode_absence a where a.etablissement_id = p.etablissement_id
                           and a.periode_id = p.periode_id order by a.du) as "motifs!: Vec<String>"
             from livret.periode p
             join livret.organisation o using (etablissement_id, organisation_id)
             left join livret.personne t on t.etablissement_id = p.etablissement_id and t.personne_id = p.tuteur_id
             left join livret.personne r on r.etablissement_id = p.etablissement_id and r.personne_id = p.referent_id
            where p.etablissement_id = livret.ici() and p.promotion_id = $1 and p.etudiant_id = any ($2) and not p.annulee
            order by p.du, p.periode_id"#,
        promotion_id,
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    let mut periodes = Vec::with_capacity(lignes.len());
    for l in lignes {
        let jours = l.dus.into_iter().zip(l.aus).zip(l.motifs);
        let absences = jours.map(|((du, au), motif)| Absence { du, au, motif }).collect();
        periodes.push(Periode {
            periode_id: l.periode_id,
            promotion_id: l.promotion_id,
            etudiant_id: l.etudiant_id,
            organisation_id: l.organisation_id,
            organisation: l.organisation,
            ville: l.ville,
            tuteur_id: l.tuteur_id,
            tuteur: l.tuteur,
            referent_id: l.referent_id,
            referent: l.referent,
            du: l.du,
            au: l.au,
            interrompue_le: l.interrompue_le,
            rythme: rythme(&l.rythme),
            absences,
            version: l.version,
        });
    }
    let amenagements = amenagements(db, promotion_id, etudiants).await?;
    Ok(Stages { periodes, amenagements })
}

fn rythme(lu: &[i32]) -> Rythme {
    std::array::from_fn(|n| lu.get(n).and_then(|m| u32::try_from(*m).ok()).unwrap_or(0))
}

async fn amenagements(
    db: &mut Db,
    promotion_id: i64,
    etudiants: &[i64],
) -> Result<BTreeMap<i64, Amenagement>> {
    let lignes = sqlx::query!(
        r#"select a.etudiant_id, a.semaines, a.motif, concat_ws(' ', q.civilite, q.nom) as "par!",
                  a.le at time zone e.fuseau as "le!", a.version
             from livret.amenagement a
             join livret.etablissement e using (etablissement_id)
             join livret.personne q on q.etablissement_id = a.etablissement_id and q.personne_id = a.par
            where a.etablissement_id = livret.ici() and a.promotion_id = $1 and a.etudiant_id = any ($2)"#,
        promotion_id,
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    let un = |semaines: i32, motif, par, le, version| Amenagement {
        semaines: u32::try_from(semaines).unwrap_or_default(),
        motif,
        par,
        le,
        version,
    };
    Ok(lignes
        .into_iter()
        .map(|l| (l.etudiant_id, un(l.semaines, l.motif, l.par, l.le, l.version)))
        .collect())
}

impl Etudiant {
    /// Her internships in the promotion where she is.
    pub async fn stages(&self, db: &mut Db) -> Result<Stages> {
        stages(db, self.promotion_id(), &[self.id()]).await
    }

    /// One of her periods.
    pub async fn periode(&self, db: &mut Db, periode_id: i64) -> Result<Periode> {
        let stages = self.stages(db).await?;
        stages.periodes.into_iter().find(|p| p.periode_id == periode_id).ok_or(Error::NotFound)
    }
}
