//! One question, four kinds of answers: people, preuves, the référentiel, pages; only what she who asks may open. A few of
//! each, one round trip a kind.
mod lieu;
pub mod pages;

use crate::{
    app::{App, Db},
    compte::{Administrateur, Enseignant, Jury, Moi},
    date,
    error::Result,
    referentiel::pages::Lecture,
};

/// Answers of one kind: whoever wants another one says a word more.
const PAR_GENRE: i64 = 8;
/// What a question may say.
const LETTRES: usize = 100;
const MOTS: usize = 8;

/// An answer: where it is, what it is called, what tells it from another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trouvaille {
    href: String,
    titre: String,
    detail: String,
}

/// Answers of one kind.
#[derive(Debug)]
struct Groupe {
    titre: &'static str,
    icone: &'static str,
    trouvailles: Vec<Trouvaille>,
}

/// What was asked, in words that SQL may look for anywhere.
#[derive(Debug)]
struct Question {
    q: String,
    /// Each word, with what LIKE would take for something else kept as it is.
    mots: Vec<String>,
}

impl Question {
    fn lire(q: &str) -> Self {
        let q: String = q.replace('\0', " ").trim().chars().take(LETTRES).collect();
        let litteral =
            |mot: &str| mot.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let mots = q.split_whitespace().take(MOTS).map(litteral).collect();
        Self { q, mots }
    }

    /// Letters alone are in everything.
    fn precise(&self) -> bool {
        self.q.split_whitespace().any(|mot| mot.chars().count() > 1)
    }
}

impl Moi {
    /// Mine, and nobody else's.
    async fn preuves_trouvees(&self, db: &mut Db, question: &Question) -> Result<Vec<Trouvaille>> {
        let lignes = sqlx::query!(
            r#"select p.preuve_id, p.titre, s.vecue_le
                 from livret.preuve_etudiant pe
                 join livret.preuve p using (etablissement_id, preuve_id)
                 join livret.situation s using (etablissement_id, situation_id)
                where pe.etablissement_id = livret.ici() and pe.etudiant_id = livret.moi() and pe.declinee_le is null
                  and (livret.plier(p.titre) like all (select '%' || livret.plier(m) || '%' from unnest($1::text[]) m)
                       or p.recherche @@ websearch_to_tsquery('french', livret.plier($2)))
                order by s.vecue_le desc, p.preuve_id desc limit $3"#,
            &question.mots,
            question.q,
            PAR_GENRE
        )
        .fetch_all(&mut **db)
        .await?;
        let une = |href: String, titre: String, le: time::Date| Trouvaille {
            href,
            titre,
            detail: date::longue(&le),
        };
        Ok(lignes
            .into_iter()
            .map(|l| une(format!("/preuves/{}", l.preuve_id), l.titre, l.vecue_le))
            .collect())
    }
}

