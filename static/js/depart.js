// What waits on this device is said on every page; who leaves a shared computer leaves it locked, and forgets the rest.
const ouvrir = () => new Promise((oui, non) => {
  const demande = indexedDB.open("livret");
  demande.onupgradeneeded = () => demande.transaction.abort(); // nothing was ever kept here
  demande.onsuccess = () => oui(demande.result);
  demande.onerror = () => (demande.error?.name === "AbortError" ? oui(null) : non(demande.error));
});
/// How many changes wait, for this person or for another.
const compter = async (oublier) => {
  const base = await ouvrir();
  if (!base) return 0;
  try {
    const tx = base.transaction(["attente", "gestes"], oublier ? "readwrite" : "readonly");
    if (oublier) tx.objectStore("gestes").clear();
    const compte = tx.objectStore("attente").count();
    await new Promise((oui, non) => { tx.oncomplete = oui; tx.onabort = () => non(tx.error); });
    return compte.result;
  } finally { base.close(); }
};

const formulaire = document.querySelector("form[action='/deconnexion']");
let parti = false;
formulaire?.addEventListener("submit", async (e) => {
  if (parti) return;
  e.preventDefault();
  parti = true;
  let garder = "1"; // when nobody can tell, nothing is wiped
  try { garder = (await compter(true)) ? "1" : ""; } catch { /* kept */ }
  formulaire.append(Object.assign(document.createElement("input"), { type: "hidden", name: "garder", value: garder }));
  formulaire.submit();
});

if (!document.querySelector("[data-compte]")) compter(false).then((n) => {
  if (!n) return;
  const p = Object.assign(document.createElement("p"), { className: "notice", role: "status" });
  p.textContent = n < 2 ? "1 niveau attend sur cet appareil\u00a0: ouvrez la grille de la promotion pour l’enregistrer." : `${n} niveaux attendent sur cet appareil\u00a0: ouvrez la grille de la promotion pour les enregistrer.`;
  document.querySelector("main").prepend(p);
}).catch(() => {});
