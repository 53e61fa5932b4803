// The class grid: keyboard, mouse, selection, copy and paste, undo. Without this file each cell is a link and each
// heading a form. What is sent and kept is file.js; the panel is volet.js.
import { File, Gestes, voix, cleNeuve, fr } from "asset:file.js";
import { Volet } from "asset:volet.js";

const table = document.getElementById("grille");
const $ = (id) => document.getElementById(id);
const filtres = $("filtres");
let souris = false; // a choice made by arrow keys must not change the page under the hand
filtres?.addEventListener("pointerdown", () => { souris = true; });
filtres?.addEventListener("keydown", () => { souris = false; });
filtres?.addEventListener("change", (e) => { if (souris && e.target.type !== "search") filtres.requestSubmit(); });

if (table) {
  const corps = table.tBodies[0], bilan = !table.dataset.situation;
  const mots = JSON.parse(table.dataset.mots), echelle = table.dataset.echelle.split(" ");
  const colonnes = [...table.querySelectorAll("th[data-code]")];
  const lettres = { a: "absent", d: "dispense", n: "non_evalue", r: "non_rendu" };
  const courts = { absent: "Abs.", dispense: "Disp.", non_evalue: "N. év.", non_rendu: "N. r." };
  const parCase = new Map();
  let rangees, cols, actif, ancre, offre, choix = new Set();

  // -- what a cell is
  const lien = (td) => td.firstElementChild;
  const rangee = (td) => td.parentElement;
  const colonne = (td) => colonnes[td.cellIndex - 1];
  const etudiant = (td) => Number(rangee(td).dataset.e);
  const code = (td) => colonne(td).dataset.code;
  const lecture = (td) => "lecture" in td.dataset;
  const fige = (td) => "arrete" in rangee(td).dataset || lecture(td);
  /// What it holds where a level written now goes: in the situation, or in the observation of the day.
  const valeur = (td) => (bilan ? td.dataset.o : lien(td).dataset.n) ?? null;
  const occupee = (td) => lien(td).dataset.n !== undefined;
  const nom = (td) => rangee(td).cells[0].querySelector("a").textContent.replace(/\s+/g, " ");
  const niveau = (n) => (n ? mots[n] ?? n : "jamais positionné");
  /// As it is said in a sentence: the letters of a level, the words of what is none.
  const mot = (n) => (n ? (echelle.includes(n) ? n : `« ${mots[n] ?? n} »`) : "« rien »");
  const pluriel = (n, un, plusieurs) => `${n} ${n < 2 ? un : plusieurs}`;
  for (const tr of corps.rows) for (const td of tr.cells)
    if (td.cellIndex && td.firstElementChild) parCase.set(`${tr.dataset.e}/${colonnes[td.cellIndex - 1].dataset.code}`, td);

  const montrer = (td, { n = null, d = null, s = 0, r = false }) => {
    const a = lien(td);
    if (n) a.dataset.n = n; else delete a.dataset.n;
    a.textContent = n ? courts[n] ?? n : "·";
    const petit = (texte, tag = "small") => { const el = document.createElement(tag); el.textContent = texte; a.append(el); };
    if (bilan && s > 1) petit(s);
    if (d) petit(Object.keys(lettres).find((l) => lettres[l] === d)?.toUpperCase() ?? d);
    if (r) petit("", "i");
    if (td === actif) nommer(td);
    const tr = rangee(td), compte = tr.lastElementChild;
    const positionnees = [...tr.cells].filter((c) => echelle.includes(c.firstElementChild?.dataset?.n)).length;
    compte.textContent = `${positionnees}/${colonnes.length}`;
  };
  const nommer = (td) => {
    const details = [`${nom(td)}, ${code(td)} ${colonne(td).title}, ${niveau(lien(td).dataset.n)}`];
    const petit = [...lien(td).querySelectorAll("small")].map((el) => el.textContent).join(" ");
    if (/^\d+$/.test(petit.split(" ")[0])) details.push(`${petit.split(" ")[0]} situations`);
    const dit = lettres[petit.split(" ").at(-1).toLowerCase()];
    if (dit) details.push(`${mots[dit]} la dernière fois`);
    if (lien(td).querySelector("i")) details.push("avec remarque");
    if (td.classList.contains("p")) details.push("une preuve au moins");
    if (td.classList.contains("conflit")) details.push("un collègue a écrit entre-temps");
    if (td.classList.contains("attente")) details.push("en attente");
    if (fige(td)) details.push(lecture(td) ? "lecture seule" : "livret arrêté");
    lien(td).setAttribute("aria-label", details.join(", "));
  };

  // -- moving and selecting
  const recenser = () => {
    rangees = [...corps.rows].filter((tr) => !tr.hidden);
    cols = colonnes.map((_, i) => i + 1).filter((i) => !colonnes[i - 1].hidden);
    table.setAttribute("aria-rowcount", rangees.length + 2);
    table.setAttribute("aria-colcount", cols.length + 2);
  };
  const place = (td) => [rangees.indexOf(rangee(td)), cols.indexOf(td.cellIndex)];
  const en = (r, c) => rangees[r]?.cells[cols[c]];
  const rectangle = (a, b) => {
    const [[r1, c1], [r2, c2]] = [place(a), place(b)], tds = [];
    for (let r = Math.min(r1, r2); r <= Math.max(r1, r2); r++)
      for (let c = Math.min(c1, c2); c <= Math.max(c1, c2); c++) tds.push(en(r, c));
    return tds;
  };
  const choisir = (tds) => {
    const voulues = new Set(tds.length > 1 ? tds : []);
    for (const td of choix) if (!voulues.has(td)) td.removeAttribute("aria-selected");
    for (const td of voulues) if (!choix.has(td)) td.setAttribute("aria-selected", "true");
    choix = voulues;
  };
  const activer = (td) => {
    if (actif) { lien(actif).tabIndex = -1; lien(actif).removeAttribute("aria-label"); }
    actif = td;
    lien(td).tabIndex = 0;
    nommer(td);
    volet.suivre();
  };
  const aller = (td, etendre = false) => {
    if (!td) return;
    if (!etendre) { ancre = td; choisir([]); }
    offre = null;
    activer(td);
    if (etendre) choisir(rectangle(ancre, td));
    lien(td).focus({ preventScroll: true });
    td.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const cibles = () => (choix.size ? [...choix] : [actif]);

  // -- writing
  const avis = $("avis");
  const annoncer = (dit, genre, boutons = []) => {
    const texte = fr(dit);
    if (genre !== "erreur") annonce.textContent = texte; // a region that was already there is read aloud
    const p = document.createElement("div");
    p.className = "notice";
    p.dataset.genre = genre;
    if (genre === "erreur") p.setAttribute("role", "alert");
    p.append(texte, " ");
    const fin = () => { p.remove(); if (actif) lien(actif).focus({ preventScroll: true }); };
    for (const [intitule, agir] of [...boutons, ["Fermer", () => {}]]) {
      const b = document.createElement("button");
      [b.type, b.className, b.textContent] = ["button", "bouton discret", fr(intitule)];
      b.addEventListener("click", () => { agir(); fin(); });
      p.append(b, " ");
    }
    if (genre !== "erreur") for (const autre of avis.querySelectorAll(":not([role=alert]).notice")) autre.remove();
    avis.append(p);
    return p;
  };
  const annonce = document.createElement("span");
  [annonce.className, annonce.role] = ["lecteur", "status"];
  $("etat").removeAttribute("role");
  $("etat").after(annonce);
  const dire = voix($("etat"), annonce);

  /// Shown before it is saved.
  const projeter = (td, n) => {
    const seul = bilan && n && !echelle.includes(n); // absent hides no level
    montrer(td, seul ? { n: lien(td).dataset.n, d: n } : { n, r: Boolean(lien(td).querySelector("i")) });
    if (bilan) { if (n) td.dataset.o = n; else delete td.dataset.o; }
    td.classList.add("attente");
    td.classList.remove("conflit");
  };
  /// One gesture: shown at once, kept, sent. `vers` says what each cell becomes; null empties it.
  const poser = (tds, vers, plus = {}) => {
    const cases = [], geste = cleNeuve(), envois = [];
    for (const td of tds) {
      const de = valeur(td), n = vers(td);
      if (fige(td) || n === undefined || (n === de && plus.r === undefined && plus.p === undefined)) continue;
      if (n !== de) cases.push({ e: etudiant(td), c: code(td), de, vers: n });
      envois.push({ e: etudiant(td), c: code(td), n, v: Number(td.dataset.v ?? 0), k: cleNeuve(), g: geste, ...plus, de: lien(td).dataset.n ?? null });
      projeter(td, n);
    }
    if (envois.length) file.ecrire(envois);
    return cases;
  };
  const noter = (cases) => { if (cases.length) gestes.noter(cases); return cases; };
  const demander = (texte, boutons) => new Promise((oui) => {
    $("question-texte").textContent = fr(texte);
    $("question-choix").replaceChildren(...boutons.flatMap(([intitule, valeur], i) => {
      const b = document.createElement("button");
      [b.className, b.textContent, b.value] = [i ? "bouton" : "bouton principal", fr(intitule), valeur];
      return [b, " "];
    }));
    $("question").returnValue = "";
    $("question").addEventListener("close", () => { lien(actif).focus(); oui($("question").returnValue); }, { once: true });
    $("question").showModal();
  });
  /// A level for one cell, or for a whole selection: by default what is empty, then the exceptions.
  const mettre = async (n, tds = cibles()) => {
    const ailleurs = n ? [] : tds.filter((td) => bilan && occupee(td) && valeur(td) === null);
    if (ailleurs.length) annoncer(`${ailleurs.length < 2 ? "Ce niveau vient d’une autre situation" : "Ces niveaux viennent d’autres situations"} : pour effacer, choisissez la situation au-dessus de la grille.`, "erreur");
    if (tds.length === 1) return noter(poser(tds, () => n));
    // Said absent where one writes: that is no empty cell.
    const libres = tds.filter((td) => !fige(td)), vides = libres.filter((td) => !occupee(td) && valeur(td) === null);
    const pleines = libres.filter((td) => !vides.includes(td) && valeur(td) !== n);
    let voulues = n ? vides : libres;
    if (n && pleines.length) {
      const autres = pleines.length < 2 ? "La case déjà positionnée ne change pas." : `Les ${pleines.length} déjà positionnées ne changent pas.`;
      const reponse = vides.length
        ? await demander(`Mettre ${mot(n)} ${vides.length < 2 ? "à la case" : `aux ${vides.length} cases`} sans positionnement ? ${autres}`, [
          [`Positionner ${vides.length}`, "vides"], [`Remplacer aussi ${pleines.length < 2 ? "l’autre" : `les ${pleines.length}`}`, "toutes"], ["Laisser", ""]])
        : await demander(`Remplacer ${pluriel(pleines.length, "niveau", "niveaux")} par ${mot(n)} ?`, [
          [`Remplacer ${pleines.length}`, "toutes"], ["Laisser", ""]]);
      if (!reponse) return [];
      if (reponse === "toutes") voulues = [...vides, ...pleines];
    }
    const cases = noter(poser(voulues, () => n));
    if (cases.length) annoncer(n ? pluriel(cases.length, "positionnement ajouté.", "positionnements ajoutés.") : pluriel(cases.length, "case effacée.", "cases effacées."), "succes", [["Annuler", () => gestes.defaire()]]);
    return cases;
  };
  /// In the view of all situations, only what was said today may be added to: the rest is of its own situation.
  const duJour = (tds, quoi) => {
    if (!bilan || tds.every((td) => valeur(td) !== null)) return true;
    annoncer(`${quoi} se fait dans la situation du niveau : choisissez-la au-dessus de la grille, ou donnez d’abord un niveau aujourd’hui.`, "erreur");
    return false;
  };
  const remarquer = (texte, n) => {
    if (!n && !duJour(cibles(), "Une remarque")) return [];
    const tds = cibles(), vides = tds.filter((td) => !n && !occupee(td));
    if (vides.length) return annoncer(`Donnez d’abord un niveau : ${pluriel(vides.length, "case est vide", "cases sont vides")}.`, "erreur");
    return noter(poser(tds, (td) => n ?? valeur(td) ?? lien(td).dataset.n, { r: texte }));
  };
  const equipe = (td, n) => {
    const siennes = rangee(td).dataset.g.split(" ").filter((g) => (table.dataset.equipes ?? "").split(" ").includes(g));
    const autres = rangees.filter((tr) => tr !== rangee(td) && siennes.some((g) => g && tr.dataset.g.split(" ").includes(g)))
      .map((tr) => tr.cells[td.cellIndex]).filter((c) => !fige(c) && valeur(c) !== n);
    const mettreAussi = () => {
      offre = null;
      const cases = n ? noter(poser(autres, () => n)) : [];
      if (cases.length) annoncer(`${pluriel(cases.length, "positionnement ajouté", "positionnements ajoutés")} à l’équipe.`, "succes", [["Annuler", () => gestes.defaire()]]);
    };
    return { autres, mettreAussi };
  };
  /// Until one moves elsewhere, T means the team of who was just judged.
  const proposer = (td, n) => {
    const { autres, mettreAussi } = equipe(td, n);
    if (!n || !autres.length) return;
    annoncer(`${nom(td)} est en équipe avec ${autres.map(nom).join(", ")}. Mettre ${mot(n)} aussi ? (T)`, "information", [[`Mettre à ${autres.length}`, mettreAussi]]);
    offre = mettreAussi;
  };

  // -- what comes back
  /// The refusals of one answer, told once for each reason.
  let refuses = new Map();
  const refuser = (td, message) => {
    if (!refuses.size) setTimeout(() => {
      for (const [m, noms] of refuses) annoncer(`${noms.slice(0, 3).join(" ; ")}${noms.length > 3 ? ` et ${pluriel(noms.length - 3, "autre case", "autres cases")}` : ""} : ${m}`, "erreur");
      refuses = new Map();
    });
    refuses.set(message, [...(refuses.get(message) ?? []), `${nom(td)}, ${code(td)}`]);
  };
  const recevoir = (r, avisEnvoye, de) => {
    const td = parCase.get(`${r.e}/${r.c}`);
    if (!td) return false;
    if (r.v !== undefined) td.dataset.v = r.v;
    if (r.suite) return true; // a later change of mine is still on its way: it stays on show
    td.classList.remove("attente");
    if (r.perdu) { montrer(td, { n: de }); if (bilan) delete td.dataset.o; }
    else { montrer(td, r); if (bilan) { if (r.o) td.dataset.o = r.o; else delete td.dataset.o; } }
    if (r.etat === "conflit") {
      td.classList.add("conflit");
      const la = r.n ?? r.d, voulu = avisEnvoye.n;
      const finir = () => td.classList.remove("conflit");
      annoncer(`${nom(td)}, ${r.c} : ${r.par ?? "quelqu’un"} a mis ${mot(la)}${r.le ? ` le ${r.le}` : ""} ; vous vouliez ${voulu ? mot(voulu) : "effacer"}.`, "erreur", [
        [`Garder ${mot(la)}`, finir],
        [voulu ? `Remettre ${mot(voulu)}` : "Effacer", () => { finir(); noter(poser([td], () => voulu, avisEnvoye.r === undefined ? {} : { r: avisEnvoye.r })); }]]);
    } else if (r.etat === "refus") refuser(td, r.message);
    if (td === actif) volet.suivre(true);
    return true;
  };
  const attente = (a) => { const td = parCase.get(`${a.e}/${a.c}`); if (td && !td.classList.contains("attente")) projeter(td, a.n); };
  const file = new File(table, { etat: dire, attente, reponse: recevoir });
  const gestes = new Gestes(file, (geste, sens) => {
    const tds = geste.map((c) => parCase.get(`${c.e}/${c.c}`));
    if (tds.some((td) => !td)) {
      annoncer("Ce geste touche des cases qui ne sont pas affichées : affichez toute la classe et tous les blocs, puis recommencez.", "erreur");
      return false;
    }
    const voulus = new Map(), memes = geste.filter((c, i) => { const [la, vers] = sens(c); voulus.set(tds[i], vers); return valeur(tds[i]) === la; });
    poser(memes.map((c) => parCase.get(`${c.e}/${c.c}`)), (td) => voulus.get(td), { u: true });
    const restent = geste.length - memes.length;
    annoncer(`${pluriel(memes.length, "case rétablie", "cases rétablies")}${restent ? ` ; ${pluriel(restent, "a changé depuis et reste", "ont changé depuis et restent")}` : ""}.`, restent ? "erreur" : "succes");
    if (memes.length) aller(parCase.get(`${memes[0].e}/${memes[0].c}`));
    return true;
  });
  gestes.change = () => {
    $("annuler").hidden = $("refaire").hidden = false;
    $("annuler").disabled = !gestes.faits.length;
    $("refaire").disabled = !gestes.defaits.length;
  };

  // -- what others write: a hint, then a question
  let seq = Number(table.dataset.seq), question, source;
  const demanderChangements = async () => {
    const situation = table.dataset.situation ? `&situation=${table.dataset.situation}` : "";
    const reponse = await fetch(`${file.adresse}?depuis=${seq}${situation}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!reponse?.ok || reponse.redirected) return;
    const dit = await reponse.json();
    seq = dit.seq;
    for (const c of dit.cases) {
      const td = parCase.get(`${c.e}/${c.c}`);
      if (!td || td.classList.contains("attente") || Number(td.dataset.v ?? 0) >= c.v) continue;
      td.dataset.v = c.v;
      if (bilan) { if (c.o) td.dataset.o = c.o; else delete td.dataset.o; }
      montrer(td, c);
      td.classList.add("recu");
    }
  };
  // A browser opens six lines to a house, kept pages included: one that is not looked at holds none.
  const ecouter = () => {
    source?.close();
    if (document.hidden) return;
    source = new EventSource(`/promotions/${table.dataset.promotion}/signal`);
    source.addEventListener("error", () => { if (source.readyState === 2) setTimeout(ecouter, 30_000); }); // refused, not cut
    source.addEventListener("message", () => { clearTimeout(question); question = setTimeout(demanderChangements, 150); });
  };
  ecouter();
  document.addEventListener("visibilitychange", ecouter);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (e) => { if (e.persisted) ecouter(); });

  // -- the panel
  const volet = new Volet($("volet"), {
    cibles, mettre: (n) => mettre(n).then((cases) => { if (cases.length === 1) proposer(actif, n); }), remarquer, nom, code, niveau, occupee,
    titre: (td) => colonne(td).title, etudiant, niveauDe: (td) => lien(td).dataset.n ?? null, mots, echelle, promotion: table.dataset.promotion,
    citer: (p) => (!duJour([actif], "Citer une preuve") ? null : occupee(actif) ? poser([actif], (td) => valeur(td) ?? lien(td).dataset.n, { p }) : annoncer("Donnez d’abord un niveau, puis citez la preuve.", "erreur")),
    situations: [...(document.querySelector("#f-situation")?.options ?? [])].filter((o) => o.value && o.value !== table.dataset.situation),
    colonneEntiere: () => (choix.size && new Set([...choix].map((td) => td.cellIndex)).size === 1 && choix.size === rangees.length ? [...choix][0].cellIndex : null),
    masquer: (i) => (cols.length > 1 ? masquer(i, true) : annoncer("C’est la dernière colonne affichée.", "erreur")),
    recopier: async (situation) => {
      const tds = cibles(), reponse = await fetch(`${file.adresse}/source?situation=${situation}&code=${code(tds[0])}`).catch(() => null);
      if (!reponse?.ok || reponse.redirected) return annoncer("Cette situation ne peut pas être lue. Vérifiez votre connexion, puis recommencez.", "erreur");
      const niveaux = new Map(await reponse.json()), libres = tds.filter((td) => !occupee(td) && niveaux.has(etudiant(td)));
      const cases = noter(poser(libres, (td) => niveaux.get(etudiant(td))));
      return annoncer(`${pluriel(cases.length, "niveau recopié", "niveaux recopiés")} dans les cases vides.`, "succes", [["Annuler", () => gestes.defaire()]]);
    },
    revenir: () => lien(actif).focus(),
  });
  const masquer = (i, oui) => {
    colonnes[i - 1].hidden = oui;
    for (const tr of corps.rows) tr.cells[i].hidden = oui;
    let premiere = 0;
    for (const th of table.querySelectorAll("tr.blocs th")) {
      const siennes = colonnes.slice(premiere, premiere += Number(th.dataset.largeur ??= th.colSpan)).filter((c) => !c.hidden).length;
      th.hidden = !siennes;
      th.colSpan = Math.max(1, siennes);
    }
    recenser();
    $("montrer-colonnes").hidden = colonnes.every((th) => !th.hidden);
    const voisine = cols.findIndex((c) => c >= i);
    aller(en(Math.max(0, rangees.indexOf(rangee(actif))), voisine < 0 ? cols.length - 1 : voisine));
  };
  $("montrer-colonnes").addEventListener("click", () => colonnes.forEach((_, i) => masquer(i + 1, false)));

  // -- copy and paste, both ways with a spreadsheet
  const ecrit = (td) => { const v = bilan ? lien(td).dataset.n : valeur(td); return (Object.entries(lettres).find(([, c]) => c === v)?.[0].toUpperCase()) ?? v ?? ""; };
  const lu = (texte) => {
    const t = texte.trim().toUpperCase();
    if (["", "·", "-"].includes(t)) return undefined;
    if (t === "0") return null;
    if (/^[1-9]$/.test(t)) return echelle[t - 1] ?? false;
    const sans = lettres[t.toLowerCase()] ?? Object.keys(courts).find((c) => [c.toUpperCase(), courts[c].toUpperCase(), mots[c]?.toUpperCase()].includes(t));
    return echelle.find((n) => n.toUpperCase() === t || mots[n].toUpperCase() === t) ?? sans ?? false;
  };
  const dansLaGrille = () => table.contains(document.activeElement);
  document.addEventListener("copy", (e) => {
    if (!dansLaGrille()) return;
    const lignes = new Map();
    for (const td of choix.size ? choix : [actif]) lignes.set(rangee(td), [...(lignes.get(rangee(td)) ?? []), ecrit(td)]);
    e.clipboardData.setData("text/plain", [...lignes.values()].map((l) => l.join("\t")).join("\n"));
    e.preventDefault();
    annonce.textContent = `${pluriel(choix.size || 1, "case copiée", "cases copiées")}.`;
    if (!file.nombre) dire(annonce.textContent);
  });
  document.addEventListener("paste", (e) => {
    if (!dansLaGrille()) return;
    e.preventDefault();
    const bloc = e.clipboardData.getData("text/plain").replace(/\r?\n$/, "").split(/\r?\n/).map((l) => l.split(/[\t;]/));
    const [r0, c0] = choix.size ? [...choix].map(place).reduce(([r, c], [r2, c2]) => [Math.min(r, r2), Math.min(c, c2)]) : place(actif);
    if (bloc.length === 1 && bloc[0].length === 1 && choix.size) { const n = lu(bloc[0][0]); if (n) return mettre(n); }
    const vers = new Map(), fautes = [];
    bloc.forEach((ligne, i) => ligne.forEach((texte, j) => {
      const n = lu(texte), td = en(r0 + i, c0 + j);
      if (n === undefined) return;
      if (n === false) fautes.push(`ligne ${i + 1}, colonne ${j + 1} : « ${texte.trim().slice(0, 20)} » n’est pas un niveau`);
      else if (!td) fautes.push(`ligne ${i + 1}, colonne ${j + 1} : hors de la grille`);
      else if (fige(td)) fautes.push(lecture(td) ? `colonne ${code(td)} : vous la lisez sans la juger` : `ligne ${i + 1} : le livret de ${nom(td)} est arrêté`);
      else vers.set(td, n);
    }));
    if (fautes.length) {
      const liste = document.createElement("ul");
      for (const f of fautes.slice(0, 20)) { const li = document.createElement("li"); li.textContent = fr(f); liste.append(li); }
      annoncer(`Rien n’est collé : ${pluriel(fautes.length, "case est à corriger", "cases sont à corriger")} dans le bloc. Écrivez ${echelle.join(", ")}, 1 à ${echelle.length}, ou A, D, N, R.`, "erreur").firstChild.after(liste);
      return;
    }
    const cases = noter(poser([...vers.keys()], (td) => vers.get(td)));
    annoncer(`${pluriel(cases.length, "case collée", "cases collées")}.`, "succes", cases.length ? [["Annuler", () => gestes.defaire()]] : []);
  });

  // -- keyboard
  const descendre = (td) => { const [r, c] = place(td); aller(en(r + 1, c) ?? en(0, c + 1) ?? td); };
  const recopierVers = (bas) => {
    if (!choix.size) return;
    const premiers = new Map();
    for (const td of choix) { const k = bas ? td.cellIndex : rangee(td); if (!premiers.has(k)) premiers.set(k, td); }
    noter(poser([...choix], (td) => { const p = premiers.get(bas ? td.cellIndex : rangee(td)); return p === td ? undefined : (valeur(p) ?? lien(p).dataset.n ?? null); }));
  };
  const sauter = (lettre) => {
    const ici = rangees.indexOf(rangee(actif)), plat = (t) => t.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const ordre = [...rangees.slice(ici + 1), ...rangees.slice(0, ici + 1)];
    const tr = ordre.find((r) => plat(r.cells[0].textContent.trim()).startsWith(plat(lettre)));
    if (tr) aller(tr.cells[actif.cellIndex]);
  };
  const commandes = {
    KeyZ: (e) => (e.shiftKey ? gestes.refaire() : gestes.defaire()), KeyY: () => gestes.refaire(),
    KeyD: () => recopierVers(true), KeyR: () => recopierVers(false), KeyA: () => { ancre = en(0, 0); choisir(rectangle(ancre, en(rangees.length - 1, cols.length - 1))); },
    Space: () => { const c = place(actif)[1]; choisir(rectangle(en(0, c), en(rangees.length - 1, c))); volet.suivre(); },
    Home: () => aller(en(0, 0)), End: () => aller(en(rangees.length - 1, cols.length - 1)),
  };
  const deplacement = (e) => {
    const [r, c] = place(actif), bas = rangees.length - 1, droite = cols.length - 1;
    return { ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], Home: [r, 0], End: [r, droite],
      PageUp: [Math.max(0, r - 10), c], PageDown: [Math.min(bas, r + 10), c] }[e.key];
  };
  const touche = (e) => {
    if (e.altKey) return false;
    if (e.ctrlKey || e.metaKey) {
      const voulu = { z: "KeyZ", y: "KeyY", d: "KeyD", r: "KeyR", a: "KeyA", " ": "Space" }[e.key.toLowerCase()] ?? e.key;
      if (!commandes[voulu]) return false;
      commandes[voulu](e);
      return true;
    }
    const vers = deplacement(e);
    if (vers) { aller(en(...vers), e.shiftKey); return true; }
    const chiffre = /^(Digit|Numpad)([0-9])$/.exec(e.code)?.[2];
    if (e.code.startsWith("Numpad") && !/^\d$/.test(e.key)) return false; // without its lock, the pad moves or inserts
    if (e.repeat && (chiffre || e.key.length === 1)) return true; // a key held down is one level
    if (chiffre === "0" || e.key === "Delete" || e.key === "Backspace") { mettre(null); return true; }
    if (chiffre) { const n = echelle[chiffre - 1]; if (n) ecrireUn(n); return true; }
    if (e.key === " " && e.shiftKey) { choisir(rectangle(en(place(actif)[0], 0), en(place(actif)[0], cols.length - 1))); return true; }
    if (e.key === "Enter" || e.key === " ") { volet.ouvrir(true); return true; }
    if (e.key === "F2") { volet.ouvrir("remarque"); return true; }
    if (e.key === "Escape") { if (volet.ouvert) volet.fermer(); else choisir([]); return true; }
    if (e.key === "?") { $("aide-touches").showModal(); return true; }
    if (e.key.length !== 1 || !/\p{L}/u.test(e.key)) return false;
    if (e.shiftKey) { sauter(e.key); return true; }
    const lettre = e.key.toLowerCase();
    if (mots[lettres[lettre]]) { ecrireUn(lettres[lettre]); return true; }
    const act = { e: () => volet.ouvrir(true), c: () => volet.ouvrir("remarque"), f: () => $("f-nom").focus(), t: () => (offre ?? equipe(actif, valeur(actif)).mettreAussi)() }[lettre];
    act?.();
    return Boolean(act);
  };
  const ecrireUn = (n) => {
    if (choix.size) return mettre(n);
    const td = actif;
    noter(poser([td], () => n));
    descendre(td);
    return proposer(td, n);
  };
  table.addEventListener("keydown", (e) => { if (e.target.closest("td a") && touche(e)) e.preventDefault(); });

  // -- mouse and finger
  let tire = false, doigt = false;
  table.addEventListener("pointerdown", (e) => { doigt = e.pointerType === "touch"; });
  table.addEventListener("mousedown", (e) => {
    const td = e.target.closest("tbody td:not(.compte)");
    if (!td || e.button || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    td.dataset.deja = td === actif && !choix.size && dansLaGrille() ? "1" : "";
    aller(td, e.shiftKey);
    tire = !e.shiftKey;
  });
  table.addEventListener("mouseover", (e) => { const td = tire && e.target.closest("tbody td:not(.compte)"); if (td && td !== actif) aller(td, true); });
  addEventListener("mouseup", () => { tire = false; });
  table.addEventListener("click", (e) => {
    if (e.ctrlKey || e.metaKey) return;
    const td = e.target.closest("tbody td:not(.compte)"), th = e.target.closest("th");
    if (td) { e.preventDefault(); if (td.dataset.deja || !e.detail) volet.ouvrir(true); return; }
    if (!th?.querySelector("a") || doigt) return;
    e.preventDefault();
    if (th.dataset.code) { const c = cols.indexOf(th.cellIndex); aller(en(0, c)); choisir(rectangle(en(0, c), en(rangees.length - 1, c))); volet.ouvrir(false); }
    else { const r = rangees.indexOf(th.parentElement); aller(en(r, 0)); choisir(rectangle(en(r, 0), en(r, cols.length - 1))); }
  });
  table.addEventListener("focusin", (e) => { const td = e.target.closest("tbody td:not(.compte)"); if (td && td !== actif) { ancre = td; choisir([]); activer(td); } });

  // -- filters that need no question to the server
  const filtrer = () => {
    const plat = (t) => t.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(), q = plat($("f-nom").value.trim());
    for (const tr of corps.rows) tr.hidden = Boolean(q) && !plat(tr.cells[0].textContent.replace(/\s+/g, " ")).includes(q);
    recenser();
    if ([...choix].some((td) => rangee(td).hidden)) choisir([...choix].filter((td) => !rangee(td).hidden));
    if (rangees.length && actif && rangee(actif).hidden) { choisir([]); activer(rangees[0].cells[actif.cellIndex]); }
  };
  $("f-nom").addEventListener("input", filtrer);
  $("f-nom").addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === "Escape") { e.preventDefault(); if (e.key === "Escape") { $("f-nom").value = ""; if (new URLSearchParams(location.search).get("nom")) return filtres.requestSubmit(); filtrer(); } return aller(rangees[0]?.cells[actif.cellIndex]); } });
  $("annuler").addEventListener("click", () => gestes.defaire());
  $("refaire").addEventListener("click", () => gestes.refaire());
  $("touches").addEventListener("click", () => $("aide-touches").showModal());
  $("touches").hidden = false;

  document.body.classList.add("avec-script");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-multiselectable", "true");
  for (const a of table.querySelectorAll("a")) a.tabIndex = -1;
  document.querySelector(".grille-region").removeAttribute("tabindex");
  recenser();
  ancre = en(0, 0);
  activer(ancre);
  // At a desk, one starts to type at once.
  if (matchMedia("(pointer: fine)").matches) lien(actif).focus({ preventScroll: true });
}
