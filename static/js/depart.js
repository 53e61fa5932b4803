// What waits on this device is said on every page; who leaves a shared computer leaves it locked, and forgets the rest.
const ouvrir = () => new Promise((oui, non) => {
  const demande = indexedDB.open("livret");
  demande.onupgradeneeded = () => demande.transaction.abort(); // nothing was ever kept here
  demande.onsuccess = () => oui(demande.result);
  demande.onerror = () => (demande.error?.name === "AbortError" ? oui(null) : non(demande.error));
});
const LIEUX = ["attente", "brouillons"];
/// How many changes and drafts wait, for this person or for another.
const compter = async (oublier) => {
  const base = await ouvrir();
  if (!base) return [0, 0, null];
  try {
    const la = LIEUX.filter((l) => base.objectStoreNames.contains(l));
    const tx = base.transaction([...la, "gestes"], oublier ? "readwrite" : "readonly");
    if (oublier) tx.objectStore("gestes").clear();
    const comptes = LIEUX.map((l) => (la.includes(l) ? tx.objectStore(l).count() : { result: 0 }));
    const premier = la.includes("brouillons") ? tx.objectStore("brouillons").openCursor() : { result: null };
    await new Promise((oui, non) => { tx.oncomplete = oui; tx.onabort = () => non(tx.error); });
    return [...comptes.map((c) => c.result), premier.result?.value.page];
  } finally { base.close(); }
};

const formulaire = document.querySelector("form[action='/deconnexion']");
let parti = false;
formulaire?.addEventListener("submit", async (e) => {
  e.preventDefault();
  if (parti) return; // under way
  parti = true;
  let garder = "1"; // when nobody can tell, nothing is wiped
  try { garder = (await compter(true)).slice(0, 2).some(Boolean) ? "1" : ""; } catch { /* kept */ }
  formulaire.append(Object.assign(document.createElement("input"), { type: "hidden", name: "garder", value: garder }));
  formulaire.submit();
});

const dire = (...morceaux) => {
  const p = Object.assign(document.createElement("p"), { className: "notice", role: "status" });
  p.append(...morceaux);
  document.querySelector("main").prepend(p);
};
compter(false).then(([niveaux, brouillons, page]) => {
  if (niveaux && !document.querySelector("[data-compte]")) dire(niveaux < 2 ? "1 niveau attend sur cet appareil\u00a0: ouvrez la grille de la promotion pour l’enregistrer." : `${niveaux} niveaux attendent sur cet appareil\u00a0: ouvrez la grille de la promotion pour les enregistrer.`);
  if (brouillons && !document.querySelector("[data-coffre]")) dire(brouillons < 2 ? "1 brouillon attend sur cet appareil. " : `${brouillons} brouillons attendent sur cet appareil. `, Object.assign(document.createElement("a"), { href: page?.startsWith("/") ? page : "/preuves/nouvelle", textContent: "Le reprendre" }));
}).catch(() => {});
