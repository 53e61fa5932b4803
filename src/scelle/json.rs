//! The JSON of a sealed file, read so that nobody reads it otherwise: what two readers could understand in two ways is
//! refused. And the one way to write it (RFC 8785).
use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// The largest file, and how deep its values are.
pub const OCTETS_MAX: usize = 4 << 20;
pub const PROFONDEUR_MAX: usize = 32;
/// Integers that every language holds: ± (2⁵³ − 1).
pub const ENTIER_MAX: i64 = (1 << 53) - 1;

/// A value without doubt; `None` for anything else.
pub fn lire(octets: &[u8]) -> Option<Value> {
    if octets.len() > OCTETS_MAX {
        return None;
    }
    let Stricte(valeur) = serde_json::from_slice(octets).ok()?;
    (profondeur(&valeur) <= PROFONDEUR_MAX).then_some(valeur)
}

/// The bytes that are signed.
///
/// # Errors
/// A value that JSON does not have.
pub fn canonique(valeur: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    Ok(serde_json_canonicalizer::to_vec(valeur)?)
}

fn profondeur(valeur: &Value) -> usize {
    1 + match valeur {
        Value::Array(v) => v.iter().map(profondeur).max().unwrap_or(0),
        Value::Object(o) => o.values().map(profondeur).max().unwrap_or(0),
        _ => 0,
    }
}

/// Without a name said twice, nor a number that is no integer.
struct Stricte(Value);

impl<'de> Deserialize<'de> for Stricte {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Lecteur).map(Self)
    }
}

struct Lecteur;

impl<'de> Visitor<'de> for Lecteur {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without doubt")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        if !(-ENTIER_MAX..=ENTIER_MAX).contains(&v) {
            return Err(E::custom("too large"));
        }
        Ok(Value::Number(Number::from(v)))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        i64::try_from(v).map_err(E::custom).and_then(|v| self.visit_i64(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut suite: A) -> Result<Value, A::Error> {
        let mut valeurs = vec![];
        while let Some(Stricte(valeur)) = suite.next_element()? {
            valeurs.push(valeur);
        }
        Ok(Value::Array(valeurs))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut champs: A) -> Result<Value, A::Error> {
        let mut objet = Map::new();
        while let Some((nom, Stricte(valeur))) = champs.next_entry::<String, Stricte>()? {
            if objet.insert(nom, valeur).is_some() {
                return Err(A::Error::custom("a name said twice"));
            }
        }
        Ok(Value::Object(objet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        for doute in [
            r#"{"a":1,"a":1}"#,
            r#"{"b":{"a":1,"\u0061":2}}"#,
            "1.0",
            "1e2",
            "-0",
            "01",
            "9007199254740992",
            "-9223372036854775808",
            "99999999999999999999",
            r#""\ud800""#,
            "\"\t\"",
            "[1,]",
            "\u{feff}1",
            "1 2",
            "",
            "NaN",
        ] {
            assert_eq!(lire(doute.as_bytes()), None, "{doute}");
        }
        assert_eq!(lire(b"\"\xff\""), None);
        let emboite = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(lire(emboite(PROFONDEUR_MAX).as_bytes()).is_some());
        assert_eq!(lire(emboite(PROFONDEUR_MAX + 1).as_bytes()), None);
    }

    #[test]
    fn one_value_has_one_writing() {
        let ecrit = " {\"é\":\"\\u00e9\\n\\u001f\\/\", \"\u{1f600}\":-9007199254740991,\"\u{ff5e}\":[true,null,{}]}\n";
        let lu = lire(ecrit.as_bytes()).unwrap();
        // Names go by their UTF-16 units: the surrogates of an emoji come before U+FF5E.
        let attendu =
            "{\"é\":\"é\\n\\u001f/\",\"\u{1f600}\":-9007199254740991,\"\u{ff5e}\":[true,null,{}]}";
        assert_eq!(String::from_utf8(canonique(&lu).unwrap()).unwrap(), attendu);
    }
}
