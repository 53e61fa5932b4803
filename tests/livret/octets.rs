//! Files of every kind, made here: good ones, and those that somebody makes on purpose.
use std::io::{Cursor, Write};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// One page that says something.
pub(crate) fn pdf(texte: &str) -> String {
    let contenu = format!("BT /F1 24 Tf 40 700 Td ({texte}) Tj ET");
    let objets = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{contenu}\nendstream", contenu.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut texte, mut places) = ("%PDF-1.7\n".to_owned(), vec![]);
    for (n, objet) in objets.iter().enumerate() {
        places.push(texte.len());
        texte = format!("{texte}{} 0 obj\n{objet}\nendobj\n", n + 1);
    }
    let table = texte.len();
    texte += "xref\n0 6\n0000000000 65535 f \n";
    for place in places {
        texte = format!("{texte}{place:010} 00000 n \n");
    }
    format!("{texte}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n")
}

fn coder(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut octets = Cursor::new(vec![]);
    image.write_to(&mut octets, format).unwrap();
    octets.into_inner()
}

/// A photo: a gradient, so that it has many colours.
pub(crate) fn jpeg(largeur: u32, hauteur: u32) -> Vec<u8> {
    let octet = |n: u32| u8::try_from(n % 256).unwrap();
    let photo = RgbImage::from_fn(largeur, hauteur, |x, y| {
        Rgb([octet(x), octet(y), octet(x * y / 64 + x)])
    });
    coder(&photo.into(), ImageFormat::Jpeg)
}

/// A drawing with a hole in it.
/// A photo with shapes and a grain, as heavy as those of a telephone.
pub(crate) fn photo(largeur: u32, hauteur: u32) -> Vec<u8> {
    let mut graine = 7u32;
    let image = image::RgbImage::from_fn(largeur, hauteur, |x, y| {
        graine = graine.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (graine >> 28) as u8;
        let onde = |pas: u32| u8::try_from((x / pas + y / (pas + 3)) % 200).unwrap_or(0);
        image::Rgb([onde(17) + grain, onde(29) + grain, onde(41) + grain])
    });
    let mut octets = vec![];
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut octets, 92)
        .encode_image(&image)
        .unwrap();
    octets
}

pub(crate) fn png() -> Vec<u8> {
    let dessin =
        RgbaImage::from_fn(64, 32, |x, _| Rgba([200, 30, 30, if x < 8 { 0 } else { 255 }]));
    coder(&dessin.into(), ImageFormat::Png)
}

pub(crate) fn webp() -> Vec<u8> {
    coder(&RgbImage::from_pixel(40, 20, Rgb([10, 80, 160])).into(), ImageFormat::WebP)
}

pub(crate) const LIEU: &str = "GPS-48.8584-2.2945";

/// The same photo, as a telephone gives it: turned, and saying where it was taken.
pub(crate) fn jpeg_situe(largeur: u32, hauteur: u32) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entree = |t: u16, genre: u16, n: u32, valeur: u32| {
        [&t.to_le_bytes()[..], &genre.to_le_bytes(), &n.to_le_bytes(), &valeur.to_le_bytes()]
            .concat()
    };
    let texte = format!("{LIEU}\0");
    tiff.extend(3_u16.to_le_bytes());
    tiff.extend(entree(0x010e, 2, u32::try_from(texte.len()).unwrap(), 100)); // description
    tiff.extend(entree(0x0112, 3, 1, 6)); // turn to the right
    tiff.extend(entree(0x8825, 4, 1, 50)); // the place
    tiff.extend([0; 4]);
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entree(1, 2, 2, u32::from(b'N')));
    tiff.extend(entree(2, 5, 3, 120));
    tiff.extend([0; 4]);
    tiff.resize(100, 0);
    tiff.extend(texte.as_bytes());
    tiff.resize(120, 0);
    tiff.extend([48_u32, 1, 51, 1, 30, 1].iter().flat_map(|n| n.to_le_bytes()));
    let corps = [b"Exif\0\0", &tiff[..]].concat();
    let longueur = u16::try_from(corps.len() + 2).unwrap().to_be_bytes();
    let photo = jpeg(largeur, hauteur);
    [&photo[..2], b"\xff\xe1", &longueur, &corps, &photo[2..]].concat()
}

fn crc(octets: &[u8]) -> u32 {
    let pas = |c: u32, o: &u8| {
        (0..8).fold(c ^ u32::from(*o), |c, _| c >> 1 ^ if c & 1 == 1 { 0xedb8_8320 } else { 0 })
    };
    !octets.iter().fold(!0, pas)
}

/// A few bytes that claim so many pixels.
pub(crate) fn png_geant(largeur: u32, hauteur: u32) -> Vec<u8> {
    let morceau = |genre: &[u8], contenu: &[u8]| {
        let corps = [genre, contenu].concat();
        let longueur = u32::try_from(contenu.len()).unwrap().to_be_bytes();
        [&longueur[..], &corps, &crc(&corps).to_be_bytes()].concat()
    };
    let mesures = [&largeur.to_be_bytes()[..], &hauteur.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let rien = b"\x78\x9c\x03\0\0\0\0\x01";
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        morceau(b"IHDR", &mesures),
        morceau(b"IDAT", rien),
        morceau(b"IEND", b""),
    ]
    .concat()
}

