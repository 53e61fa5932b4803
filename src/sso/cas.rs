//! CAS 2 and 3: where to send somebody, and whom a ticket names. The answer is a stranger's XML: read with a pull parser,
//! no DOCTYPE, few entities, little depth; what it says twice, it does not say.
use quick_xml::{
    NsReader,
    events::{BytesRef, Event},
    name::ResolveResult,
};
use url::Url;

use super::{
    Attributs, Dit, Genre, Identite,
    client::{self, Panne},
};

const ESPACE: &str = "http://www.yale.edu/tp/cas";
/// An answer that says who somebody is takes a page, no more.
const REPONSE_MAX: usize = 64 << 10;
const PROFONDEUR: usize = 12;
const FEUILLES: usize = 500;

fn adresse(base: &str, fin: &str) -> Option<Url> {
    client::sur(&format!("{}/{fin}", base.trim_end_matches('/')))
}

/// Where she signs in.
pub(super) fn depart(base: &str, service: &str) -> Result<String, Panne> {
    let mut url = adresse(base, "login").ok_or(Panne::PasHttps)?;
    url.query_pairs_mut().append_pair("service", service);
    Ok(url.into())
}

/// Whom this ticket names.
pub(super) async fn valider(
    (base, genre): (&str, Genre),
    (service, ticket): (&str, &str),
    attributs: &Attributs,
) -> Result<Identite, Panne> {
    let plausible = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if ticket.is_empty() || ticket.len() > 256 || !ticket.chars().all(plausible) {
        return Err(Panne::TicketRefuse);
    }
    let fin = if genre == Genre::Cas3 { "p3/serviceValidate" } else { "serviceValidate" };
    let mut url = adresse(base, fin).ok_or(Panne::PasHttps)?;
    url.query_pairs_mut().append_pair("service", service).append_pair("ticket", ticket);
    let corps = client::lire(&url, None).await?;
    lire(&corps, attributs)
}

/// A ticket that nobody gave: a server that refuses it is one.
pub(super) async fn essayer((base, genre): (&str, Genre), service: &str) -> Result<(), Panne> {
    match valider((base, genre), (service, "ST-essai-du-livret"), &Attributs::default()).await {
        Err(Panne::TicketRefuse) => Ok(()),
        Err(panne) => Err(panne),
        Ok(_) => Err(Panne::Double), // it accepts anything
    }
}

/// What stands at the end of each branch below the success, by its path: `attributes/userAttributes/login`.
type Feuilles = Vec<(String, String)>;

fn lire(corps: &[u8], attributs: &Attributs) -> Result<Identite, Panne> {
    if corps.len() > REPONSE_MAX {
        return Err(Panne::TropGros);
    }
    let texte = std::str::from_utf8(corps).map_err(|_| Panne::Illisible)?;
    let debut: String = texte.trim_start().chars().take(20).flat_map(char::to_lowercase).collect();
    if debut.starts_with("<!doctype html") || debut.starts_with("<html") {
        return Err(Panne::UnePage);
    }
    let feuilles = succes(texte)?;
    let valeur = une(&feuilles, &attributs.cle)?.ok_or(Panne::SansIdentite)?;
    let dit = |chemins: &str| une(&feuilles, chemins).ok().flatten().unwrap_or_default();
    Identite::new(
        valeur,
        &Dit {
            nom: dit(&attributs.nom),
            prenom: dit(&attributs.prenom),
            naissance: dit(&attributs.naissance),
        },
    )
}

/// The only value of the first of these paths that is there.
fn une(feuilles: &Feuilles, chemins: &str) -> Result<Option<String>, Panne> {
    for chemin in chemins.split_whitespace() {
        let mut valeurs = feuilles.iter().filter(|f| f.0 == chemin).map(|f| f.1.trim());
        if let Some(valeur) = valeurs.next() {
            return if valeurs.next().is_some() {
                Err(Panne::Double)
            } else {
                Ok(Some(valeur.to_owned()).filter(|v| !v.is_empty()))
            };
        }
    }
    Ok(None)
}

/// Reading an answer: where one is, and what was found.
#[derive(Default)]
struct Lecture {
    chemin: Vec<String>,
    texte: String,
    feuilles: Feuilles,
    succes: usize,
    code: Option<String>,
}

