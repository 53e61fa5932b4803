// Leaving a shared computer: what was not sent yet stays, locked; what was done there is forgotten.
const formulaire = document.querySelector("form[action='/deconnexion']");
formulaire?.addEventListener("submit", async (e) => {
  if (formulaire.elements.garder || !window.indexedDB) return;
  e.preventDefault();
  const garder = document.createElement("input");
  [garder.type, garder.name, garder.value] = ["hidden", "garder", "1"];
  try {
    const bases = await indexedDB.databases?.() ?? [];
    if (bases.some((b) => b.name === "livret")) {
      const base = await new Promise((oui, non) => {
        const demande = indexedDB.open("livret");
        demande.onsuccess = () => oui(demande.result);
        demande.onerror = () => non(demande.error);
      });
      const tx = base.transaction(["attente", "gestes"], "readwrite");
      tx.objectStore("gestes").clear();
      const compte = tx.objectStore("attente").count();
      await new Promise((oui) => { tx.oncomplete = oui; tx.onabort = oui; });
      if (compte.result) formulaire.append(garder);
    }
  } catch { /* nothing is kept here */ }
  if (!formulaire.elements.garder) { garder.value = ""; formulaire.append(garder); }
  formulaire.submit();
});
