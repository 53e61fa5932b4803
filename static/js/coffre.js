// What is kept on the device: locked with a key that only her own pages receive, forgotten when nobody can keep it.
/// French spaces: none of ours may end a line before its sign.
export const fr = (texte) => texte.replace(/ ([;!?])/g, "\u202f$1").replace(/ ([:»%])/g, "\u00a0$1").replace(/« /g, "«\u00a0");

export const cleNeuve = () => crypto.randomUUID?.() ?? // absent outside https
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
    (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16));

const fait = (demande) => new Promise((oui, non) => {
  demande.onsuccess = () => oui(demande.result);
  demande.onerror = () => non(demande.error);
});

/// A device that has no room left says so at the very end.
const fini = (transaction) => new Promise((oui, non) => {
  transaction.oncomplete = oui;
  transaction.onabort = transaction.onerror = () => non(transaction.error);
});

/// Where things are kept: the browser's database, or memory when it is refused, full, or the page is not in https.
export class Coffre {
  constructor(compte) { this.compte = compte; this.sur = false; this.memoire = []; this.suite = 1; this.gestes = null; }

  async ouvrir(cle64) {
    try {
      const brute = Uint8Array.from(atob(cle64), (c) => c.charCodeAt(0));
      this.cle = await crypto.subtle.importKey("raw", brute, "AES-GCM", false, ["encrypt", "decrypt"]);
      const demande = indexedDB.open("livret", 2);
      demande.onupgradeneeded = () => {
        const creer = (nom, options) => demande.result.objectStoreNames.contains(nom) ? null : demande.result.createObjectStore(nom, options);
        creer("attente", { keyPath: "id", autoIncrement: true })?.createIndex("compte", "compte");
        creer("gestes", { keyPath: "lieu" });
        creer("brouillons", { keyPath: "cle" })?.createIndex("compte", "compte");
      };
      this.base = await new Promise((oui, non) => {
        let tard = false; // an older page of ours holds it: memory then, and what opens late is closed
        demande.onblocked = () => { tard = true; non(new Error("blocked")); };
        fait(demande).then((base) => { if (tard) base.close(); else oui(base); }, non);
      });
      this.base.onversionchange = () => this.base?.close(); // a newer page of ours
      await fait(this.magasin("attente").count()); // some browsers open it and refuse the rest
      this.sur = true;
    } catch { this.sur = false; this.base = null; }
    return this;
  }

  async fermer_octets(clair) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, secret: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.cle, clair) };
  }

  rouvrir_octets({ iv, secret }) { return crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.cle, secret); }

  fermer_a_cle(valeur) { return this.fermer_octets(new TextEncoder().encode(JSON.stringify(valeur))); }

  async rouvrir(boite) { return JSON.parse(new TextDecoder().decode(await this.rouvrir_octets(boite))); }

  magasin(nom, mode) { return this.base.transaction(nom, mode).objectStore(nom); }

  /// One transaction for a whole gesture. What the device refuses is kept in memory, and said.
  async ajouter(entrees) {
    if (this.sur) {
      try {
        const boites = await Promise.all(entrees.map((e) => this.fermer_a_cle(e)));
        const m = this.magasin("attente", "readwrite");
        for (const boite of boites) m.add({ compte: this.compte, boite });
        await fini(m.transaction);
        return;
      } catch { this.sur = false; }
    }
    for (const e of entrees) this.memoire.push({ ...e, id: `m${this.suite++}` });
  }

  /// In the order of entry.
  async tous() {
    const gardes = [];
    try {
      const lignes = this.base ? await fait(this.magasin("attente").index("compte").getAll(this.compte)) : [];
      for (const { id, boite } of lignes) {
        try { gardes.push({ ...(await this.rouvrir(boite)), id }); } catch { /* of a former key: nobody can read it */ }
      }
    } catch { this.base = null; this.sur = false; } // taken away under our feet: what is in memory goes on
    return [...gardes, ...this.memoire];
  }

  async oter(ids) {
    this.memoire = this.memoire.filter((e) => !ids.includes(e.id));
    const siens = ids.filter((id) => typeof id === "number");
    if (!siens.length || !this.base) return;
    const m = this.magasin("attente", "readwrite");
    for (const id of siens) m.delete(id);
    await fini(m.transaction);
  }

  async changer(entree) {
    if (typeof entree.id !== "number" || !this.base) {
      this.memoire = this.memoire.map((e) => (e.id === entree.id ? entree : e));
      return;
    }
    const boite = await this.fermer_a_cle(entree);
    await fait(this.magasin("attente", "readwrite").put({ id: entree.id, compte: this.compte, boite }));
  }

  async garderGestes(lieu, valeur) {
    if (!this.sur) return;
    const boite = await this.fermer_a_cle(valeur);
    await fait(this.magasin("gestes", "readwrite").put({ lieu: `${this.compte}/${lieu}`, boite })).catch(() => {});
  }

  async relireGestes(lieu) {
    if (!this.sur) return null;
    const ligne = await fait(this.magasin("gestes").get(`${this.compte}/${lieu}`)).catch(() => null);
    return ligne ? this.rouvrir(ligne.boite).catch(() => null) : null;
  }

  /// A draft with the files that did not leave: { champs, … } and bytes, each locked.
  async garderBrouillon(cle, valeur, pieces) {
    const boite = await this.fermer_a_cle(valeur);
    const closes = await Promise.all(pieces.map(async (p) => ({ ...p, octets: await this.fermer_octets(await p.octets.arrayBuffer()) })));
    const m = this.magasin("brouillons", "readwrite");
    m.put({ cle, compte: this.compte, page: valeur.page, boite, pieces: closes });
    await fini(m.transaction);
  }

  /// Mine, on this device.
  async brouillons() {
    if (!this.sur) return [];
    const lus = [];
    for (const { cle, boite, pieces } of await fait(this.magasin("brouillons").index("compte").getAll(this.compte))) {
      try {
        const octets = async (p) => ({ ...p, octets: new Blob([await this.rouvrir_octets(p.octets)], { type: p.type }) });
        lus.push({ cle, ...(await this.rouvrir(boite)), pieces: await Promise.all(pieces.map(octets)) });
      } catch { /* of a former key: nobody can read it */ }
    }
    return lus;
  }

  async oublierBrouillon(cle) {
    if (!this.sur) return;
    const m = this.magasin("brouillons", "readwrite");
    m.delete(cle);
    await fini(m.transaction);
  }
}