impl Lecture {
    /// An element of CAS itself opens at this depth.
    fn entrer(&mut self, nom: &str, de_cas: bool, code: Option<String>) -> Result<(), Panne> {
        match self.chemin.len() {
            0 if !(de_cas && nom == "serviceResponse") => return Err(Panne::UnePage),
            1 if !de_cas => return Err(Panne::Illisible),
            1 if nom == "authenticationSuccess" => self.succes += 1,
            1 if nom == "authenticationFailure" => self.code = Some(code.unwrap_or_default()),
            2 if nom == "user" && !de_cas => return Err(Panne::Illisible),
            PROFONDEUR.. => return Err(Panne::Illisible),
            _ => {}
        }
        self.chemin.push(nom.to_owned());
        self.texte.clear();
        Ok(())
    }

    fn sortir(&mut self) -> Result<(), Panne> {
        if self.chemin.get(1).is_some_and(|c| c == "authenticationSuccess") && self.chemin.len() > 2
        {
            if self.feuilles.len() == FEUILLES {
                return Err(Panne::TropGros);
            }
            let texte = std::mem::take(&mut self.texte);
            if !texte.trim().is_empty() {
                self.feuilles.push((self.chemin[2..].join("/"), texte));
            }
        }
        self.texte.clear();
        self.chemin.pop();
        Ok(())
    }
}

fn succes(texte: &str) -> Result<Feuilles, Panne> {
    let mut xml = NsReader::from_str(texte);
    xml.config_mut().expand_empty_elements = true;
    let (mut l, mut fini) = (Lecture::default(), false);
    loop {
        let (espace, evenement) = xml.read_resolved_event().map_err(|_| Panne::Illisible)?;
        match evenement {
            Event::Start(e) => {
                let de_cas = matches!(espace, ResolveResult::Bound(n) if n.into_inner() == ESPACE);
                if fini || matches!(espace, ResolveResult::Unknown(_)) {
                    return Err(Panne::Illisible);
                }
                let code =
                    e.attributes().flatten().find(|a| a.key.local_name().into_inner() == "code");
                let code = code.map(|a| a.value.clone().into_owned());
                l.entrer(e.local_name().into_inner(), de_cas, code)?;
            }
            Event::End(_) => {
                l.sortir()?;
                fini = l.chemin.is_empty();
            }
            Event::Text(t) => l.texte.push_str(&t.into_inner()),
            Event::CData(t) => l.texte.push_str(&t.into_inner()),
            Event::GeneralRef(r) => l.texte.push_str(&reference(&r)?),
            Event::DocType(_) => return Err(Panne::Illisible),
            Event::Eof => break,
            _ => {}
        }
    }
    match (l.succes, l.code) {
        _ if !fini => Err(Panne::Illisible),
        (1, None) => Ok(l.feuilles),
        (0, Some(code)) => Err(match code.as_str() {
            "INVALID_SERVICE" | "INVALID_REQUEST" | "UNAUTHORIZED_SERVICE" => Panne::ServiceInconnu,
            _ => Panne::TicketRefuse,
        }),
        (0, None) => Err(Panne::Illisible),
        _ => Err(Panne::Double),
    }
}

