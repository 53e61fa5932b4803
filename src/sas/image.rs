//! Pictures are drawn again: what is not pixels (place, device, anything hidden) stays outside.
use std::{
    collections::HashSet,
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
};

use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat,
    ImageReader, Limits, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    metadata::Orientation,
};

use super::genre::Genre;

const COTE_MAX: u32 = 12_000;
const PIXELS_MAX: u64 = 80_000_000;
const OCTETS_MAX: u64 = 400 << 20;
/// Longest side of what is kept, then of its thumbnail.
const COTE: u32 = 2_400;
const VIGNETTE: u32 = 320;
/// A drawing, or the capture of a screen, has fewer colours than a photo.
const COULEURS: usize = 4_096;

const GRANDE: &str = "Cette image est trop grande (12\u{202f}000 pixels de côté et 80 millions en tout, au plus). \
    Réduisez-la ou faites-en une capture d’écran.";
const ABIMEE: &str =
    "Cette image est abîmée ou incomplète. Ouvrez-la, enregistrez-la de nouveau, puis recommencez.";

/// Decodes within limits, turns as the device said, and writes the picture and its thumbnail again.
///
/// # Errors
/// In French: too large, or unreadable.
pub fn refaire(
    source: &Path,
    genre: Genre,
    propre: &Path,
    vignette: &Path,
) -> Result<Genre, &'static str> {
    let image = decoder(source, genre)?;
    let petite = reduire(&image, VIGNETTE).to_rgba8();
    ecrire_vignette(&sur_blanc(&petite), vignette).map_err(|_| super::PLACE)?;
    let image = reduire(&image, COTE);
    let transparente = image.color().has_alpha() && image.to_rgba8().pixels().any(|p| p.0[3] < 255);
    let genre = if transparente || genre == Genre::Png && peu_de_couleurs(&image) {
        Genre::Png
    } else {
        Genre::Jpg
    };
    ecrire(&image, genre, transparente, propre).map_err(|_| super::PLACE)?;
    Ok(genre)
}

fn decoder(source: &Path, genre: Genre) -> Result<DynamicImage, &'static str> {
    let format = match genre {
        Genre::Png => ImageFormat::Png,
        Genre::Webp => ImageFormat::WebP,
        _ => ImageFormat::Jpeg,
    };
    let refus = |e: ImageError| if matches!(e, ImageError::Limits(_)) { GRANDE } else { ABIMEE };
    let mut limites = Limits::default();
    limites.max_image_width = Some(COTE_MAX);
    limites.max_image_height = Some(COTE_MAX);
    limites.max_alloc = Some(OCTETS_MAX);
    let fichier = BufReader::new(File::open(source).map_err(|_| ABIMEE)?);
    let mut lecteur = ImageReader::with_format(fichier, format);
    lecteur.limits(limites);
    let mut decoder = lecteur.into_decoder().map_err(refus)?;
    let (largeur, hauteur) = decoder.dimensions();
    if largeur.max(hauteur) > COTE_MAX
        || u64::from(largeur) * u64::from(hauteur) > PIXELS_MAX
        || decoder.total_bytes() > OCTETS_MAX
    {
        return Err(GRANDE);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(refus)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Averages squares of pixels: no memory besides the result's.
fn reduire(image: &DynamicImage, cote: u32) -> DynamicImage {
    if image.width().max(image.height()) > cote {
        image.thumbnail(cote, cote)
    } else {
        image.clone()
    }
}

fn peu_de_couleurs(image: &DynamicImage) -> bool {
    let image = image.to_rgb8();
    let pas = (image.as_raw().len() / 3 / 250_000).max(1);
    let mut vues = HashSet::new();
    image.pixels().step_by(pas).all(|p| {
        vues.insert(p.0);
        vues.len() <= COULEURS
    })
}

fn ecrire(
    image: &DynamicImage,
    genre: Genre,
    transparente: bool,
    propre: &Path,
) -> anyhow::Result<()> {
    let mut sortie = BufWriter::new(File::create(propre)?);
    let (largeur, hauteur) = (image.width(), image.height());
    match (genre, transparente) {
        (Genre::Png, true) => {
            let pixels = image.to_rgba8();
            PngEncoder::new(&mut sortie).write_image(
                &pixels,
                largeur,
                hauteur,
                ExtendedColorType::Rgba8,
            )?;
        }
        (Genre::Png, false) => {
            let pixels = image.to_rgb8();
            PngEncoder::new(&mut sortie).write_image(
                &pixels,
                largeur,
                hauteur,
                ExtendedColorType::Rgb8,
            )?;
        }
        _ => JpegEncoder::new_with_quality(&mut sortie, 85).encode_image(&image.to_rgb8())?,
    }
    Ok(sortie.flush()?)
}

fn sur_blanc(image: &image::RgbaImage) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, a] = image.get_pixel(x, y).0.map(u16::from);
        let pose = |c: u16| u8::try_from((c * a + 255 * (255 - a)) / 255).unwrap_or(255);
        image::Rgb([pose(r), pose(g), pose(b)])
    })
}

pub fn ecrire_vignette(image: &RgbImage, chemin: &Path) -> anyhow::Result<()> {
    let mut sortie = BufWriter::new(File::create(chemin)?);
    JpegEncoder::new_with_quality(&mut sortie, 80).encode_image(image)?;
    Ok(sortie.flush()?)
}
