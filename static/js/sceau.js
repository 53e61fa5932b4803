// Sealed documents, verified in the browser: the format is docs/scelle.md. Nothing here touches the page.
const ENTIER_MAX = Number.MAX_SAFE_INTEGER;
const PROFONDEUR_MAX = 32;
const refuser = (pourquoi) => { throw new Error(pourquoi); };

// JSON.parse forgets a name said twice and rounds numbers: what two readers could understand in two ways is refused here.
export const lireJson = (octets) => {
  if (octets.length > 4 << 20) refuser("taille");
  const t = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  let i = 0;
  const blanc = () => { while (" \t\n\r".includes(t[i] ?? "x")) i++; };
  const texte = () => {
    const debut = i++;
    while (t[i] !== '"') {
      if (i >= t.length) refuser("texte");
      i += t[i] === "\\" ? 2 : 1;
    }
    const lu = JSON.parse(t.slice(debut, ++i)); // refuses control characters and false escapes
    if (/\p{Surrogate}/u.test(lu)) refuser("texte");
    return lu;
  };
  const nombre = () => {
    const [ecrit] = /^-?(?:0|[1-9][0-9]*)(?![0-9.eE])/.exec(t.slice(i, i + 40)) ?? refuser("nombre");
    if (ecrit === "-0" || Math.abs(Number(ecrit)) > ENTIER_MAX) refuser("nombre");
    i += ecrit.length;
    return Number(ecrit);
  };
  const suite = (fin, un) => {
    i++; blanc();
    if (t[i] === fin) { i++; return; }
    for (;;) {
      un(); blanc();
      if (t[i] === fin) { i++; return; }
      if (t[i++] !== ",") refuser("virgule");
      blanc();
    }
  };
  const valeur = (reste) => {
    if (reste === 0) refuser("profondeur");
    blanc();
    const c = t[i];
    if (c === '"') return texte();
    if (c === "[") { const lus = []; suite("]", () => lus.push(valeur(reste - 1))); return lus; }
    if (c === "{") {
      const lus = new Map();
      suite("}", () => {
        if (t[i] !== '"') refuser("nom");
        const nom = texte();
        blanc();
        if (lus.has(nom) || t[i++] !== ":") refuser("nom");
        lus.set(nom, valeur(reste - 1));
      });
      return lus;
    }
    for (const [mot, v] of [["true", true], ["false", false], ["null", null]]) {
      if (t.startsWith(mot, i)) { i += mot.length; return v; }
    }
    return nombre();
  };
  const lu = valeur(PROFONDEUR_MAX);
  blanc();
  return i === t.length ? lu : refuser("suite");
};

// RFC 8785. Objects are Maps: no name is special.
export const canonique = (v) => {
  if (v instanceof Map) return `{${[...v.keys()].sort().map((n) => `${JSON.stringify(n)}:${canonique(v.get(n))}`).join(",")}}`;
  return Array.isArray(v) ? `[${v.map(canonique).join(",")}]` : JSON.stringify(v);
};

const utf8 = (t) => new TextEncoder().encode(t);
const coller = (...morceaux) => new Uint8Array(morceaux.flatMap((m) => [...m]));
export const hex = (octets) => [...octets].map((o) => o.toString(16).padStart(2, "0")).join("");
const deHex = (t, n) => {
  if (typeof t !== "string" || !new RegExp(`^[0-9a-f]{${2 * n}}$`).test(t)) refuser("chiffres");
  return Uint8Array.from(t.match(/../g), (p) => parseInt(p, 16));
};
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
const instant = (t) => (typeof t === "string" && INSTANT.test(t) ? t : refuser("instant"));
const sha256 = async (octets) => new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
const enService = (c, le) => ((c.depuis === null || c.depuis <= le) && (c.jusqu_a === null || le < c.jusqu_a) ? c : refuser("dates"));

// The list of keys, as the server publishes it: name -> key.
export const lireCles = async (octets) => {
  const liste = lireJson(octets);
  if (!(liste instanceof Map) || liste.get("v") !== 1) refuser("clés");
  const cles = new Map();
  for (const c of liste.get("cles")) {
    const [cle, depuis, jusqu_a] = [deHex(c.get("cle"), 32), c.get("depuis"), c.get("jusqu_a")];
    if (hex((await sha256(cle)).slice(0, 8)) !== c.get("cle_id")) refuser("clés");
    for (const borne of [depuis, jusqu_a]) if (borne !== null) instant(borne);
    cles.set(c.get("cle_id"), { cle, depuis, jusqu_a });
  }
  return cles;
};

const signee = async (cle, signature, message) => {
  const k = await crypto.subtle.importKey("raw", cle, { name: "Ed25519" }, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, k, signature, message))) refuser("signature");
};

// A file: its declaration (a Map) and its empreinte; throws when it is not authentic.
export const verifierFichier = async (octets, cles) => {
  const f = lireJson(octets);
  if (!(f instanceof Map) || f.size !== 4) refuser("membres");
  const d = f.get("declaration");
  const [cle, signature] = [deHex(f.get("cle"), 32), deHex(f.get("signature"), 64)];
  deHex(f.get("cle_id"), 8);
  if (!(d instanceof Map) || d.get("v") !== 1) refuser("version");
  const le = instant(d.get("emise_le"));
  const connue = cles.get(f.get("cle_id")) ?? refuser("clé inconnue");
  if (hex(connue.cle) !== hex(cle)) refuser("clé inconnue");
  enService(connue, le);
  const jcs = utf8(canonique(d));
  await signee(connue.cle, signature, coller(utf8("livret/scelle/1\n"), jcs));
  return { declaration: d, empreinte: hex(await sha256(jcs)) };
};

const deBase64 = (t) => {
  if (!/^[A-Za-z0-9_-]*$/.test(t)) refuser("base64");
  const octets = Uint8Array.from(atob(t.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const ecrit = btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return ecrit === t ? octets : refuser("base64");
};

const CLAIR_MAX = 16 << 10;
const gonfler = async (octets) => {
  const lecteur = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const clair = [];
  for (;;) {
    const { done, value } = await lecteur.read();
    if (done) return new Uint8Array(clair);
    if (clair.length + value.length > CLAIR_MAX) refuser("taille");
    clair.push(...value);
  }
};

// A printed code: what it says and the empreinte of its document; throws when it is not authentic.
export const verifierCode = async (texte, cles) => {
  const octets = deBase64(texte);
  if (octets.length <= 73 || octets[0] !== 1) refuser("version");
  const connue = cles.get(hex(octets.slice(1, 9))) ?? refuser("clé inconnue");
  const serre = octets.slice(73);
  await signee(connue.cle, octets.slice(9, 73), coller(utf8("livret/code/1\n"), serre));
  const v = lireJson(await gonfler(serre));
  if (!Array.isArray(v) || v.length !== 11) refuser("valeurs");
  enService(connue, instant(v[9]));
  const [id, genre, uai, session, nom, prenom, numero, niveaux, seq, emise_le] = v;
  return { id, genre, uai, session, nom, prenom, numero, niveaux, seq, emise_le, empreinte: hex(deBase64(v[10])) };
};