/// A character said by its number, or one of the five that XML knows; nothing that a document defines.
fn reference(r: &BytesRef<'_>) -> Result<String, Panne> {
    if let Some(lettre) = r.resolve_char_ref().map_err(|_| Panne::Illisible)? {
        return Ok(lettre.into());
    }
    let nom = r.borrow().into_inner();
    quick_xml::escape::resolve_xml_entity(&nom).map(str::to_owned).ok_or(Panne::Illisible)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributs() -> Attributs {
        let dit = |s: &str| s.to_owned();
        Attributs {
            cle: dit("attributes/externalId user"),
            nom: dit("attributes/userAttributes/lastName"),
            prenom: dit("attributes/userAttributes/firstName"),
            naissance: dit("attributes/userAttributes/birthDate"),
        }
    }

    fn reponse(dedans: &str) -> String {
        format!("<cas:serviceResponse xmlns:cas=\"{ESPACE}\">{dedans}</cas:serviceResponse>")
    }

    fn qui(xml: &str) -> Result<String, Panne> {
        lire(xml.as_bytes(), &attributs()).map(|i| i.valeur)
    }

    #[test]
    fn an_answer_is_read_whatever_its_prefix_and_its_shape() {
        let ent = reponse(
            "<cas:authenticationSuccess><cas:user>b7c1</cas:user><cas:attributes><cas:userAttributes>
             <cas:lastName>&#201;tienne</cas:lastName><cas:firstName>Zo&#xE9;</cas:firstName>
             <cas:birthDate>2006-10-03</cas:birthDate><cas:profile>Student</cas:profile></cas:userAttributes>
             </cas:attributes></cas:authenticationSuccess>",
        );
        let lue = lire(ent.as_bytes(), &attributs()).unwrap();
        assert_eq!(lue.valeur, "b7c1");
        assert_eq!((lue.dit.nom.as_str(), lue.dit.prenom.as_str()), ("Étienne", "Zoé"));
        let sans_prefixe = format!(
            "<?xml version=\"1.0\"?>\n<serviceResponse xmlns='{ESPACE}'><authenticationSuccess><user> zoe </user>
             <!-- rien --><proxies/></authenticationSuccess></serviceResponse>\n"
        );
        assert_eq!(qui(&sans_prefixe).unwrap(), "zoe");
        let ailleurs = reponse(
            "<cas:authenticationSuccess><cas:user>login</cas:user><cas:attributes>
             <externalId xmlns=\"urn:x\">k-12</externalId></cas:attributes></cas:authenticationSuccess>",
        );
        assert_eq!(qui(&ailleurs).unwrap(), "k-12");
        let coupe = reponse(
            "<cas:authenticationSuccess><cas:user>ad<!-- x -->min</cas:user></cas:authenticationSuccess>",
        );
        assert_eq!(qui(&coupe).unwrap(), "admin");
    }

    const USER: &str = "<cas:user>zoe</cas:user>";

    fn oui(dedans: &str) -> String {
        reponse(&format!("<cas:authenticationSuccess>{dedans}</cas:authenticationSuccess>"))
    }

    #[test]
    fn a_server_that_says_two_things_or_nothing_is_not_believed() {
        let succes = format!("<cas:authenticationSuccess>{USER}</cas:authenticationSuccess>");
        let sans = |code: &str| {
            reponse(&format!(
                "<cas:authenticationFailure code='{code}'>non</cas:authenticationFailure>"
            ))
        };
        for (nom, xml, panne) in [
            ("two people", oui(&format!("{USER}<cas:user>amina</cas:user>")), Panne::Double),
            ("two successes", reponse(&succes.repeat(2)), Panne::Double),
            (
                "yes and no",
                reponse(&format!("{succes}<cas:authenticationFailure code='X'/>")),
                Panne::Double,
            ),
            ("nobody", oui(""), Panne::SansIdentite),
            ("an empty name", oui("<cas:user>  </cas:user>"), Panne::SansIdentite),
            ("an endless name", oui(&USER.replace("zoe", &"x".repeat(256))), Panne::SansIdentite),
            ("a refusal", sans("INVALID_TICKET"), Panne::TicketRefuse),
            ("an unknown service", sans("INVALID_SERVICE"), Panne::ServiceInconnu),
            ("nothing", reponse(""), Panne::Illisible),
        ] {
            assert_eq!(qui(&xml), Err(panne), "{nom}");
        }
    }

    #[test]
    fn what_is_no_answer_of_cas_is_not_read() {
        let puits = format!("{}{}", "<a>".repeat(50), "</a>".repeat(50));
        let entite = "<cas:user>&a;</cas:user>";
        for (nom, xml, panne) in [
            ("another namespace", oui(USER).replace(ESPACE, "urn:x"), Panne::UnePage),
            ("no namespace", oui(USER).replace("cas:", ""), Panne::UnePage),
            ("a prefix of nothing", oui(USER).replace("xmlns:cas", "xmlns:sac"), Panne::Illisible),
            ("a user of another world", oui("<user xmlns='urn:x'>zoe</user>"), Panne::Illisible),
            ("a page", "<!DOCTYPE html><html><body>Bienvenue</body></html>".into(), Panne::UnePage),
            (
                "a document type",
                format!("<!DOCTYPE x [<!ENTITY a 'zoe'>]>{}", oui(entite)),
                Panne::Illisible,
            ),
            ("an entity", oui(entite), Panne::Illisible),
            ("a second document", oui(USER).repeat(2), Panne::Illisible),
            ("half an answer", oui(USER).replace("</cas:serviceResponse>", ""), Panne::Illisible),
            ("a well", oui(&puits), Panne::Illisible),
            ("a flood", oui(&"<cas:a>1</cas:a>".repeat(600)), Panne::TropGros),
            ("a sea", oui(&" ".repeat(70_000)), Panne::TropGros),
            ("silence", String::new(), Panne::Illisible),
            ("json", "{}".into(), Panne::Illisible),
        ] {
            assert_eq!(qui(&xml), Err(panne), "{nom}");
        }
        let octets = lire(&[0xff, 0xfe, 0x00], &attributs()).map(|i| i.valeur);
        assert_eq!(octets, Err(Panne::Illisible));
    }
}
