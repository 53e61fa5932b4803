// A printed code is verified here: what follows « # » in the address goes nowhere. So is a JSON file; a PDF is sent.
import { lireCles, verifierCode, verifierFichier } from "asset:sceau.js";

const reponse = document.querySelector("[data-reponse]");
const vu = reponse.querySelector("[data-vu]");
const GENRES = {
  synthese: "Synthèse de compétences", dossier: "Dossier d’un candidat", livret_scolaire: "Livret scolaire",
  fiche_evaluation: "Fiche d’évaluation", archive: "Archive d’un dossier d’évaluation",
};
const MOTS = {
  en_vigueur: ["authentique", () => "Authentique", "Ces données ont été émises par l’établissement et n’ont pas changé depuis. Aucun document plus récent ne les remplace."],
  remplace: ["remplace", (jour) => `Authentique, mais remplacé le ${jour}`, "Ces données ont bien été émises par l’établissement. Un document plus récent dit autre chose\u00a0: demandez-le."],
  revoque: ["revoque", () => "Révoqué", "L’établissement a émis ce document puis l’a retiré\u00a0: il ne vaut plus rien. Demandez-lui un nouvel exemplaire."],
  inconnu: ["authentique", () => "Authentique", "Ces données portent bien le sceau de l’établissement, mais son registre ne connaît pas ce document\u00a0: demandez-lui s’il est toujours valable."],
  muet: ["authentique", () => "Authentique", "Ces données portent bien le sceau de l’établissement. Le registre ne répond pas\u00a0: rechargez la page pour savoir si le document a été remplacé ou révoqué."],
};
const FAUX = ["faux", "Non authentique", "Ne vous y fiez pas\u00a0: ces données n’ont pas été signées par l’établissement, ou elles ont été modifiées. Demandez-lui un nouvel exemplaire."];

const un = (nom, texte, ...dedans) => {
  const e = document.createElement(nom);
  if (texte) e.textContent = texte;
  e.append(...dedans);
  return e;
};
const jour = (instant) => {
  const d = new Date(instant);
  return `${d.getDate() === 1 ? "1er" : d.getDate()}\u00a0${d.toLocaleDateString("fr-FR", { month: "long", year: "numeric" }).replace(" ", "\u00a0")}`;
};
const icone = (genre) => document.querySelector(`template[data-icone="${genre}"]`).content.cloneNode(true);

const montrer = (genre, mot, phrase, ...suite) => {
  const titre = un("p", "", icone(genre), un("strong", mot));
  titre.className = "mot";
  const verdict = un("div", "", titre, un("p", phrase));
  verdict.className = "verdict";
  verdict.dataset.genre = genre;
  reponse.hidden = false;
  vu.replaceChildren(verdict, ...suite);
  reponse.querySelector("h2").focus();
};
const faits = (paires) => {
  const liste = un("dl", "", ...paires.filter(([, v]) => v).map(([n, v]) => un("div", "", un("dt", n), un("dd", String(v)))));
  liste.className = "faits";
  return liste;
};
const niveaux = (paires) => {
  if (!paires.length) return [];
  const liste = un("ul", "", ...paires.map(([code, n]) => un("li", `${code}\u00a0: `, n ? un("strong", n) : "sans niveau")));
  liste.className = "niveaux-lus";
  return [un("h3", "Niveaux"), liste];
};

// What became of it, by its number alone.
const devenu = async (id) => {
  try {
    const dit = await (await fetch(`/verification/${encodeURIComponent(id)}`)).json();
    return [MOTS[dit.etat] ?? MOTS.muet, dit.le];
  } catch {
    return [MOTS.muet, null];
  }
};
const authentique = async (id, ...suite) => {
  const [[genre, mot, phrase], le] = await devenu(id);
  montrer(genre, mot(le && jour(le)), genre === "revoque" && le ? `Le ${jour(le)}. ${phrase}` : phrase, ...suite);
};
const cles = async () => lireCles(new Uint8Array(await (await fetch("/.well-known/livret-cles.json")).arrayBuffer()));

// A browser that cannot, or a page that is not on https: the file can still be sent.
const incapable = () => montrer("attente", "Pas vérifié", "Ce navigateur ne sait pas vérifier une signature sur cette page. Envoyez le document ci-dessous, ou essayez avec un navigateur plus récent.");
const capable = async () => {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "Ed25519" }, false, ["verify"]);
    return "DecompressionStream" in window;
  } catch (e) {
    return e instanceof DOMException && e.name === "DataError" && "DecompressionStream" in window;
  }
};

const duCode = async () => {
  const texte = location.hash.slice(1);
  if (texte.length < 40) return; // an anchor of the page
  if (!(await capable())) { incapable(); return; }
  let liste;
  try { liste = await cles(); } catch { montrer("attente", "Pas vérifié", "Les clés de l’établissement n’ont pas pu être lues. Vérifiez votre connexion, puis rechargez la page."); return; }
  let c;
  try { c = await verifierCode(texte, liste); } catch { montrer(...FAUX); return; }
  await authentique(c.id, faits([
    ["Document", GENRES[c.genre] ?? c.genre], ["Candidat", `${c.nom} ${c.prenom}`.trim() || "toute la promotion"], ["N° de candidat", c.numero],
    ["Établissement", c.uai], ["Session", c.session], ["Émis le", jour(c.emise_le)], ["N° du document", c.id],
    ["SHA-256 des données", c.empreinte], ["Journal", `ligne ${c.seq}`],
  ]), ...niveaux(c.niveaux));
};

const enObjet = (v) => (v instanceof Map ? Object.fromEntries([...v].map(([n, x]) => [n, enObjet(x)])) : Array.isArray(v) ? v.map(enObjet) : v);
const duFichier = async (fichier) => {
  const octets = new Uint8Array(await fichier.arrayBuffer());
  let lu;
  try { lu = await verifierFichier(octets, await cles()); } catch { montrer(...FAUX); return; }
  const d = enObjet(lu.declaration);
  const qui = d.candidat ? `${d.candidat.nom} ${d.candidat.prenom}` : "toute la promotion";
  const tout = un("pre", JSON.stringify(d.contenu, null, 2));
  tout.className = "propre";
  tout.tabIndex = 0;
  const genre = GENRES[d.genre] ?? d.genre;
  await authentique(d.id, faits([
    ["Document", d.titre === genre ? genre : `${d.titre} (${genre})`], ["Candidat", qui], ["N° de candidat", d.candidat?.numero],
    ["Établissement", `${d.etablissement.nom} (${d.etablissement.uai})`], ["Session", d.session], ["Référentiel", d.edition.code],
    ["Émis le", jour(d.emise_le)], ["N° du document", d.id], ["SHA-256 des données", lu.empreinte], ["Journal", `ligne ${d.journal.seq}`],
  ]), ...niveaux((d.contenu?.niveaux ?? []).map((n) => [n.code, n.niveau])), un("details", "", un("summary", "Toutes les données signées"), tout));
};

document.querySelector("[data-presenter]").addEventListener("submit", (e) => {
  const [fichier] = e.target.elements.fichier.files;
  if (!fichier?.name.toLowerCase().endsWith(".json") || !crypto.subtle) return;
  e.preventDefault();
  capable().then((oui) => (oui ? duFichier(fichier) : e.target.submit()));
});
addEventListener("hashchange", duCode);
duCode();