impl Enseignant {
    /// Students of the promotions that I teach today.
    async fn etudiants_trouves(&self, db: &mut Db, question: &Question) -> Result<Vec<Trouvaille>> {
        let lignes = sqlx::query!(
            r#"select q.personne_id, q.nom || ' ' || q.prenom as "nom!", min(pr.nom) as "promotion!"
                 from livret.suivi s
                 join livret.inscription i using (etablissement_id, promotion_id)
                 join livret.promotion pr using (etablissement_id, promotion_id)
                 join livret.personne q on q.etablissement_id = i.etablissement_id and q.personne_id = i.etudiant_id
                where s.etablissement_id = livret.ici() and s.enseignant_id = livret.moi()
                  and s.du <= $3 and (s.au is null or $3 <= s.au) and i.du <= $3 and (i.au is null or $3 <= i.au)
                  and livret.plier(q.nom || ' ' || q.prenom)
                      like all (select '%' || livret.plier(m) || '%' from unnest($1::text[]) m)
                group by q.personne_id, q.nom, q.prenom
                order by q.nom collate "fr-x-icu", q.prenom collate "fr-x-icu", q.personne_id limit $2"#,
            &question.mots,
            PAR_GENRE,
            self.aujourd_hui()
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(lignes
            .into_iter()
            .map(|l| Trouvaille {
                href: format!("/etudiants/{}/livret", l.personne_id),
                titre: l.nom,
                detail: l.promotion,
            })
            .collect())
    }

    /// Their preuves, once accepted by whose they are.
    async fn preuves_trouvees(&self, db: &mut Db, question: &Question) -> Result<Vec<Trouvaille>> {
        let lignes = sqlx::query!(
            r#"with siens as (
                    select distinct i.etudiant_id
                      from livret.suivi s join livret.inscription i using (etablissement_id, promotion_id)
                     where s.etablissement_id = livret.ici() and s.enseignant_id = livret.moi()
                       and s.du <= $4 and (s.au is null or $4 <= s.au) and i.du <= $4 and (i.au is null or $4 <= i.au))
               select pe.etudiant_id, p.preuve_id, p.titre, q.nom || ' ' || q.prenom as "nom!", s.vecue_le
                 from siens
                 join livret.preuve_etudiant pe on pe.etablissement_id = livret.ici() and pe.etudiant_id = siens.etudiant_id
                 join livret.preuve p using (etablissement_id, preuve_id)
                 join livret.situation s using (etablissement_id, situation_id)
                 join livret.personne q on q.etablissement_id = pe.etablissement_id and q.personne_id = pe.etudiant_id
                where pe.declinee_le is null and pe.acceptee_le is not null
                  and (livret.plier(p.titre) like all (select '%' || livret.plier(m) || '%' from unnest($1::text[]) m)
                       or p.recherche @@ websearch_to_tsquery('french', livret.plier($2)))
                order by s.vecue_le desc, p.preuve_id desc, pe.etudiant_id limit $3"#,
            &question.mots,
            question.q,
            PAR_GENRE,
            self.aujourd_hui()
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(lignes
            .into_iter()
            .map(|l| Trouvaille {
                href: format!("/etudiants/{}/preuves/{}", l.etudiant_id, l.preuve_id),
                titre: l.titre,
                detail: format!("{}, {}", l.nom, date::longue(&l.vecue_le)),
            })
            .collect())
    }
}

impl Jury {
    /// Candidates of the promotions that I examine.
    async fn candidats_trouves(&self, db: &mut Db, question: &Question) -> Result<Vec<Trouvaille>> {
        let lignes = sqlx::query!(
            r#"select q.personne_id, q.nom || ' ' || q.prenom as "nom!", min(pr.nom) as "promotion!"
                 from livret.mandat d
                 join livret.inscription i using (etablissement_id, promotion_id)
                 join livret.promotion pr using (etablissement_id, promotion_id)
                 join livret.personne q on q.etablissement_id = i.etablissement_id and q.personne_id = i.etudiant_id
                where d.etablissement_id = livret.ici() and d.jury_id = livret.moi()
                  and coalesce(d.du <= $3, true) and coalesce($3 <= d.au, true)
                  and i.du <= $3 and (i.au is null or $3 <= i.au)
                  and livret.plier(q.nom || ' ' || q.prenom)
                      like all (select '%' || livret.plier(m) || '%' from unnest($1::text[]) m)
                group by q.personne_id, q.nom, q.prenom
                order by q.nom collate "fr-x-icu", q.prenom collate "fr-x-icu", q.personne_id limit $2"#,
            &question.mots,
            PAR_GENRE,
            self.aujourd_hui()
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(lignes
            .into_iter()
            .map(|l| Trouvaille {
                href: format!("/jury/etudiants/{}/dossier.pdf", l.personne_id),
                titre: l.nom,
                detail: format!("dossier (PDF), {}", l.promotion),
            })
            .collect())
    }
}

impl Administrateur {
    /// Students and teachers of the school, in the page of their promotion.
    async fn personnes_trouvees(
        &self,
        db: &mut Db,
        question: &Question,
    ) -> Result<Vec<Trouvaille>> {
        let lignes = sqlx::query!(
            r#"select q.personne_id, q.nom || ' ' || q.prenom as "nom!", pr.promotion_id, pr.nom as promotion,
                      min(g.quoi) as "quoi!"
                 from (select etablissement_id, promotion_id, etudiant_id as personne_id, 'étudiant' as quoi
                         from livret.inscription where du <= $3 and (au is null or $3 <= au)
                       union all
                       select etablissement_id, promotion_id, enseignant_id, 'enseignant'
                         from livret.suivi where du <= $3 and (au is null or $3 <= au)
                       union all
                       select etablissement_id, promotion_id, jury_id, 'jury'
                         from livret.mandat where coalesce(du <= $3, true) and coalesce($3 <= au, true)) g
                 join livret.promotion pr using (etablissement_id, promotion_id)
                 join livret.personne q using (etablissement_id, personne_id)
                where g.etablissement_id = livret.ici()
                  and livret.plier(q.nom || ' ' || q.prenom)
                      like all (select '%' || livret.plier(m) || '%' from unnest($1::text[]) m)
                group by q.personne_id, q.nom, q.prenom, pr.promotion_id, pr.nom
                order by q.nom collate "fr-x-icu", q.prenom collate "fr-x-icu", q.personne_id, pr.nom limit $2"#,
            &question.mots,
            PAR_GENRE,
            self.aujourd_hui()
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(lignes
            .into_iter()
            .map(|l| Trouvaille {
                href: format!("/administration/promotions/{}", l.promotion_id),
                titre: l.nom,
                detail: format!("{}, {}", l.quoi, l.promotion),
            })
            .collect())
    }
}

/// The latest édition: the same for everybody.
async fn du_referentiel(app: &App, question: &Question) -> Result<Vec<Trouvaille>> {
    let lecture = Lecture::open(&app.db, None).await?;
    let trouves = lecture.edition.chercher(&question.q);
    let combien = usize::try_from(PAR_GENRE).unwrap_or(usize::MAX);
    Ok(trouves
        .iter()
        .take(combien)
        .map(|t| Trouvaille {
            href: format!("/referentiel/{}{}", t.element.code, lecture.suite),
            titre: format!("{} {}", t.element.code, t.element.intitule),
            detail: t.element.genre.mot().to_owned(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_like_would_take_for_something_else_is_kept_as_it_is() {
        let question = Question::lire("  100 % _a\\b\0 ");
        assert_eq!(question.mots, ["100", "\\%", "\\_a\\\\b"]);
        assert_eq!(Question::lire(&"é ".repeat(300)).mots.len(), MOTS);
        assert!(Question::lire(&"é".repeat(300)).q.chars().count() == LETTRES);
        assert!(!Question::lire("é a").precise() && Question::lire("é éa").precise());
    }
}
