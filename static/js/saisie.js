// One sous-compétence and the class, or one student and every sous-compétence: each tap is saved at once. In class, on
// a phone, the next person comes under the thumb. Without this file, the page is a form with one button.
import { File, Gestes, voix, cleNeuve, fr } from "asset:file.js";

const form = document.getElementById("saisie");
const $ = (id) => document.getElementById(id);
let souris = false; // a choice made by arrow keys must not change the page under the hand
$("filtres")?.addEventListener("pointerdown", () => { souris = true; });
$("filtres")?.addEventListener("keydown", () => { souris = false; });
$("filtres")?.addEventListener("change", () => { if (souris) $("filtres").requestSubmit(); });

if (form) {
  document.body.classList.add("avec-script");
  $("barre").hidden = false;
  const lignes = [...form.querySelectorAll("fieldset[data-e]")], enClasse = new Set(lignes.map((f) => f.dataset.c)).size === 1;
  const mots = JSON.parse(form.dataset.mots);
  const trouver = (e, c) => document.getElementById(`l-${e}-${c}`);
  const coche = (f) => f.querySelector("input[type=radio]:checked")?.value || null;
  const cocher = (f, n) => { const r = [...f.querySelectorAll("input[type=radio]")].find((i) => i.value === (n ?? "")); if (r) r.checked = true; };
  const nom = (f) => f.querySelector("legend").firstChild.textContent.trim();
  const annonce = Object.assign(document.createElement("span"), { className: "lecteur", role: "status" });
  $("etat").removeAttribute("role");
  $("etat").after(annonce);
  const dire = voix($("etat"), annonce);

  const compter = () => {
    const faits = lignes.filter((f) => coche(f)).length;
    $("avance").textContent = `${faits} sur ${lignes.length}`;
    $("annuler").disabled = !gestes.faits.length;
    for (const f of lignes) f.classList.toggle("fait", Boolean(coche(f)));
  };
  const avertir = (texte, boutons = []) => {
    const p = Object.assign(document.createElement("p"), { className: "notice", role: "alert" });
    p.dataset.genre = "erreur";
    p.append(fr(texte), " ");
    for (const [intitule, agir] of [...boutons, ["Fermer", () => {}]]) {
      const b = Object.assign(document.createElement("button"), { type: "button", className: "bouton discret", textContent: fr(intitule) });
      b.addEventListener("click", () => { agir(); p.remove(); });
      p.append(b, " ");
    }
    $("avis").append(p);
    p.scrollIntoView({ block: "nearest" });
  };
  const projeter = (f, n) => { f.classList.add("attente"); f.dataset.ici = n ?? ""; };
  const attente = (a) => {
    const f = trouver(a.e, a.c);
    if (!f || f.classList.contains("attente")) return;
    cocher(f, a.n);
    projeter(f, a.n);
    compter();
  };
  const envoyer = (f, n, plus = {}) => {
    const de = f.dataset.ici || null;
    projeter(f, n);
    file.ecrire([{ e: Number(f.dataset.e), c: f.dataset.c, n, v: Number(f.dataset.v), k: cleNeuve(), g: cleNeuve(), ...plus, de }]);
  };
  const recevoir = (r, avis, de) => {
    const f = trouver(r.e, r.c);
    if (!f) return false;
    if (r.v !== undefined) f.dataset.v = r.v;
    if (r.suite) return true;
    f.classList.remove("attente");
    const ici = (r.perdu ? de : r.o) ?? null, voulu = avis.n;
    cocher(f, ici);
    f.dataset.ici = ici ?? "";
    const dit = (n) => (n ? `« ${mots[n] ?? n} »` : "« rien »");
    if (r.etat === "conflit") avertir(`${nom(f)} : ${r.par ?? "quelqu’un"} a mis ${dit(r.n ?? r.d)}${r.le ? ` le ${r.le}` : ""} ; vous vouliez ${dit(voulu)}.`, [
      [`Garder ${dit(r.n ?? r.d)}`, () => {}], [`Remettre ${dit(voulu)}`, () => { cocher(f, voulu); changer(f); }]]);
    else if (r.etat === "refus") avertir(`${nom(f)} : ${r.message}`);
    compter();
    return true;
  };
  const file = new File(form, { etat: dire, attente, reponse: recevoir });
  const gestes = new Gestes(file, (geste, sens) => {
    if (geste.some((c) => !trouver(c.e, c.c))) {
      avertir("Ce geste est d’une autre page de saisie : rouvrez-la pour l’annuler.");
      return false;
    }
    for (const c of geste) {
      const f = trouver(c.e, c.c), [la, vers] = sens(c);
      if ((f.dataset.ici || null) !== la) { avertir(`${nom(f)} a changé depuis : ce niveau reste.`); continue; }
      cocher(f, vers);
      envoyer(f, vers, { u: true });
      f.scrollIntoView({ block: "center" });
    }
    return true;
  }, "saisie");
  gestes.change = compter;
  const changer = (f) => {
    const de = f.dataset.ici || null, n = coche(f);
    if (n === de) return;
    envoyer(f, n);
    gestes.noter([{ e: Number(f.dataset.e), c: f.dataset.c, de, vers: n }]);
    compter();
  };
  /// The next one to judge comes where this one was, so that the thumb does not move.
  const avancer = (f) => {
    const suite = lignes.slice(lignes.indexOf(f) + 1).find((s) => !coche(s) && !s.disabled && !("absent" in s.dataset));
    if (suite) scrollBy({ top: suite.getBoundingClientRect().top - f.getBoundingClientRect().top, behavior: "instant" });
    else dire("Tout le monde est positionné.", "succes");
  };
  let clavier = false;
  form.addEventListener("keydown", () => { clavier = true; });
  form.addEventListener("pointerdown", () => { clavier = false; });
  form.addEventListener("change", (e) => {
    const f = e.target.closest("fieldset[data-e]");
    if (!f) return;
    changer(f);
    if (enClasse && !clavier) avancer(f); // by keyboard, arrows go through the choices: nothing moves
  });
  form.addEventListener("submit", (e) => e.preventDefault());
  $("annuler").addEventListener("click", () => gestes.defaire());
  compter();
}