pub(crate) fn zip(entrees: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (nom, contenu) in entrees {
        let methode = if *nom == "mimetype" {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        zip.start_file(*nom, SimpleFileOptions::default().compression_method(methode)).unwrap();
        zip.write_all(contenu).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const TYPES: &[u8] = b"<Types><Override PartName=\"/word/document.xml\" ContentType=\"application/\
    vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";

/// A text document, with whatever else is put in it.
pub(crate) fn docx(avec: &[(&str, &[u8])]) -> Vec<u8> {
    let base: [(&str, &[u8]); 2] =
        [("[Content_Types].xml", TYPES), ("word/document.xml", b"<w:document/>")];
    zip(&[&base[..], avec].concat())
}

pub(crate) fn bureau(genre: &str, partie: &str, declare: &str) -> Vec<u8> {
    let types = format!(
        "<Types>application/vnd.openxmlformats-officedocument.{genre}.{declare}.main+xml</Types>"
    );
    zip(&[("[Content_Types].xml", types.as_bytes()), (partie, b"<x/>")])
}

pub(crate) fn odt(avec: &[(&str, &[u8])]) -> Vec<u8> {
    let base: [(&str, &[u8]); 2] = [
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"<office:document-content/>"),
    ];
    zip(&[&base[..], avec].concat())
}

/// A document with a link to a file of the machine.
pub(crate) fn docx_lien() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new_append(Cursor::new(docx(&[]))).unwrap();
    zip.add_symlink("word/lien.xml", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Each entry is modest, all of them together are not: one entry of a megabyte, copied.
pub(crate) fn docx_sans_fin(copies: usize) -> Vec<u8> {
    let mut bloc: Vec<u8> = (0..20_000_u64)
        .map(|n| u8::try_from((n.wrapping_mul(6_364_136_223_846_793_005) >> 40) & 255).unwrap())
        .collect();
    bloc.resize(1 << 20, 0);
    let mut source = zip::ZipArchive::new(Cursor::new(zip(&[("bloc", &bloc)]))).unwrap();
    let mut zip = zip::ZipWriter::new_append(Cursor::new(docx(&[]))).unwrap();
    for n in 0..copies {
        zip.raw_copy_file_rename(source.by_index(0).unwrap(), format!("word/media/{n}.bin"))
            .unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn boite(genre: &[u8], contenu: &[u8]) -> Vec<u8> {
    let taille = u32::try_from(contenu.len() + 8).unwrap().to_be_bytes();
    [&taille[..], genre, contenu].concat()
}

/// A video that says where it was filmed, as telephones do.
pub(crate) fn mp4(marque: [u8; 4]) -> Vec<u8> {
    let piste =
        boite(b"trak", &[boite(b"tkhd", &[0; 84]), boite(b"udta", LIEU.as_bytes())].concat());
    let film = [
        boite(b"mvhd", &[0; 100]),
        piste,
        boite(b"udta", &boite(b"\xa9xyz", LIEU.as_bytes())),
        boite(b"meta", LIEU.as_bytes()),
    ];
    let marques = [&marque[..], &[0; 4], &marque].concat();
    [
        boite(b"ftyp", &marques),
        boite(b"free", LIEU.as_bytes()),
        boite(b"moov", &film.concat()),
        boite(b"mdat", b"les images du film"),
        boite(b"uuid", LIEU.as_bytes()),
    ]
    .concat()
}

/// A photo of a telephone: a picture item, and an Exif item that says where.
pub(crate) fn heic() -> Vec<u8> {
    const DESSIN: &[u8] = b"les octets du dessin";
    let infe = |id: u8, genre: &[u8]| {
        boite(b"infe", &[b"\x02\0\0\0\0", &[id][..], b"\0\0", genre, b"\0"].concat())
    };
    let ftyp = boite(b"ftyp", b"heic\0\0\0\0heicmif1");
    let meta = |places: [u32; 2]| {
        let iinf = boite(
            b"iinf",
            &[&b"\0\0\0\0\0\x02"[..], &infe(1, b"hvc1"), &infe(2, b"Exif")].concat(),
        );
        let longueurs = [DESSIN.len(), LIEU.len()].map(|l| u32::try_from(l).unwrap());
        let mut iloc = b"\0\0\0\0\x44\0\0\x02".to_vec();
        for (n, place) in places.iter().enumerate() {
            let id = u8::try_from(n + 1).unwrap();
            iloc.extend([0, id, 0, 0, 0, 1]);
            iloc.extend(place.to_be_bytes());
            iloc.extend(longueurs[n].to_be_bytes());
        }
        boite(b"meta", &[&[0; 4][..], &iinf, &boite(b"iloc", &iloc)].concat())
    };
    let debut = u32::try_from(ftyp.len() + meta([0, 0]).len() + 8).unwrap();
    let suite = debut + u32::try_from(DESSIN.len()).unwrap();
    let mdat = boite(b"mdat", &[DESSIN, LIEU.as_bytes()].concat());
    [ftyp, meta([debut, suite]), mdat].concat()
}

pub(crate) fn mp3() -> Vec<u8> {
    let mut trame = vec![0xff, 0xfb, 0x90, 0x00];
    trame.resize(417, 0x55);
    let son = trame.repeat(5);
    let titre = [b"ID3\x04\0\0\0\0\0\x12", LIEU.as_bytes()].concat();
    [&titre[..], &son, b"TAG", LIEU.as_bytes()].concat()
}
