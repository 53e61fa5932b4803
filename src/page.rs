//! What every page shows around itself.

/// A link of the menu.
#[derive(Debug, Clone)]
pub struct Lien {
    pub href: String,
    pub intitule: &'static str,
    pub icone: &'static str,
    pub actif: bool,
}

/// The frame of a page: who is here, where one can go. Empty when nobody is known.
#[derive(Debug, Clone, Default)]
pub struct Cadre {
    pub etablissement: Option<String>,
    pub personne: Option<String>,
    pub fonction: Option<String>,
    pub menu: Vec<Lien>,
    /// She may be written to: where she says so is one link away.
    pub courriel: bool,
    /// Her account was opened elsewhere, from an appareil that was not known: said until she looks.
    pub inconnues: i64,
    /// A demonstration: said on every page.
    pub fictif: bool,
    /// What was just done, said once.
    pub annonce: Option<String>,
}

/// Filters that templates may use.
pub mod filters {
    // Askama looks for `filters` beside each template: rooms bring this one in.
    /// The spaces that French typography keeps with its signs, in a text that was typed without them.
    #[askama::filter_fn]
    pub fn fr(texte: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        const ESPACES: [(&str, &str); 6] = [
            (" ;", "\u{202f};"),
            (" !", "\u{202f}!"),
            (" ?", "\u{202f}?"),
            (" :", "\u{a0}:"),
            (" »", "\u{a0}»"),
            ("« ", "«\u{a0}"),
        ];
        let texte = texte.to_string();
        Ok(ESPACES.iter().fold(texte, |t, (tape, juste)| t.replace(tape, juste)))
    }
    /// The letters of a level's mark: the official code, or a short word for what is not a level.
    #[askama::filter_fn]
    pub fn court(code: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        let code = code.to_string();
        Ok(match code.as_str() {
            "absent" => "Abs.".to_owned(),
            "dispense" => "Disp.".to_owned(),
            "non_evalue" => "N. év.".to_owned(),
            "non_rendu" => "N. r.".to_owned(),
            _ => code,
        })
    }

    /// One letter for what is no level: the key that writes it in the grid.
    #[askama::filter_fn]
    pub fn lettre(code: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
        let code = code.to_string();
        Ok(match code.as_str() {
            "absent" => "A".to_owned(),
            "dispense" => "D".to_owned(),
            "non_evalue" => "N".to_owned(),
            "non_rendu" => "R".to_owned(),
            _ => code,
        })
    }
}
