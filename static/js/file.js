// The queue: what a teacher wrote and the server has not acknowledged yet. Kept on the device, locked with a key that
// only her own pages receive; sent again in order, for hours and across reloads; each change counts once.
import { Coffre, cleNeuve, fr } from "asset:coffre.js";
export { cleNeuve, fr };

const LOT = 200, OCTETS = 60_000, DELAI = 400; // characters: three bytes each at most, under what the server takes
const cleCase = (a) => `${a.e}/${a.c}`;
const cleVue = ({ promotion, situation, avis }) => `${promotion}/${situation}/${cleCase(avis)}/${avis.v}`;

/// The day of the device, as a date.
const jourIci = () => { const d = new Date(); return new Date(d - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 10); };

class Session extends Error {}
class Panne extends Error {}

export class File {
  /// `table`: the element that bears the liaison. `sur`: { etat(text, genre, link), attente(change kept by a page
  /// before this one), reponse(answer, change, level before): whether it could be shown }.
  constructor(table, sur) {
    const d = table.dataset;
    this.promotion = d.promotion;
    this.situation = d.situation ? Number(d.situation) : null;
    this.sur = sur;
    this.compte = d.compte;
    this.nombre = 0;
    this.rates = []; // refused or late, on a page that is not this one: not sent again, not forgotten
    this.arevoir = 0;
    this.enEcriture = 0;
    this.pause = this.echecs = 0;
    this.remplacees = new Map(); // by cell and version: the one that a change of mine made of it
    this.adresse = `/promotions/${d.promotion}/positionnements`;
    this.coffre = new Coffre(d.compte);
    this.autres = "BroadcastChannel" in window ? new BroadcastChannel(`livret/${d.compte}`) : null;
    this.autres?.addEventListener("message", (e) => this.entendre(e.data));
    this.ecritures = this.coffre.ouvrir(d.cle).then(() => this.reprendre());
    addEventListener("online", () => this.bientot(0));
    addEventListener("offline", () => this.dire());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.bientot(0); });
    addEventListener("beforeunload", (e) => { if (this.enEcriture || (this.nombre && !this.coffre.sur)) e.preventDefault(); });
    this.ecritures = this.ecritures.catch(() => {}).then(() => { if (this.nombre) this.bientot(0); });
  }

  ici({ promotion, situation }) { return promotion === this.promotion && situation === this.situation; }

  /// What another tab of the same person sent and learned.
  async entendre({ lieu, reponses, heure }) {
    this.heure = heure ?? this.heure;
    for (const [r, avis] of reponses) this.retenir({ ...lieu, avis }, r);
    if (this.ici(lieu)) for (const [r, avis, de] of reponses) if (this.sur.reponse(r, avis, de) && r.etat !== "ok") await this.oublier(r.k);
    await this.compter();
  }

  async reprendre() {
    const derniers = new Map();
    for (const e of (await this.coffre.tous()).filter((e) => this.ici(e))) {
      if (!e.rate) derniers.set(cleCase(e.avis), e.avis);
      else if (this.sur.reponse(e.rate, e.avis, e.de)) await this.coffre.oter([e.id]);
    }
    for (const avis of derniers.values()) this.sur.attente(avis);
    return this.compter();
  }

  async oublier(k) { await this.coffre.oter((await this.coffre.tous()).filter((e) => e.rate && e.avis.k === k).map((e) => e.id)); }

  async compter() {
    const tous = await this.coffre.tous();
    this.rates = tous.filter((e) => e.rate);
    this.nombre = tous.length - this.rates.length;
    this.dire();
  }

  /// Changes of one gesture, each with the level `de` that it replaces on show: kept first, sent soon.
  ecrire(avis) {
    this.nombre += avis.length;
    this.enEcriture++;
    this.dire("Enregistrement…");
    const lieu = { promotion: this.promotion, situation: this.situation, jour: this.situation ? null : jourIci() };
    const entrees = avis.map(({ de, ...a }) => ({ ...lieu, de, avis: a }));
    this.ecritures = this.ecritures.then(() => this.coffre.ajouter(entrees)).catch(() => {}).then(() => { this.enEcriture--; this.bientot(DELAI); });
    return this.ecritures;
  }

  bientot(delai) {
    clearTimeout(this.minuterie);
    this.minuterie = setTimeout(() => this.vider(), delai);
  }

  /// Sends what waits, one batch after the other; one tab at a time.
  async vider() {
    if (this.enCours) { this.encore = true; return; }
    this.enCours = true;
    this.encore = false;
    const seul = navigator.locks ? (f) => navigator.locks.request("livret/file", f) : (f) => f();
    try {
      await this.ecritures;
      await seul(() => this.envoyerTout());
      this.pause = this.echecs = 0;
      this.session = this.panne = false;
      this.dire();
    } catch (e) {
      this.session = e instanceof Session;
      this.panne = e instanceof Panne;
      this.echecs += this.panne ? 1 : 0;
      this.pause = Math.min(30_000, Math.max(1000, this.pause * 2));
      if (!this.session) this.bientot(this.pause);
      this.dire();
    } finally {
      this.enCours = false;
      if (this.encore) this.bientot(0);
    }
  }

  async envoyerTout() {
    for (;;) {
      const tous = (await this.coffre.tous()).filter((e) => !e.rate);
      this.nombre = tous.length;
      if (!tous.length) return;
      for (const e of tous) this.rajeunir(e);
      const lot = this.lot(tous);
      await this.recevoir(lot, await this.envoyer(lot));
    }
  }

  /// The longest beginning that one sending may hold: one place, each cell once.
  lot(tous) {
    const lot = [], vues = new Set();
    let octets = 0;
    for (const e of tous) {
      octets += JSON.stringify(e.avis).length;
      const ailleurs = ["promotion", "situation", "jour"].some((quoi) => e[quoi] !== tous[0][quoi]);
      if (ailleurs || vues.has(cleCase(e.avis)) || lot.length === (this.echecs < 3 ? LOT : 1) || (lot.length && octets > OCTETS)) break;
      vues.add(cleCase(e.avis));
      lot.push(e);
    }
    return lot;
  }

  async envoyer(lot) {
    const reponse = await fetch(`/promotions/${lot[0].promotion}/positionnements`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ compte: this.compte, situation: lot[0].situation, jour: lot[0].jour, jugements: lot.map((e) => e.avis) }),
      signal: AbortSignal.timeout(20_000),
    });
    if (reponse.status === 401) throw new Session();
    if (reponse.ok) return reponse.json();
    const dit = await reponse.json().catch(() => ({}));
    // Only what our own server refuses for good is given up; a proxy, a time limit, a restart are tried again.
    const perdue = reponse.status === 404 ? "Cette promotion n’est plus la vôtre : ce niveau n’est pas enregistré. Demandez à votre administrateur." : reponse.status === 422 && dit.message;
    const butee = reponse.status === 500 && this.echecs > 5 && "Le serveur ne peut pas enregistrer cette case. Notez-la et prévenez votre administrateur.";
    if (!perdue && !butee) throw new Panne();
    return { cases: lot.map(({ avis }) => ({ k: avis.k, etat: "refus", message: perdue || butee, e: avis.e, c: avis.c, perdu: true })) };
  }

  /// What was typed on a cell before the answer to an earlier change of it was read from the line that this one wrote,
  /// whoever wrote since: she must be seen.
  retenir(entree, r) {
    if (r.etat === "ok" && r.w > entree.avis.v) this.remplacees.set(cleVue(entree), r.w);
  }

  rajeunir(entree) {
    const avant = entree.avis.v;
    for (let v; (v = this.remplacees.get(cleVue(entree))) !== undefined;) entree.avis.v = v;
    return entree.avis.v !== avant;
  }

  async recevoir(lot, accuse) {
    await this.ecritures;
    const tous = (await this.coffre.tous()).filter((e) => !e.rate), reponses = [], otes = [];
    if (accuse.heure) this.heure = accuse.heure;
    let arevoir = 0;
    for (const r of accuse.cases) {
      const entree = lot.find((e) => e.avis.k === r.k);
      const suite = tous.filter((e) => !lot.some((l) => l.id === e.id) && e.promotion === entree.promotion
        && e.situation === entree.situation && cleCase(e.avis) === cleCase(entree.avis));
      let dernier = entree.avis;
      if (r.etat === "ok") {
        this.retenir(entree, r);
        for (const e of suite) if (this.rajeunir(e)) await this.coffre.changer(e);
        r.suite = suite.length;
        if (r.suite) r.v = r.w ?? undefined; // on show is what is still on its way, read from the line just written
      } else if (r.etat === "conflit") {
        for (const e of suite) { otes.push(e.id); dernier = e.avis; }
      }
      const vue = this.ici(entree) && this.sur.reponse(r, dernier, entree.de);
      if (r.etat === "ok" || vue) otes.push(entree.id);
      else await this.coffre.changer({ ...entree, avis: dernier, rate: r });
      if (r.etat !== "ok") arevoir++;
      reponses.push([r, dernier, entree.de]);
    }
    await this.coffre.oter(otes);
    this.arevoir = arevoir || (this.arevoir && !accuse.cases.length ? this.arevoir : 0);
    await this.compter();
    this.autres?.postMessage({ lieu: { promotion: lot[0].promotion, situation: lot[0].situation }, reponses, heure: this.heure });
  }

  /// The state line.
  dire(texte) {
    const compter = (n) => (n < 2 ? `${n} case` : `${n} cases`), cases = compter(this.nombre);
    const attente = this.coffre.sur ? "en attente sur cet appareil" : "en attente : ne fermez pas cette page";
    const vers = (chemin) => `/connexion?vers=${encodeURIComponent(chemin)}`;
    if (this.session) {
      this.sur.etat(`Votre session est terminée : ${cases} ${attente}.`, "erreur", ["Se reconnecter", vers(location.pathname + location.search)]);
    } else if (this.nombre && !navigator.onLine) {
      this.sur.etat(`Hors connexion : ${cases} ${attente}`, "erreur");
    } else if (this.nombre && this.panne) {
      this.sur.etat(`Le serveur ne répond pas : ${cases} ${attente}`, "erreur");
    } else if (this.nombre && this.pause) {
      this.sur.etat(`Hors connexion : ${cases} ${attente}`, "erreur");
    } else if (this.nombre) {
      this.sur.etat(texte ?? "Enregistrement…");
    } else if (this.rates.length) {
      const { promotion, situation } = this.rates[0];
      const n = this.rates.length, grille = `/promotions/${promotion}/grille${situation ? `?situation=${situation}` : ""}`;
      this.sur.etat(`${n < 2 ? "1 case n’est pas enregistrée" : `${n} cases ne sont pas enregistrées`} :`, "erreur", ["voir", grille]);
    } else if (this.arevoir) {
      this.sur.etat(`${compter(this.arevoir)} à revoir, au-dessus`, "erreur");
    } else if (this.heure) {
      this.sur.etat(`Enregistré à ${this.heure}`, "succes");
    }
  }
}

