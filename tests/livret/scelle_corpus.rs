//! Sealed files and codes to disagree about: valid ones, the same written otherwise, and false ones of every kind.
use livret::{
    sceau::Sceau,
    scelle::{
        Candidat, Cles, Declaration, Edition, Genre, code,
        declaration::{Ecole, Journal},
        json,
    },
};
use serde_json::{Value, json};

/// A chance that is the same each time.
struct Alea(u64);

impl Alea {
    fn tirer(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15); // splitmix64
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    fn sous(&mut self, n: usize) -> usize {
        usize::try_from(self.tirer() % n as u64).unwrap()
    }

    fn dans<'a, T>(&mut self, parmi: &'a [T]) -> &'a T {
        &parmi[self.sous(parmi.len())]
    }
}

const NOMS: [&str; 10] = [
    "ÉTIENNE",
    "N’GUESSAN",
    "DE LA FONTAINE \"dite\" \\ /",
    "ŒUVRÉ ﬁn ʼ",
    "李小龍",
    "\u{1f600}\u{1f3fd} \u{ff5e}",
    "محمد \u{202e}abc",
    "a\u{0}\u{1f}\u{7f}\u{2028}\n\t\u{8}\u{c}\r",
    "e\u{301}",
    "",
];

fn texte(a: &mut Alea) -> String {
    (0..=a.sous(3)).map(|_| *a.dans(&NOMS)).collect::<Vec<_>>().join(" ")
}

fn valeur(a: &mut Alea, profondeur: usize) -> Value {
    match a.sous(if profondeur == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => json!(a.sous(2) == 0),
        2 => json!(i64::try_from(a.sous(1 << 53)).unwrap() - (1 << 52)),
        3 => json!(*a.dans(&[0, 1, -1, json::ENTIER_MAX, -json::ENTIER_MAX])),
        4 => json!(texte(a)),
        5 => (0..a.sous(4)).map(|_| valeur(a, profondeur - 1)).collect(),
        _ => (0..a.sous(5)).map(|_| (texte(a), valeur(a, profondeur - 1))).collect(),
    }
}

fn declaration(a: &mut Alea, sceau: &Sceau) -> Declaration {
    let mut contenu = valeur(a, 4);
    if a.sous(2) == 0 {
        let niveaux: Vec<Value> = (1..=26)
            .map(|n| json!({ "code": format!("{}.{}", n / 7 + 1, n % 7), "niveau": a.dans(&[Some("TI"), Some("I"), Some("S"), Some("TS"), None]) }))
            .collect();
        contenu = json!({ "niveaux": niveaux, "autre": contenu });
    }
    let candidat = (a.sous(4) > 0).then(|| Candidat {
        nom: texte(a),
        prenom: texte(a),
        numero: (a.sous(2) == 0).then(|| a.sous(99_999_999).to_string()),
    });
    Declaration {
        v: 1,
        id: format!("{:016x}{:016x}", a.tirer(), a.tirer()),
        genre: *a.dans(&[
            Genre::Synthese,
            Genre::Dossier,
            Genre::LivretScolaire,
            Genre::FicheEvaluation,
            Genre::Archive,
        ]),
        titre: texte(a),
        etablissement: Ecole { uai: "0000000A".to_owned(), nom: texte(a) },
        session: 2020 + i32::try_from(a.sous(20)).unwrap(),
        candidat,
        edition: Edition { code: "NDRC-2018".to_owned(), empreinte: format!("{:064x}", a.tirer()) },
        contenu,
        journal: Journal {
            seq: i64::try_from(a.sous(1 << 30)).unwrap(),
            empreinte: format!("{:064x}", a.tirer()),
            cle: sceau.cle_id.clone(),
        },
        emise_le: format!(
            "20{:02}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            20 + a.sous(20),
            1 + a.sous(12),
            1 + a.sous(28),
            a.sous(24),
            a.sous(60),
            a.sous(60)
        ),
    }
}

/// The same value written otherwise: members in another order, white space, escapes. Still what was signed.
fn autrement(a: &mut Alea, v: &Value) -> String {
    let blanc = |a: &mut Alea| *a.dans(&["", "", " ", "\n", "\t\r\n  "]);
    let avant = blanc(a);
    let dit = match v {
        Value::String(s) => echappe(a, s),
        Value::Array(tous) => {
            let tous: Vec<String> = tous.iter().map(|v| autrement(a, v)).collect();
            format!("[{}{}]", tous.join(","), blanc(a))
        }
        Value::Object(champs) => {
            let mut champs: Vec<_> = champs.iter().collect();
            for i in (1..champs.len()).rev() {
                champs.swap(i, a.sous(i + 1));
            }
            let dits: Vec<String> = champs
                .into_iter()
                .map(|(n, v)| {
                    format!("{}{}{}:{}", blanc(a), echappe(a, n), blanc(a), autrement(a, v))
                })
                .collect();
            format!("{{{}{}}}", dits.join(","), blanc(a))
        }
        autre => autre.to_string(),
    };
    format!("{avant}{dit}{}", blanc(a))
}

