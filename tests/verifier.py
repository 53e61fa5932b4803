#!/usr/bin/env python3
"""A second opinion on sealed documents, written from docs/scelle.md and from nothing else.

    verifier.py --cles livret-cles.json livret-scelle.json…     1 line a file; status 0 all authentic, 1 one is not, 2 unreadable
    verifier.py --cles livret-cles.json --lignes                standard input: « fichier BASE64 » or « code PAYLOAD » a line

Needs Python 3.9 and the package `cryptography`.
"""
import base64
import binascii
import hashlib
import json
import re
import sys
import zlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
ENTIER_MAX = 2**53 - 1


class NonAuthentique(Exception):
    pass


def exiger(vrai, pourquoi):
    if not vrai:
        raise NonAuthentique(pourquoi)


def entier(texte):
    exiger(texte != "-0" and abs(int(texte)) <= ENTIER_MAX, "number")
    return int(texte)


def objet(paires):
    lu = dict(paires)
    exiger(len(lu) == len(paires), "a name said twice")
    return lu


def refuser(_):
    raise NonAuthentique("number")


def controler(valeur, reste=32):
    exiger(reste > 0, "depth")
    if isinstance(valeur, str):
        valeur.encode("utf-8")  # a surrogate that is alone has no UTF-8
    elif isinstance(valeur, list):
        for v in valeur:
            controler(v, reste - 1)
    elif isinstance(valeur, dict):
        for nom, v in valeur.items():
            nom.encode("utf-8")
            controler(v, reste - 1)


def lire(octets):
    exiger(len(octets) <= 4 << 20, "size")
    try:
        valeur = json.loads(octets.decode("utf-8"), object_pairs_hook=objet, parse_int=entier,
                            parse_float=refuser, parse_constant=refuser)
        controler(valeur)
    except (ValueError, RecursionError) as e:  # UnicodeError is a ValueError
        raise NonAuthentique(str(e)) from e
    return valeur


def canonique(v):
    if isinstance(v, dict):
        noms = sorted(v, key=lambda n: n.encode("utf-16-be"))
        return "{" + ",".join(canonique(n) + ":" + canonique(v[n]) for n in noms) + "}"
    if isinstance(v, list):
        return "[" + ",".join(map(canonique, v)) + "]"
    return json.dumps(v, ensure_ascii=False)


def hexa(texte, longueur):
    exiger(isinstance(texte, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * longueur), texte), "hexadecimal")
    return bytes.fromhex(texte)


def instant(texte):
    exiger(isinstance(texte, str) and INSTANT.fullmatch(texte), "instant")
    return texte


def lire_cles(octets):
    liste = lire(octets)
    exiger(isinstance(liste, dict) and set(liste) == {"v", "cles"} and liste["v"] == 1, "list of keys")
    for c in liste["cles"]:
        exiger(set(c) == {"cle_id", "cle", "depuis", "jusqu_a"}, "key")
        exiger(hashlib.sha256(hexa(c["cle"], 32)).hexdigest()[:16] == c["cle_id"], "name of a key")
        for borne in (c["depuis"], c["jusqu_a"]):
            exiger(borne is None or instant(borne), "instant")
    return {c["cle_id"]: c for c in liste["cles"]}


def signee(cles, cle_id, le, signature, message):
    c = cles.get(cle_id)
    exiger(c, "unknown key")
    try:
        Ed25519PublicKey.from_public_bytes(hexa(c["cle"], 32)).verify(signature, message)
    except InvalidSignature as e:
        raise NonAuthentique("signature") from e
    if le is not None:
        en_service(c, le)
    return c


def en_service(c, le):
    exiger((c["depuis"] is None or c["depuis"] <= le) and (c["jusqu_a"] is None or le < c["jusqu_a"]), "dates of the key")


def fichier(octets, cles):
    """The declaration, and its empreinte."""
    f = lire(octets)
    exiger(isinstance(f, dict) and set(f) == {"declaration", "cle", "cle_id", "signature"}, "members")
    d = f["declaration"]
    cle, signature = hexa(f["cle"], 32), hexa(f["signature"], 64)
    hexa(f["cle_id"], 8)
    exiger(isinstance(d, dict) and type(d.get("v")) is int and d["v"] == 1, "version")
    le = instant(d.get("emise_le"))
    exiger(f["cle_id"] in cles and hexa(cles[f["cle_id"]]["cle"], 32) == cle, "unknown key")
    jcs = canonique(d).encode("utf-8")
    signee(cles, f["cle_id"], le, signature, b"livret/scelle/1\n" + jcs)
    return d, hashlib.sha256(jcs).hexdigest()


def code(texte, cles):
    """The eleven values of a code."""
    try:
        octets = base64.urlsafe_b64decode(texte + "=" * (-len(texte) % 4))
    except (ValueError, binascii.Error) as e:
        raise NonAuthentique("base64") from e
    exiger(base64.urlsafe_b64encode(octets).decode().rstrip("=") == texte, "base64")
    exiger(len(octets) > 73 and octets[0] == 1, "version")
    serre = octets[73:]
    c = signee(cles, octets[1:9].hex(), None, octets[9:73], b"livret/code/1\n" + serre)
    try:
        d = zlib.decompressobj(-15)
        clair = d.decompress(serre, 16385)
        exiger(d.eof and len(clair) <= 16384, "deflate")
    except zlib.error as e:
        raise NonAuthentique("deflate") from e
    v = lire(clair)
    exiger(isinstance(v, list) and len(v) == 11, "values")
    en_service(c, instant(v[9]))
    return v, base64.urlsafe_b64decode(v[10] + "=").hex()


def lignes(cles):
    for ligne in sys.stdin:
        genre, _, dit = ligne.rstrip("\n").partition(" ")
        try:
            lu = code(dit, cles) if genre == "code" else fichier(base64.b64decode(dit), cles)
            print("authentique", lu[1])
        except NonAuthentique:
            print("non_authentique -")


def principal(arguments):
    if len(arguments) < 3 or arguments[0] != "--cles":
        print(__doc__)
        return 2
    with open(arguments[1], "rb") as f:
        cles = lire_cles(f.read())
    if arguments[2] == "--lignes":
        lignes(cles)
        return 0
    statut = 0
    for nom in arguments[2:]:
        try:
            with open(nom, "rb") as f:
                d, empreinte = fichier(f.read(), cles)
            print(f"{nom}: authentique · {d['titre']} · {empreinte}")
        except OSError as e:
            print(f"{nom}: illisible ({e.strerror})")
            statut = 2
        except NonAuthentique as e:
            print(f"{nom}: non authentique ({e})")
            statut = max(statut, 1)
    return statut


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