/// What was done here and can be undone, gesture by gesture; it survives the page.
export class Gestes {
  /// `page`: which kind of page, when its gestures are its own.
  constructor(file, appliquer, page = "grille") {
    this.file = file;
    this.appliquer = appliquer;
    this.lieu = `${page}/${file.promotion}/${file.situation ?? "bilan"}`;
    this.faits = [];
    this.defaits = [];
    this.pret = file.ecritures.then(() => file.coffre.relireGestes(this.lieu)).then((garde) => {
      if (garde) { this.faits = [...garde.faits, ...this.faits]; this.defaits = garde.defaits; }
      this.change?.();
    });
  }

  noter(cases) {
    this.faits = [...this.faits, cases].slice(-100);
    this.defaits = [];
    this.garder();
  }

  garder() {
    this.change?.();
    this.file.coffre.garderGestes(this.lieu, { faits: this.faits, defaits: this.defaits });
  }

  defaire() { this.bouger(this.faits, this.defaits, (c) => [c.vers, c.de]); }

  refaire() { this.bouger(this.defaits, this.faits, (c) => [c.de, c.vers]); }

  bouger(source, cible, sens) {
    const geste = source.at(-1);
    if (!geste || this.appliquer(geste, sens) === false) return;
    cible.push(source.pop());
    this.garder();
  }
}

/// Says the state: at once for the eye, at most every five seconds for who listens.
export function voix(etat, annonce) {
  let dernier = 0, attente;
  return (dit, genre = "", lien) => {
    const texte = fr(dit);
    etat.textContent = texte;
    etat.dataset.genre = genre;
    if (lien) {
      const a = document.createElement("a");
      [a.textContent, a.href] = lien;
      etat.append(" ", a);
    }
    clearTimeout(attente);
    attente = setTimeout(() => { dernier = Date.now(); annonce.textContent = texte; }, Math.max(0, dernier + 5000 - Date.now()));
  };
}
