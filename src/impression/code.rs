//! A text as a code that a phone reads.
use std::fmt::Write;

use anyhow::{Result, anyhow};
use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

/// A code that a phone reads, as a drawing that a template places.
#[derive(Debug, Clone, Serialize)]
pub struct Code {
    pub svg: String,
    /// The dark squares alone, for a page that draws them itself.
    #[serde(skip)]
    pub chemin: String,
    /// How many squares a side, the quiet zone around counted.
    pub cote: usize,
}

/// # Errors
/// A text that no code can hold.
pub fn code(texte: &str) -> Result<Code> {
    let qr =
        QrCode::with_error_correction_level(texte, EcLevel::M).map_err(|e| anyhow!("qr: {e}"))?;
    let (large, cote) = (qr.width(), qr.width() + 8);
    let mut chemin = String::new();
    for (y, rang) in qr.to_colors().chunks(large).enumerate() {
        let mut x = 0;
        for suite in rang.chunk_by(|a, b| a == b) {
            if suite[0] == Color::Dark {
                let n = suite.len();
                let _ = write!(chemin, "M{} {}h{n}v1h-{n}z", x + 4, y + 4); // a text takes all
            }
            x += suite.len();
        }
    }
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {cote} {cote}\" shape-rendering=\"crispEdges\">\
         <path d=\"M0 0h{cote}v{cote}h-{cote}z\" fill=\"#fff\"/><path d=\"{chemin}\" fill=\"#000\"/></svg>"
    );
    Ok(Code { svg, chemin, cote })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_square_of_squares_with_its_three_eyes() {
        let code = code(&format!("https://livret.example.org/tuteur/{}", "ab".repeat(32))).unwrap();
        let n = code.cote - 8;
        assert_eq!((n - 17) % 4, 0, "of a size that readers know");
        for (y, x) in [(4, 4), (4, n - 3), (n - 3, 4)] {
            // The upper and the lower edge of an eye are seven squares, its heart is three.
            for trait_ in [format!("M{x} {y}h7v1h-7z"), format!("M{x} {}h7v1h-7z", y + 6)] {
                assert!(code.svg.contains(&trait_), "{trait_} in {}", code.svg);
            }
            assert!(code.svg.contains(&format!("M{} {}h3v1h-3z", x + 2, y + 3)));
        }
    }
}
