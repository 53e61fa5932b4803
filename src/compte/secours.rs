//! Recovery codes: ten, printed once, each good once. For whoever lost what she had in hand; no mail, no telephone.
use super::secret;
use crate::{app::App, error::Result};

/// How many at a time.
pub const CODES: usize = 10;

/// Ten new ones; the old ones serve no more. They are shown once: only their hashes are kept.
pub async fn neufs(app: &App, compte: i64) -> Result<Vec<String>> {
    let codes: Vec<_> = std::iter::repeat_with(|| secret::code_neuf(app)).take(CODES).collect();
    let empreintes: Vec<Vec<u8>> = codes.iter().map(|c| c.1.to_vec()).collect();
    sqlx::query!(
        "with anciens as (delete from acces.secours where compte_id = $1)
         insert into acces.secours (compte_id, empreinte, cree_le)
         select $1, e, $3 from unnest($2::bytea[]) e",
        compte,
        &empreintes,
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok(codes.into_iter().map(|c| c.0).collect())
}

/// How many still serve.
pub async fn restants(app: &App, compte: i64) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from acces.secours where compte_id = $1 and servi_le is null"#,
        compte
    )
    .fetch_one(&app.db)
    .await?)
}

/// Uses one up. `false` when it is none of hers, or served already.
pub(super) async fn servir(app: &App, compte: i64, code: &str) -> Result<bool> {
    let code = secret::empreinte_du_code(code);
    let fait = sqlx::query!(
        "update acces.secours set servi_le = $3
          where compte_id = $1 and empreinte = $2 and servi_le is null",
        compte,
        code.as_slice(),
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok(fait.rows_affected() == 1)
}
