// The three steps of a preuve on one page: no page to load between them, a draft kept at each, on the server when it
// answers and on the device until then. Without this file, each step is a form.
import { Coffre, cleNeuve, fr } from "asset:coffre.js";
import { Refus, envoyer, reduire } from "asset:envoi.js";

const form = document.getElementById("recueil"), etat = document.getElementById("etat");
const champ = (nom) => form.querySelector(`:is(input, textarea, select)[name="${nom}"]`);
const sections = [...form.querySelectorAll("section[data-etape]")];
const coffre = new Coffre(form.dataset.qui);
const pret = coffre.ouvrir(form.dataset.coffre);
const pieces = new Map(); // files on their way, by the key of their deposit
let sale = false, touche = 0, aEnvoyer = false, parti = false, fige = null;

const dire = (texte, genre = "") => { etat.textContent = fr(texte); etat.dataset.genre = genre; };
const heure = () => new Date().toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
const etape = () => Number(champ("etape").value);

// -- errors, where the server would have put them
const effacer = () => {
  document.querySelectorAll("main > .notice[data-genre=erreur], #recueil .erreur").forEach((e) => e.remove());
  form.querySelectorAll("[aria-invalid]").forEach((e) => e.removeAttribute("aria-invalid"));
};
const montrerErreurs = (erreurs) => {
  effacer();
  const notice = Object.assign(document.createElement("div"), { className: "notice", role: "alert" });
  notice.dataset.genre = "erreur";
  const liste = document.createElement("ul");
  for (const { champ: nom, message } of erreurs) {
    const cible = document.getElementById(nom) ?? document.getElementById("titre");
    const p = Object.assign(document.createElement("p"), { className: "erreur", id: `erreur-${nom}`, textContent: message });
    if (cible.matches("input, textarea, select")) {
      cible.setAttribute("aria-invalid", "true");
      cible.setAttribute("aria-describedby", [p.id, ...(cible.getAttribute("aria-describedby") ?? "").split(" ").filter((i) => i && !i.startsWith("erreur-"))].join(" "));
      cible.after(p);
    } else cible.append(p);
    const lien = Object.assign(document.createElement("a"), { href: `#${nom}`, textContent: message });
    liste.append(Object.assign(document.createElement("li"), {}));
    liste.lastChild.append(lien);
  }
  const titre = document.createElement("p");
  titre.append(Object.assign(document.createElement("strong"), { textContent: fr("À corriger :") }));
  notice.append(titre, liste);
  form.before(notice);
  montrer(Math.min(...erreurs.map((e) => e.etape ?? 1)), notice);
};

// -- the steps
const montrer = (n, cible) => {
  champ("etape").value = n;
  document.getElementById("ici").value = n; // what Enter presses
  for (const s of sections) s.hidden = Number(s.dataset.etape) !== n;
  document.querySelectorAll(".etapes > li").forEach((li, i) => (i + 1 === n ? li.setAttribute("aria-current", "step") : li.removeAttribute("aria-current")));
  const titre = cible ?? document.getElementById(`t${n}`);
  titre.tabIndex = -1;
  titre.focus({ preventScroll: true });
  (cible ?? document.querySelector(".etapes")).scrollIntoView({ block: "start" });
};

