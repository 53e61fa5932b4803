//! XML pulled piece by piece: no DOCTYPE, no entity but the five of the standard, no depth that a school's file has not.
use quick_xml::{Reader, XmlVersion, events::Event};

use super::refus;

const PROFONDEUR_MAX: usize = 24;
const TEXTE_MAX: usize = 4_000;
/// No element of a school's file has ten.
const ATTRIBUTS_MAX: usize = 40;

/// An element, as its start and its end are met.
pub enum Balise<'a> {
    Debut(&'a str, &'a [(String, String)]),
    /// What it said between the two, without what its children said.
    Fin(&'a str, &'a str),
}

/// Walks through a text; `dire` hears each start and each end, with the names of what is around, outermost first.
///
/// # Errors
/// In French: what is dangerous or broken, and what to do.
pub fn parcourir(
    texte: &str,
    mut dire: impl FnMut(&[String], Balise<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let mut lecteur = Reader::from_str(texte);
    let mut chemin: Vec<String> = vec![];
    let mut dits: Vec<String> = vec![];
    let abime = || refus::XML_ABIME.to_owned();
    loop {
        match lecteur.read_event().map_err(|_| abime())? {
            Event::DocType(_) => return Err(refus::DOCTYPE.to_owned()),
            Event::Start(e) => {
                if chemin.len() >= PROFONDEUR_MAX {
                    return Err(refus::XML_PROFOND.to_owned());
                }
                let (nom, attributs) = lire_debut(&e)?;
                dire(&chemin, Balise::Debut(&nom, &attributs))?;
                chemin.push(nom);
                dits.push(String::new());
            }
            Event::Empty(e) => {
                let (nom, attributs) = lire_debut(&e)?;
                dire(&chemin, Balise::Debut(&nom, &attributs))?;
                dire(&chemin, Balise::Fin(&nom, ""))?;
            }
            Event::End(_) => {
                let (nom, dit) = chemin.pop().zip(dits.pop()).ok_or_else(abime)?;
                dire(&chemin, Balise::Fin(&nom, dit.trim()))?;
            }
            Event::Text(t) => ajouter(&mut dits, &t.xml10_content())?,
            Event::CData(t) => ajouter(&mut dits, &t.xml10_content())?,
            Event::GeneralRef(r) => match (r.is_char_ref(), &*r.xml10_content()) {
                (true, _) => {
                    let lettre = r.resolve_char_ref().ok().flatten().ok_or_else(abime)?;
                    ajouter(&mut dits, lettre.encode_utf8(&mut [0; 4]))?;
                }
                (_, nom) => ajouter(&mut dits, predefinie(nom).ok_or(refus::DOCTYPE)?)?,
            },
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof if chemin.is_empty() => return Ok(()),
            Event::Eof => return Err(abime()),
        }
    }
}

fn lire_debut(
    e: &quick_xml::events::BytesStart<'_>,
) -> Result<(String, Vec<(String, String)>), String> {
    let un = |a: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let a = a.map_err(|_| refus::XML_ABIME.to_owned())?;
        let dit =
            a.normalized_value(XmlVersion::Implicit1_0).map_err(|_| refus::XML_ABIME.to_owned())?;
        Ok((a.key.as_ref().to_owned(), dit.into_owned()))
    };
    // Whether two have the same name is not asked: the question costs the square of their number.
    let mut tous = e.attributes();
    let tous = tous.with_checks(false).take(ATTRIBUTS_MAX + 1).map(un);
    let attributs = tous.collect::<Result<Vec<_>, String>>()?;
    if attributs.len() > ATTRIBUTS_MAX {
        return Err(refus::XML_PROFOND.to_owned());
    }
    Ok((e.name().as_ref().to_owned(), attributs))
}

fn predefinie(nom: &str) -> Option<&'static str> {
    Some(match nom {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "apos" => "'",
        "quot" => "\"",
        _ => return None,
    })
}

/// What is said of an element that no field of ours needs is cut, so that nothing piles up.
fn ajouter(dits: &mut [String], morceau: &str) -> Result<(), String> {
    match dits.last_mut() {
        Some(dit) if dit.len() < TEXTE_MAX => dit.extend(morceau.chars().take(TEXTE_MAX)),
        Some(_) => {}
        None if morceau.trim().is_empty() => {}
        None => return Err(refus::XML_ABIME.to_owned()),
    }
    Ok(())
}

/// The name of the outermost element.
///
/// # Errors
/// As [`parcourir`], for what stands before it.
pub fn racine(texte: &str) -> Result<String, String> {
    let mut trouvee = None;
    let fini = parcourir(texte, |chemin, balise| {
        if let (true, Balise::Debut(nom, _)) = (chemin.is_empty(), balise) {
            trouvee = Some(nom.to_owned());
        }
        Err(String::new())
    });
    match (trouvee, fini) {
        (Some(nom), _) => Ok(nom),
        (None, Err(message)) if !message.is_empty() => Err(message),
        _ => Err(refus::XML_ABIME.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dits(texte: &str) -> Result<Vec<(String, String)>, String> {
        let mut tous = vec![];
        parcourir(texte, |_, balise| {
            if let Balise::Fin(nom, dit) = balise {
                tous.push((nom.to_owned(), dit.to_owned()));
            }
            Ok(())
        })?;
        Ok(tous)
    }

    #[test]
    fn what_is_said_is_heard_with_its_five_entities() {
        let lus =
            dits("<?xml version='1.0'?><A><B>d&apos;A &amp; B&#233;</B><C/><![CDATA[x]]></A>");
        let attendus = [("B", "d'A & Bé"), ("C", ""), ("A", "x")];
        assert_eq!(lus.unwrap(), attendus.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_doctype_is_refused_before_anything_of_it_is_read() {
        let rires = "<?xml version='1.0'?><!DOCTYPE STS_EDT [<!ENTITY lol 'lol'>\
                     <!ENTITY lol2 '&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;'>]><STS_EDT>&lol2;</STS_EDT>";
        let ailleurs = "<!DOCTYPE A SYSTEM \"file:///etc/passwd\"><A/>";
        for texte in [rires, ailleurs] {
            assert_eq!(dits(texte).unwrap_err(), refus::DOCTYPE);
            assert_eq!(racine(texte).unwrap_err(), refus::DOCTYPE);
        }
        assert_eq!(
            dits("<A>&secret;</A>").unwrap_err(),
            refus::DOCTYPE,
            "an entity that nobody declared"
        );
    }

    #[test]
    fn an_element_with_a_million_attributes_is_refused_at_once() {
        let texte = format!("<A {}/>", "x='' ".repeat(1_000_000));
        assert_eq!(dits(&texte).unwrap_err(), refus::XML_PROFOND);
    }

    #[test]
    fn depth_and_breakage_are_refused() {
        let profond = "<a>".repeat(30) + &"</a>".repeat(30);
        assert_eq!(dits(&profond).unwrap_err(), refus::XML_PROFOND);
        for casse in
            ["<A><B></A>", "<A>", "texte", "<A/>suite", "<A x=1/>", "</A>", "<A>&#xFFFFFFF;</A>"]
        {
            assert_eq!(dits(casse).unwrap_err(), refus::XML_ABIME, "{casse}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_refused_in_words(texte in "[<>/&;!A-D\"'= x-]{0,200}") {
            if let Err(message) = dits(&texte) {
                prop_assert!(message.ends_with('.'));
            }
        }
    }
}
