//! PDF: how many pages, and the first one as a picture.
use std::{path::Path, sync::Arc};

use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::{
        InterpreterSettings,
        font::{FontData, FontQuery},
    },
    hayro_syntax::Pdf,
    render,
    vello_cpu::color::palette::css::WHITE,
};
use image::RgbImage;

const COTE: f32 = 320.0;

/// Fonts that a PDF names without bringing them: ours stand in.
static ROMAIN: &[u8] = include_bytes!("../../static/fonts/pdf/Regular.ttf");
static GRAS: &[u8] = include_bytes!("../../static/fonts/pdf/Bold.ttf");

fn police(demande: &FontQuery) -> (FontData, u32) {
    let grasse = match demande {
        FontQuery::Standard(s) => format!("{s:?}").contains("Bold"),
        FontQuery::Fallback(f) => f.is_bold,
    };
    (Arc::new(if grasse { GRAS } else { ROMAIN }), 0)
}

/// How many pages; none when they cannot be read (a password, a fault).
pub fn lire(octets: Vec<u8>) -> Option<(Pdf, u32)> {
    let pdf = Pdf::new(octets).ok()?;
    let pages = u32::try_from(pdf.pages().len()).ok().filter(|n| *n > 0)?;
    Some((pdf, pages))
}

/// The first page, 320 pixels at most, whatever the size that it claims.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and 320 by construction"
)]
pub fn dessiner(pdf: &Pdf, chemin: &Path) -> Option<()> {
    let page = pdf.pages().first()?;
    let (largeur, hauteur) = page.render_dimensions();
    if !(largeur.is_finite() && hauteur.is_finite() && largeur >= 1.0 && hauteur >= 1.0) {
        return None;
    }
    let echelle = COTE / largeur.max(hauteur);
    let cote = |c: f32| (c * echelle).clamp(1.0, COTE) as u16;
    let reglages =
        InterpreterSettings { font_resolver: Arc::new(|d| Some(police(d))), ..Default::default() };
    let mesures = RenderSettings {
        x_scale: echelle,
        y_scale: echelle,
        width: Some(cote(largeur)),
        height: Some(cote(hauteur)),
        bg_color: WHITE,
    };
    let dessin = render(page, &RenderCache::new(), &reglages, &mesures);
    let (l, h) = (u32::from(dessin.width()), u32::from(dessin.height()));
    let pixels = dessin.data().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    super::image::ecrire_vignette(&RgbImage::from_raw(l, h, pixels)?, chemin).ok()
}
