// A sheet is kept while it is written: on the server when it answers, on the device until then. Without this file, two
// buttons do it.
import { Coffre, fr } from "asset:coffre.js";

const form = document.getElementById("fiche"), etat = document.getElementById("etat");
if (form) {
  const champ = (nom) => form.querySelector(`input[name="${nom}"]`);
  const coffre = new Coffre(form.dataset.qui);
  const pret = coffre.ouvrir(form.dataset.coffre);
  const cleLocale = `fiche-${location.pathname.split("/").pop()}`;
  let sale = false, touche = 0, parti = false, enCours = null, minuterie;

  const dire = (texte, genre = "") => { etat.textContent = fr(texte); etat.dataset.genre = genre; };
  const cliche = () => [...new FormData(form)].filter(([nom, v]) => typeof v === "string" && nom !== "aller");

  const garderIci = async () => {
    await pret;
    if (!coffre.sur) return;
    await coffre.garderBrouillon(cleLocale, { champs: cliche(), titre: champ("titre").value, page: location.pathname }, []).catch(() => { coffre.sur = false; });
  };
  const ou = () => (coffre.sur ? "gardé sur cet appareil" : "pas encore gardé : ne fermez pas cette page");

  const poster = async (champs) => {
    const corps = new URLSearchParams(champs);
    corps.set("aller", "garder");
    const r = await fetch(form.getAttribute("action"), { method: "POST", body: corps, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20_000) });
    if (r.status === 401) throw new Error("session");
    const dit = await r.json().catch(() => { throw new Error("réponse"); });
    if (!r.ok && !dit.erreurs) throw new Error("réponse");
    return { dit, conflit: r.status === 409 };
  };

  let fige = false; // another page kept something else: only a button writes over it
  let perdu = null; // sent, and nobody answered: the same is sent again first, which counts once
  const garderUneFois = async () => {
    const avant = touche, envoi = cliche();
    try {
      if (perdu) {
        const { dit } = await poster(perdu);
        if (!dit.erreurs) champ("copie").value = dit.copie;
        perdu = null;
        return garderUneFois();
      }
      const { dit, conflit } = await poster(envoi);
      if (dit.erreurs) {
        if (conflit) { fige = true; champ("copie").value = dit.copie; champ("version").value = dit.version; }
        dire(dit.erreurs[0].message, "erreur");
        return false;
      }
      champ("copie").value = dit.copie;
      if (avant !== touche) return garderUneFois();
      sale = false;
      await coffre.oublierBrouillon(cleLocale).catch(() => {});
      dire(`Brouillon gardé à ${dit.heure.split(" ").pop()}. Vous seul le lisez tant que vous n’enregistrez pas de version.`);
      return true;
    } catch (e) {
      perdu ??= envoi;
      dire(e.message === "session" ? `Votre session est terminée : brouillon ${ou()}. Reconnectez-vous dans un autre onglet.` : `Hors connexion : brouillon ${ou()}.`, "erreur");
      return false;
    }
  };
  const garder = () => {
    clearTimeout(minuterie);
    if (parti || fige) return garderIci();
    enCours ??= garderIci().then(garderUneFois).finally(() => { enCours = null; });
    return enCours;
  };
  form.addEventListener("input", () => {
    sale = true;
    touche++;
    clearTimeout(minuterie);
    minuterie = setTimeout(garder, 1000);
  });
  addEventListener("online", () => { if (sale) garder(); });
  addEventListener("pagehide", () => { if (sale && !parti) garderIci(); });
  addEventListener("beforeunload", (e) => { if (!parti && sale && !coffre.sur) e.preventDefault(); });

  // -- a row more, without a page to load
  const rangee = (bouton) => {
    const derniere = bouton.closest("p").previousElementSibling;
    const neuve = derniere.cloneNode(true);
    const rang = [...derniere.parentNode.children].filter((e) => e.querySelector(`[name="${derniere.querySelector("textarea").name}"]`)).length;
    for (const c of neuve.querySelectorAll(".champ")) {
      const texte = c.querySelector("textarea"), label = c.querySelector("label");
      texte.id = `${texte.name}.${rang}`;
      texte.value = "";
      texte.removeAttribute("aria-invalid");
      texte.removeAttribute("aria-describedby");
      c.querySelector(".erreur")?.remove();
      label.htmlFor = texte.id;
      label.querySelector(".lecteur").textContent = `, rangée ${rang + 1}`;
    }
    derniere.after(neuve);
    return neuve.querySelector("textarea");
  };
  form.addEventListener("submit", (e) => {
    const vers = e.submitter?.value ?? "";
    if (vers.startsWith("rangee:")) {
      e.preventDefault();
      rangee(e.submitter).focus();
      return;
    }
    clearTimeout(minuterie);
    if (enCours) { // what is on its way changes the version that this one must be sent with
      e.preventDefault();
      const bouton = e.submitter;
      enCours.finally(() => { if (!fige) form.requestSubmit(bouton); });
      return;
    }
    garderIci(); // forgotten when a page answers that it is kept
    parti = true;
  });
  for (const retrait of document.querySelectorAll("form[action$='/retrait']")) {
    retrait.addEventListener("submit", () => { parti = true; sale = false; coffre.oublierBrouillon(cleLocale).catch(() => {}); });
  }
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

  // -- what this device kept of a visit before
  const reprendre = ({ champs }) => {
    const par = new Map();
    for (const [nom, v] of champs) par.set(nom, [...(par.get(nom) ?? []), v]);
    for (const [nom, valeurs] of par) {
      if (["cle", "copie", "version"].includes(nom)) continue;
      const cibles = () => [...form.querySelectorAll(`[name="${CSS.escape(nom)}"]`)];
      if (cibles()[0]?.type === "radio") { for (const i of cibles()) i.checked = valeurs.includes(i.value); continue; }
      while (cibles().length && cibles().length < valeurs.length) {
        const bouton = cibles()[0].closest("section").querySelector(`button[value^="rangee:"]`);
        if (!bouton) break;
        rangee(bouton);
      }
      cibles().forEach((c, i) => { c.value = valeurs[i] ?? ""; });
    }
    sale = true;
    dire("Brouillon repris sur cet appareil.");
    garder();
  };
  const recu = new URLSearchParams(location.search).has("fait"); // the page that answers has what was typed
  if (recu) history.replaceState(null, "", location.pathname + location.hash);
  pret.then(async () => {
    if (recu) return coffre.oublierBrouillon(cleLocale).catch(() => {});
    const ici = (await coffre.brouillons().catch(() => [])).find((b) => b.cle === cleLocale);
    if (!ici) return;
    const pareil = JSON.stringify(ici.champs.filter(([n]) => !["cle", "copie", "version"].includes(n))) === JSON.stringify(cliche().filter(([n]) => !["cle", "copie", "version"].includes(n)));
    if (pareil) return coffre.oublierBrouillon(cleLocale).catch(() => {});
    const p = Object.assign(document.createElement("p"), { className: "notice" });
    p.append("Un brouillon de cette fiche est resté sur cet appareil. ");
    const bouton = (mots, agir) => { const x = Object.assign(document.createElement("button"), { type: "button", className: "bouton", textContent: mots }); x.addEventListener("click", () => { p.remove(); agir(); }); p.append(x, " "); };
    bouton("Le reprendre", () => reprendre(ici));
    bouton("L’oublier", () => coffre.oublierBrouillon(cleLocale).catch(() => {}));
    form.before(p);
  });
}
