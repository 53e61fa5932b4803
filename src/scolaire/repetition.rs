//! How often an ODS says that a row or a cell is repeated, bounded before anybody makes them.

/// Repeated more often, it is what fills a sheet to its edge: nobody typed it.
const REPETE_MAX: usize = 300;

const MARQUES: [&str; 2] = ["number-rows-repeated", "number-columns-repeated"];

fn marques(texte: &str) -> usize {
    MARQUES.iter().map(|m| texte.matches(m).count()).sum()
}

/// What the reader makes of the sheets: the rows of each times the widest of them.
#[derive(Default)]
struct Surface {
    fermees: usize,
    lignes: usize,
    large: usize,
    ici: usize,
}

impl Surface {
    fn ouvrir(&mut self) {
        *self = Self { fermees: self.total(), ..Self::default() };
    }

    fn ligne(&mut self, fois: usize) {
        self.lignes = self.lignes.saturating_add(fois);
        self.ici = 0;
    }

    fn cases(&mut self, fois: usize) {
        self.ici = self.ici.saturating_add(fois);
        self.large = self.large.max(self.ici);
    }

    fn total(&self) -> usize {
        self.fermees.saturating_add(self.lignes.saturating_mul(self.large))
    }
}

/// The same content with such repetitions said once; nothing when what is left is still too much, or says it in a way that
/// no spreadsheet does.
pub fn borner(contenu: &str, cases_max: usize) -> Option<String> {
    let mut borne = String::with_capacity(contenu.len());
    let mut surface = Surface::default();
    for morceau in contenu.split_inclusive('>') {
        let debut = morceau.rfind('<').filter(|_| morceau.ends_with('>'));
        let (texte, balise) = morceau.split_at(debut.unwrap_or(morceau.len()));
        // A tag whose values hold « > » goes on in what looks like a text: it may not say it there.
        if marques(texte) > 0 || marques(balise) > 1 {
            return None;
        }
        borne.push_str(texte);
        let fois = match MARQUES.iter().find_map(|m| balise.find(m).map(|i| i + m.len())) {
            None => {
                borne.push_str(balise);
                1
            }
            Some(ou) => {
                let reste = balise[ou..].trim_start().strip_prefix('=')?.trim_start();
                let guillemet = reste.chars().next().filter(|c| "\"'".contains(*c))?;
                let (nombre, suite) = reste[1..].split_once(guillemet)?;
                let n: usize = nombre.trim().parse().ok()?;
                let fois = if n > REPETE_MAX { 1 } else { n };
                borne.extend([&balise[..ou], "=\"", &fois.to_string(), "\"", suite]);
                fois
            }
        };
        let nom = balise.trim_start_matches('<').split([' ', '\t', '\n', '\r', '/', '>']).next();
        match nom.unwrap_or_default() {
            "table:table" => surface.ouvrir(),
            "table:table-row" => surface.ligne(fois),
            "table:table-cell" | "table:covered-table-cell" => surface.cases(fois),
            _ => continue,
        }
        if surface.total() > cases_max {
            return None;
        }
    }
    Some(borne)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feuille(lignes: &str) -> String {
        format!("<table:table table:name=\"a\">{lignes}</table:table>")
    }

    #[test]
    fn what_fills_a_sheet_to_its_edge_is_said_once() {
        let vide = feuille(
            "<table:table-row><table:table-cell office:value=\"1\"/></table:table-row><table:table-row \
             table:number-rows-repeated=\"1048550\"><table:table-cell table:number-columns-repeated='16384'/></table:table-row>",
        );
        let borne = borner(&vide, 1000).unwrap();
        assert!(borne.contains("rows-repeated=\"1\"") && borne.contains("columns-repeated=\"1\""));
        let peu = feuille(
            "<table:table-row><table:table-cell table:number-columns-repeated=\"3\"/></table:table-row>",
        );
        assert_eq!(borner(&peu, 1000).unwrap(), peu);
        let texte = feuille(
            "<table:table-row><table:table-cell><text:p>a &gt; b > c</text:p></table:table-cell></table:table-row>",
        );
        assert_eq!(borner(&texte, 1000).unwrap(), texte);
    }

    #[test]
    fn what_would_swell_or_hides_it_is_refused() {
        let ligne = "<table:table-row table:number-rows-repeated=\"300\"><table:table-cell \
                     table:number-columns-repeated=\"300\" office:value=\"1\"/></table:table-row>";
        assert_eq!(borner(&feuille(&ligne.repeat(3)), 200_000), None);
        for malin in [
            "<table:table-row a=\">\" table:number-rows-repeated=\"9\">",
            "<table:table-row table:number-rows-repeated=\"&#57;\">",
            "<table:table-row table:number-rows-repeated=\"1\" table:number-rows-repeated=\"9\">",
            "<table:table-row table:number-rows-repeated>",
        ] {
            assert_eq!(borner(&feuille(malin), 1000), None, "{malin}");
        }
    }
}
