// A file on its way: a photo made lighter, then pieces one after the other. A cut only makes it wait.
const COTE = 2000, POIDS = 600_000;

/// A photo, drawn again smaller; anything else, or one that is light already, as it is.
export const reduire = async (fichier) => {
  if (!/^image\/(jpeg|png|webp)$/.test(fichier.type)) return fichier;
  let image;
  try { image = await createImageBitmap(fichier, { imageOrientation: "from-image" }); } catch { return fichier; }
  try {
    const grand = Math.max(image.width, image.height);
    if (grand <= COTE && fichier.size < POIDS) return fichier;
    let reduit = null;
    for (const [cote, qualite] of [[COTE, 0.82], [COTE, 0.68], [1600, 0.68], [1600, 0.5], [1200, 0.5], [900, 0.45]]) {
      const echelle = Math.min(1, cote / grand);
      const toile = Object.assign(document.createElement("canvas"), {
        width: Math.max(1, Math.round(image.width * echelle)), height: Math.max(1, Math.round(image.height * echelle)) });
      const dessin = toile.getContext("2d");
      dessin.fillStyle = "#fff"; // what was transparent
      dessin.fillRect(0, 0, toile.width, toile.height);
      dessin.drawImage(image, 0, 0, toile.width, toile.height);
      reduit = await new Promise((oui) => toile.toBlob(oui, "image/jpeg", qualite));
      if (!reduit || reduit.size < POIDS) break;
    }
    if (!reduit || reduit.size >= fichier.size) return fichier;
    return new File([reduit], `${fichier.name.replace(/\.[^.]*$/, "") || "photo"}.jpg`, { type: "image/jpeg" });
  } finally { image.close(); }
};

/// What the server refuses for good, in its own words.
export class Refus extends Error {}

/// No waiting makes these better.
const perdu = ({ status }) => {
  if (status === 401) throw new Refus("Votre session est terminée : reconnectez-vous dans un autre onglet, puis réessayez.");
  if (status === 403 || status === 404) throw new Refus("Ce fichier ne peut pas partir d’ici : rechargez la page, puis choisissez-le de nouveau.");
};

const attendre = (ms, signal) => new Promise((oui) => {
  const fin = () => { clearTimeout(t); removeEventListener("online", fin); signal.removeEventListener("abort", fin); oui(); };
  const t = setTimeout(fin, ms);
  addEventListener("online", fin);
  signal.addEventListener("abort", fin);
});

/// Sends these bytes as the deposit `cle`; the answer is the file that the server kept. `progres`: { part, arret }.
/// Too long, or taken away: either ends it.
const limite = (signal, ms) => {
  const fin = new AbortController(), finir = () => fin.abort();
  const t = setTimeout(finir, ms);
  signal.addEventListener("abort", finir);
  return { signal: fin.signal, oublier: () => { clearTimeout(t); signal.removeEventListener("abort", finir); } };
};

export const envoyer = async ({ cle, octets, nom, morceau, progres, signal, compte }) => {
  const adresse = `/depots/${cle}`;
  let debut = null, taille = Math.min(morceau, 65_536), pause = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      if (debut === null) { // what is there already, after a cut or on another day
        const r = await fetch(adresse, { headers: { Accept: "application/json" }, signal });
        perdu(r);
        if (!r.ok) throw new Error(r.status);
        const dit = await r.json();
        if (dit.fichier) return dit;
        debut = dit.recu;
      }
      const avant = performance.now(), borne = limite(signal, 60_000);
      const r = await fetch(`${adresse}?debut=${debut}&taille=${octets.size}&nom=${encodeURIComponent(nom)}&compte=${encodeURIComponent(compte)}`, {
        method: "POST", headers: { Accept: "application/json", "Content-Type": "application/octet-stream" },
        body: octets.slice(debut, debut + taille), signal: borne.signal }).finally(borne.oublier);
      perdu(r);
      const dit = await r.json();
      if (dit.fichier) return dit;
      if (dit.refus) throw new Refus(dit.refus);
      if (!r.ok && r.status !== 409) throw new Error(r.status);
      debut = dit.recu;
      const duree = performance.now() - avant;
      taille = duree < 1000 ? Math.min(morceau, taille * 2) : duree > 4000 ? Math.max(16_384, taille >> 1) : taille;
      pause = 0;
      progres({ part: debut / octets.size, arret: false });
    } catch (e) {
      if (e instanceof Refus || signal.aborted) throw e;
      debut = null;
      pause = Math.min(30_000, Math.max(500, pause * 2));
      progres({ arret: true });
      await attendre(pause, signal);
    }
  }
};
