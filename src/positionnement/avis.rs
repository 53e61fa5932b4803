//! What tutors said of a line: advice, beside the levels and never among them.
use time::PrimitiveDateTime;

use crate::{app::Db, error::Result, etudiant::Etudiant};

/// One answer of a tutor, in the words that were read; of each period, only the last signature counts.
#[derive(Debug, Clone)]
pub struct AvisTuteur {
    pub enonce: String,
    /// « Seul ».
    pub reponse: String,
    pub nom: String,
    pub organisation: String,
    pub le: PrimitiveDateTime,
    /// A teacher typed it from paper.
    pub papier: bool,
}

impl Etudiant {
    pub async fn avis_tuteur(&self, db: &mut Db, code: &str) -> Result<Vec<AvisTuteur>> {
        Ok(sqlx::query_as!(
            AvisTuteur,
            r#"select l.enonce, l.reponse, a.nom, o.nom as organisation, a.signe_le at time zone e.fuseau as "le!",
                      a.papier_du is not null as "papier!"
                 from livret.avis_ligne l
                 join livret.avis a using (etablissement_id, avis_id)
                 join livret.periode p using (etablissement_id, periode_id)
                 join livret.organisation o using (etablissement_id, organisation_id)
                 join livret.etablissement e using (etablissement_id)
                where l.etablissement_id = livret.ici() and l.etudiant_id = $1 and l.code = $2 and p.promotion_id = $3
                  and not exists (select from livret.avis b where b.etablissement_id = a.etablissement_id
                                     and b.periode_id = a.periode_id and b.avis_id > a.avis_id)
                order by a.avis_id desc, l.enonce"#,
            self.etudiant_id,
            code,
            self.promotion_id
        )
        .fetch_all(&mut **db)
        .await?)
    }
}