fn echappe(a: &mut Alea, texte: &str) -> String {
    let mut dit = String::from('"');
    for c in texte.chars() {
        if a.sous(6) == 0 || c == '"' || c == '\\' || c < ' ' {
            let mut unites = [0; 2];
            for u in c.encode_utf16(&mut unites) {
                let chiffres = format!("{u:04x}");
                dit.push_str("\\u");
                dit += &if a.sous(2) == 0 { chiffres } else { chiffres.to_uppercase() };
            }
        } else {
            dit.push(c);
        }
    }
    dit.push('"');
    dit
}

/// What was done to a file, and what it became.
type Mutee = (&'static str, Vec<u8>);

/// A file with something wrong in it.
fn mutee(a: &mut Alea, fichier: &[u8], autre: &[u8], faux: &Sceau) -> Mutee {
    let lu: Value = serde_json::from_slice(fichier).unwrap();
    match a.sous(24) {
        n @ (0..=4 | 20 | 21) => octets_mutes(a, n, fichier),
        n @ 5..=15 => valeurs_mutees(a, n, &lu, &serde_json::from_slice(autre).unwrap()),
        n => ecrite_autrement(a, n, (fichier, &lu), faux),
    }
}

/// Bytes, as a wire or a disk does.
fn octets_mutes(a: &mut Alea, n: usize, fichier: &[u8]) -> Mutee {
    match n {
        0 | 1 => {
            let mut m = fichier.to_vec();
            let i = a.sous(m.len());
            m[i] ^= 1 << a.sous(8);
            ("one bit", m)
        }
        2 => ("cut", fichier[..a.sous(fichier.len())].to_vec()),
        3 => {
            let mut m = fichier.to_vec();
            m.remove(a.sous(m.len()));
            ("one byte less", m)
        }
        4 => {
            let mut m = fichier.to_vec();
            let i = a.sous(m.len());
            m.insert(i, *a.dans(b"0 \"}{[],:e.-\\\x00\xc3\xff"));
            ("one byte more", m)
        }
        20 => (
            "around",
            [*a.dans(&[&b"\xef\xbb\xbf"[..], b"\x0b", b"\xc2\xa0", b"{}"]), fichier, b""].concat(),
        ),
        _ => ("after", [fichier, *a.dans(&[&b"x"[..], b"\0", b",", b"\xe2\x80\xa8"])].concat()),
    }
}

/// Values, as a forger does who knows the format.
fn valeurs_mutees(a: &mut Alea, n: usize, lu: &Value, autre: &Value) -> Mutee {
    let avec = |chemin: &str, v: Value| {
        let mut m = lu.clone();
        *m.pointer_mut(chemin).unwrap() = v;
        m.to_string().into_bytes()
    };
    let chiffre = |nom: &str, a: &mut Alea| {
        let mut dit = lu[nom].as_str().unwrap().to_owned().into_bytes();
        let i = a.sous(dit.len());
        dit[i] = if dit[i] == b'0' { b'1' } else { b'0' };
        avec(&format!("/{nom}"), json!(String::from_utf8(dit).unwrap()))
    };
    match n {
        5 => ("signature", chiffre("signature", a)),
        6 => ("key", chiffre("cle", a)),
        7 => ("name of the key", chiffre("cle_id", a)),
        8 => ("another's signature", avec("/signature", autre["signature"].clone())),
        9 => ("another's declaration", avec("/declaration", autre["declaration"].clone())),
        10 => ("title", avec("/declaration/titre", json!("Autre titre"))),
        11 => ("session", avec("/declaration/session", json!(1999))),
        12 => (
            "version",
            avec(
                "/declaration/v",
                a.dans(&[json!(2), json!("1"), json!(true), Value::Null]).clone(),
            ),
        ),
        13 => (
            "instant",
            avec(
                "/declaration/emise_le",
                a.dans(&[
                    json!("2027-05-12T15:40:00+00:00"),
                    json!(1),
                    json!("２027-05-12T15:40:00Z"),
                    json!("2027-05-12T15:40:00Z\n"),
                ])
                .clone(),
            ),
        ),
        14 => {
            let mut m = lu.clone();
            m["declaration"].as_object_mut().unwrap().insert("plus".into(), json!(1));
            ("a member more", m.to_string().into_bytes())
        }
        _ => {
            let mut m = lu.clone();
            let noms: Vec<String> = m.as_object().unwrap().keys().cloned().collect();
            m.as_object_mut().unwrap().remove(a.dans(&noms));
            ("a member less", m.to_string().into_bytes())
        }
    }
}

/// The writing, which a reader that is not strict would accept; and a key of one's own.
fn ecrite_autrement(a: &mut Alea, n: usize, (fichier, lu): (&[u8], &Value), faux: &Sceau) -> Mutee {
    let texte = std::str::from_utf8(fichier).unwrap();
    match n {
        16 => ("said twice", texte.replacen("\"v\":1", "\"v\":1,\"\\u0076\":1", 1).into_bytes()),
        17 => (
            "signature said twice",
            texte.replacen('{', &format!("{{\"signature\":{},", lu["signature"]), 1).into_bytes(),
        ),
        18 => (
            "a number otherwise",
            texte
                .replacen(
                    "\"v\":1",
                    &format!("\"v\":{}", a.dans(&["1.0", "1e0", "01", "+1", "-0"])),
                    1,
                )
                .into_bytes(),
        ),
        19 => (
            "capitals",
            texte
                .replacen(
                    lu["signature"].as_str().unwrap(),
                    &lu["signature"].as_str().unwrap().to_uppercase(),
                    1,
                )
                .replace("\"signature\":\"0", "\"signature\":\"A")
                .into_bytes(),
        ),
        22 => {
            let d: Declaration = serde_json::from_value(lu["declaration"].clone()).unwrap();
            ("a key of one's own", d.sceller(faux).unwrap())
        }
        _ => (
            "composed otherwise",
            texte.replacen("\"uai\":\"", "\"uai\":\"\\ud800", 1).into_bytes(),
        ),
    }
}

/// Two keys: the one in use, and one that was used for some years.
pub(crate) struct Trousseau {
    sceau: Sceau,
    ancien: Sceau,
    pub(crate) cles: Cles,
}

impl Trousseau {
    pub(crate) fn new() -> Self {
        let (sceau, ancien) = (Sceau::new(&[7; 32]), Sceau::new(&[6; 32]));
        let mut cles = Cles::de(&sceau);
        cles.cles.extend(Cles::de(&ancien).cles);
        cles.cles[1].depuis = Some("2024-09-01T00:00:00Z".to_owned());
        cles.cles[1].jusqu_a = Some("2034-01-01T00:00:00Z".to_owned());
        Self { sceau, ancien, cles }
    }

    /// Which one signs, and whether it is good at the instant that the document bears.
    fn choisir(&self, a: &mut Alea, d: &mut Declaration) -> (&Sceau, bool) {
        if a.sous(5) > 0 {
            return (&self.sceau, true);
        }
        d.journal.cle.clone_from(&self.ancien.cle_id);
        (&self.ancien, self.cles.cles[1].sert_a(&d.emise_le))
    }
}

/// A document: what it is, what was done to it, its bytes.
pub(crate) type Piece = (&'static str, &'static str, Vec<u8>);

/// So many valid ones, half of them written otherwise, as many with something wrong, some out of the dates of their key; and
/// printed codes.
pub(crate) fn corpus(combien: usize, trousseau: &Trousseau) -> Vec<Piece> {
    let (mut a, faux) = (Alea(7), Sceau::new(&[8; 32]));
    let a = &mut a;
    let mut tous = vec![];
    let mut precedent = declaration(a, &trousseau.sceau).sceller(&trousseau.sceau).unwrap();
    let mut n = 0;
    while n < combien {
        let mut d = declaration(a, &trousseau.sceau);
        let (sceau, bon) = trousseau.choisir(a, &mut d);
        let fichier = d.sceller(sceau).unwrap();
        let code = code::ecrire(&d, sceau).unwrap().into_bytes();
        if !bon {
            tous.extend([("fichier", "dates", fichier), ("code", "dates", code)]);
            continue;
        }
        let lu: Value = serde_json::from_slice(&fichier).unwrap();
        let valide = if n % 2 == 0 { fichier.clone() } else { autrement(a, &lu).into_bytes() };
        tous.push(("fichier", "valid", valide));
        let (quoi, mutee) = mutee(a, &fichier, &precedent, &faux);
        // « \u001f » and « \u001F » are the same letter: nothing was changed.
        let meme = serde_json::from_slice::<Value>(&mutee).is_ok_and(|m| m == lu);
        tous.push(("fichier", if meme && quoi.starts_with("one") { "valid" } else { quoi }, mutee));
        if n % 4 == 0 {
            tous.push(("code", "mutated", code_mute(a, code.clone())));
            tous.push(("code", "valid", code));
        }
        precedent = fichier;
        n += 1;
    }
    tous
}

fn code_mute(a: &mut Alea, mut code: Vec<u8>) -> Vec<u8> {
    let i = a.sous(code.len());
    match a.sous(4) {
        0 => code.truncate(i),
        1 => code.insert(i, b'A'),
        2 => code.push(*a.dans(b"A=+/ ")),
        _ => code[i] = if code[i] == b'A' { b'B' } else { b'A' },
    }
    code
}