/// What this step still lacks: said before the network is asked.
const manque = (n) => {
  const vide = (nom, message, e) => (champ(nom).value.trim() ? [] : [{ champ: nom, message: fr(message), etape: e }]);
  return [
    ...(n >= 1 ? vide("titre", "Ce champ est à remplir.", 1) : []),
    ...(n >= 2 ? vide("vecue_le", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.", 2) : []),
  ];
};

// -- the draft
const cliche = () => [...new FormData(form)].filter(([nom, v]) => typeof v === "string" && nom !== "aller");
const recusIci = () => [...document.querySelectorAll("#recus input[name=fichiers]")].map((i) => ({ id: i.value, nom: i.dataset.nom, description: i.dataset.description, coche: i.checked }));
const enRoute = () => [...pieces].filter(([, p]) => !p.fini).map(([cle, { nom, octets }]) => ({ cle, nom, type: octets.type, octets }));

let ecriture = Promise.resolve();
const garderIci = () => {
  ecriture = ecriture.then(async () => {
    await pret;
    if (!coffre.sur || parti) return;
    await coffre.garderBrouillon(champ("cle").value, { champs: cliche(), recus: recusIci(), aEnvoyer, titre: champ("titre").value, page: location.pathname }, enRoute());
  }).catch(() => { coffre.sur = false; });
  return ecriture;
};

class Session extends Error {}
/// `voulu`: a button asked for it. What another page kept meanwhile is replaced only when she asks.
const poster = async (aller, voulu) => {
  if (voulu && fige !== null) { champ("version").value = fige; fige = null; }
  const corps = new FormData(form);
  corps.delete("fichier");
  corps.set("aller", aller);
  const r = await fetch(form.getAttribute("action"), { method: "POST", body: corps, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20_000) });
  if (r.status === 401) throw new Session();
  const dit = await r.json().catch(() => { throw new Error(r.status); });
  if (!r.ok && !dit.erreurs) throw new Error(r.status);
  if (!dit.erreurs) champ("version").value = dit.version ?? champ("version").value;
  else {
    fige = dit.version ?? null;
    // Sent already, or changed since: sent again, the form completes the preuve.
    if (dit.preuve) for (const nom of ["cle", "preuve", "lue"]) champ(nom).value = dit[nom];
  }
  return dit;
};

let enCours = null;
const garderUneFois = async (voulu) => {
  const avant = touche;
  try {
    const dit = await poster(String(etape()), voulu);
    if (dit.erreurs) { dire(dit.erreurs[0].message, "erreur"); return "refus"; }
    if (dit.suggestions && etape() < 3) offrir(dit.suggestions);
    if (avant !== touche) return "encore";
    sale = false;
    await ecriture;
    if (!enRoute().length && !aEnvoyer) await coffre.oublierBrouillon(champ("cle").value).catch(() => {});
    dire(`Brouillon enregistré à ${heure()}.`);
    return "garde";
  } catch (e) {
    horsLigne(e);
    return "coupe";
  }
};
/// What is typed while it is saved is saved next, before anything is said to be.
const garderLa = (voulu = false) => {
  if (parti || (fige !== null && !voulu)) return Promise.resolve(false);
  enCours ??= (async () => {
    try {
      let issue;
      do issue = await garderUneFois(voulu); while (issue === "encore");
      return issue === "garde";
    } finally { enCours = null; }
  })();
  return enCours;
};
const horsLigne = (e) => {
  const ou = coffre.sur ? "gardé sur cet appareil" : "pas encore gardé : ne fermez pas cette page";
  if (e instanceof Session) dire(`Votre session est terminée : brouillon ${ou}. Reconnectez-vous dans un autre onglet.`, "erreur");
  else dire(`Hors connexion : brouillon ${ou}.`, "erreur");
};

let minuterie, depart;
const changer = () => {
  if (parti) return;
  sale = true;
  touche++;
  clearTimeout(minuterie);
  minuterie = setTimeout(() => garderIci().then(() => garderLa()), 900);
};
/// Now: at each step, and when the page is left.
const garder = (voulu = false) => { clearTimeout(minuterie); return garderIci().then(() => garderLa(voulu)); };

// -- suggestions: lines come up front, with why; what is ticked stays there
const offrir = (suggestions) => {
  const offertes = document.getElementById("offertes");
  const code = (li) => li.dataset.code, ordre = (a, b) => code(a).localeCompare(code(b), "fr", { numeric: true });
  for (const li of [...offertes.children]) {
    if (li.querySelector("input[name=codes]").checked) continue;
    const bloc = form.querySelector(`[data-bloc="${code(li).split(".")[0]}"]`);
    li.querySelector(".raison").textContent = "";
    bloc.append(li);
    bloc.append(...[...bloc.children].sort(ordre));
  }
  for (const { code: c, raison } of suggestions) {
    const li = form.querySelector(`li[data-code="${c}"]`);
    if (!li || li.parentNode === offertes) continue;
    li.querySelector(".raison").textContent = raison;
    offertes.append(li);
  }
};

// -- files
const recus = document.getElementById("recus");
const ligneRecue = ({ id, nom, description, coche = true }) => {
  const li = document.createElement("li"), label = document.createElement("label"), mots = document.createElement("span");
  const case_ = Object.assign(document.createElement("input"), { type: "checkbox", name: "fichiers", value: id, checked: coche });
  Object.assign(case_.dataset, { nom, description });
  mots.append(nom, " ", Object.assign(document.createElement("span"), { className: "doux", textContent: `reçu, ${description}` }));
  label.append(case_, " ", mots);
  li.append(label);
  return li;
};
const partir = (cle, nom, octets) => {
  const li = document.createElement("li"), id = `f-${cle}`, arret = new AbortController();
  const titre = Object.assign(document.createElement("label"), { htmlFor: id, textContent: nom });
  const barre = Object.assign(document.createElement("progress"), { id, max: 1, value: 0 });
  const mot = Object.assign(document.createElement("span"), { className: "doux" });
  const retirer = Object.assign(document.createElement("button"), { type: "button", className: "bouton discret", textContent: "Retirer" });
  retirer.append(Object.assign(document.createElement("span"), { className: "lecteur", textContent: ` ${nom}` }));
  li.className = "en-route";
  li.append(titre, barre, mot, retirer);
  recus.append(li);
  const piece = { nom, octets, fini: false };
  pieces.set(cle, piece);
  retirer.addEventListener("click", () => {
    arret.abort();
    pieces.delete(cle);
    li.remove();
    fetch(`/depots/${cle}/retrait`, { method: "POST", headers: { Accept: "application/json" } }).catch(() => {});
    document.getElementById("choisir").focus();
    changer();
  });
  const progres = ({ part, arret: attend }) => {
    if (part !== undefined) barre.value = part;
    mot.textContent = attend ? "en attente du réseau" : `${Math.round(barre.value * 100)}\u00a0%`;
  };
  const essayer = async () => {
    try {
      const dit = await envoyer({ cle, octets, nom, morceau: Number(form.dataset.morceau), progres, signal: arret.signal, compte: form.dataset.qui });
      piece.fini = true;
      pieces.delete(cle);
      li.replaceWith(ligneRecue({ id: dit.fichier, nom: dit.nom, description: dit.description }));
      changer();
      if (aEnvoyer && !enRoute().length) expedier();
    } catch (e) {
      if (!(e instanceof Refus)) return; // taken away
      mot.textContent = fr(e.message);
      mot.className = "erreur";
      const encore = Object.assign(document.createElement("button"), { type: "button", className: "bouton discret", textContent: "Réessayer" });
      encore.addEventListener("click", () => { encore.remove(); piece.fini = false; mot.className = "doux"; mot.textContent = ""; essayer(); });
      li.append(encore);
      piece.fini = true; // nothing waits for it
      aEnvoyer = false;
      dire(`${nom} n’est pas envoyé : le reste du brouillon est gardé.`, "erreur");
    }
  };
  piece.essai = essayer();
};
const prendre = async (fichiers) => {
  for (const f of fichiers) {
    dire(`Préparation de ${f.name}…`);
    const leger = await reduire(f);
    partir(cleNeuve(), leger.name, leger);
  }
  dire("");
  changer();
  garderIci();
};
const fichier = document.getElementById("fichier");
fichier.addEventListener("change", () => { const choisis = [...fichier.files]; fichier.value = ""; prendre(choisis); });
document.getElementById("prises").hidden = false;
fichier.classList.add("lecteur");
fichier.tabIndex = -1;
document.getElementById("choisir").addEventListener("click", () => { fichier.removeAttribute("capture"); fichier.accept = fichier.dataset.accept; fichier.click(); });
document.getElementById("photo").addEventListener("click", () => { fichier.setAttribute("capture", "environment"); fichier.accept = "image/*"; fichier.click(); });
fichier.dataset.accept = fichier.accept;

// -- sending
const expedier = async () => {
  clearTimeout(minuterie);
  clearTimeout(depart);
  aEnvoyer = true;
  await garderIci();
  if (enRoute().length) return dire("Envoi dès que les fichiers sont arrivés…");
  dire("Envoi…");
  await enCours;
  try {
    const dit = await poster("envoyer", true);
    if (dit.erreurs) { aEnvoyer = false; dire(""); garderIci(); return montrerErreurs(dit.erreurs); }
    parti = true;
    await coffre.oublierBrouillon(champ("cle").value).catch(() => {});
    location.assign(dit.vers);
  } catch (e) {
    if (e instanceof Session) { aEnvoyer = false; return horsLigne(e); }
    dire(coffre.sur ? "Hors connexion : tout est gardé sur cet appareil et part au retour du réseau." : "Hors connexion : ne fermez pas cette page, l’envoi part au retour du réseau.", "erreur");
    depart = setTimeout(() => { if (aEnvoyer) expedier(); }, 15_000); // typing meanwhile does not cancel it
  }
};
addEventListener("online", () => { if (aEnvoyer) expedier(); else if (sale) garder(); });

form.addEventListener("submit", async (e) => {
  e.preventDefault();
  const vers = e.submitter?.value ?? String(etape());
  if (vers === "garder") {
    if (await garder(true)) { parti = true; location.assign(form.dataset.liste); }
    return;
  }
  if (vers === "envoyer") return expedier();
  let n = Number(vers);
  if (!n) { // a place
    champ("contexte").value = vers;
    for (const b of form.querySelectorAll(".lieux button")) b.classList.toggle("principal", b === e.submitter);
    n = 3;
  }
  const manques = n > etape() ? manque(etape()) : [];
  if (manques.length) return montrerErreurs(manques);
  effacer();
  const pareil = n === etape();
  if (!pareil) montrer(n);
  changer();
  garder(true);
});
form.addEventListener("input", changer);
form.addEventListener("change", (e) => {
  const li = e.target.closest("li[data-code]");
  if (!li) return;
  const coche = li.querySelector("input[name=codes]");
  if (e.target === coche) { const sans = li.querySelector(".sans input"); if (sans && !coche.checked) sans.checked = true; }
  else if (e.target.type === "radio" && e.target.value) coche.checked = true;
});
addEventListener("pagehide", () => { if (sale && !parti) garderIci(); });
addEventListener("beforeunload", (e) => { if (!parti && (enRoute().length || (sale && !coffre.sur))) e.preventDefault(); });

// -- what this device kept of a visit before
const reprendre = ({ cle, champs, recus: deja, pieces: reste, aEnvoyer: part }) => {
  for (const i of form.querySelectorAll("input[type=checkbox]")) i.checked = false;
  for (const [nom, valeur] of champs) {
    if (nom === "fichiers") continue;
    const cibles = [...form.querySelectorAll(`[name="${CSS.escape(nom)}"]`)];
    const choix = cibles.find((i) => (i.type === "checkbox" || i.type === "radio") && i.value === valeur);
    if (choix) choix.checked = true;
    else if (cibles[0] && !["checkbox", "radio"].includes(cibles[0].type) && cibles[0].localName !== "button") cibles[0].value = valeur;
  }
  champ("cle").value = cle;
  champ("compte").value = form.dataset.qui;
  recus.replaceChildren(...deja.map(ligneRecue));
  for (const p of reste) partir(p.cle, p.nom, p.octets);
  for (const d of form.querySelectorAll("details")) d.open = Boolean(d.querySelector(":is(input:not([type=radio]), textarea):not([value=''])")?.value && d.querySelector("textarea")?.value);
  montrer(etape());
  aEnvoyer = part;
  sale = true;
  dire("Brouillon repris sur cet appareil.");
  (part ? expedier() : garder());
};
pret.then(async () => {
  const ici = await coffre.brouillons().catch(() => []);
  const version = (b) => Number(b.champs.find(([nom]) => nom === "version")?.[1] ?? 0);
  const meme = ici.find((b) => b.cle === champ("cle").value);
  if (meme && version(meme) >= Number(champ("version").value)) return reprendre(meme);
  // Older than what the server has, or of another draft: she chooses.
  const autres = ici.filter((b) => b === meme || (!("repris" in form.dataset) && b.page === location.pathname));
  if (!autres.length) return;
  const notice = Object.assign(document.createElement("section"), { className: "notice" });
  notice.setAttribute("aria-label", "Brouillons de cet appareil");
  for (const b of autres) {
    const p = document.createElement("p");
    p.append(fr(`Sur cet appareil, pas encore enregistré : « ${b.titre.trim() || "Sans titre"} ». `));
    const bouton = (mots, agir) => { const x = Object.assign(document.createElement("button"), { type: "button", className: "bouton", textContent: mots }); x.addEventListener("click", agir); p.append(x, " "); };
    bouton("Reprendre", () => { notice.remove(); reprendre(b); });
    bouton("Oublier", () => { coffre.oublierBrouillon(b.cle); p.remove(); if (!notice.children.length) notice.remove(); });
    notice.append(p);
  }
  form.before(notice);
});
