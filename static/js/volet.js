// The panel beside the grid: the level of the cell or of the selection, its remark, its evidence, its history.
const el = (tag, props = {}, ...enfants) => { const e = Object.assign(document.createElement(tag), props); e.append(...enfants); return e; };

export class Volet {
  constructor(aside, grille) {
    this.aside = aside;
    this.grille = grille;
    this.ouvert = false;
    aside.addEventListener("keydown", (e) => {
      if (e.key === "Escape") { e.preventDefault(); this.fermer(); }
      if (e.target.name === "volet-niveau" && e.key === "Enter") { e.preventDefault(); this.fermer(); }
      if (e.target.tagName === "TEXTAREA" && e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); this.enregistrerRemarque(); }
    });
    aside.addEventListener("click", (e) => {
      const citer = e.target.closest("[data-citer]");
      if (citer) grille.citer(Number(citer.dataset.citer));
    });
  }

  /// `ou`: true puts the focus on the level, "remarque" on the remark, false leaves it in the grid.
  ouvrir(ou) {
    this.ouvert = true;
    this.aside.hidden = false;
    this.dessiner();
    if (ou === "remarque") this.aside.querySelector("textarea").focus();
    else if (ou) (this.aside.querySelector("input:checked") ?? this.aside.querySelector("input")).focus();
  }

  fermer() {
    this.ouvert = false;
    this.aside.hidden = true;
    this.grille.revenir();
  }

  /// The focus moved in the grid, or the cell changed: soon, so that keys never wait for it.
  suivre(change = false) {
    if (!this.ouvert || (change && this.aside.contains(document.activeElement))) return;
    clearTimeout(this.minuterie);
    this.minuterie = setTimeout(() => { if (!this.aside.contains(document.activeElement)) this.dessiner(); }, 120);
  }

  dessiner() {
    const g = this.grille, tds = g.cibles(), td = tds[0], plusieurs = tds.length > 1, colonne = g.colonneEntiere();
    const titre = plusieurs
      ? (colonne === null ? `${tds.length} cases` : `${g.code(td)} ${g.titre(td)} · ${tds.length} étudiants`)
      : g.nom(td);
    const actuel = plusieurs ? null : g.niveauDe(td);
    const option = (n, mots) => {
      const input = el("input", { type: "radio", name: "volet-niveau", value: n, checked: n === actuel });
      // Arrows move inside the group; a space, a click or Enter decides.
      input.addEventListener("click", (e) => { if (e.detail || e.isTrusted === false) this.decider(n); });
      input.addEventListener("keydown", (e) => { if (e.key === " " || e.key === "Enter") { e.preventDefault(); this.decider(n); } });
      const marque = el("span", { className: "niveau", textContent: g.echelle.includes(n) ? n : "" });
      marque.dataset.niveau = n;
      marque.ariaHidden = "true";
      return el("label", {}, input, " ", ...(g.echelle.includes(n) ? [marque, " "] : []), mots);
    };
    const codes = [...g.echelle, ...Object.keys(g.mots).filter((c) => !g.echelle.includes(c))];
    const choix = el("div", { className: "choix" }, ...codes.map((n) => option(n, g.mots[n])));
    const effacer = el("button", { type: "button", className: "bouton", textContent: "Effacer" });
    effacer.addEventListener("click", () => this.decider(null));
    this.texte = el("textarea", { maxLength: 2000, rows: 3, id: "v-remarque" });
    const noter = el("button", { type: "button", className: "bouton", textContent: "Enregistrer la remarque" });
    noter.addEventListener("click", () => this.enregistrerRemarque());
    const fermer = el("button", { type: "button", className: "bouton discret", textContent: "Fermer (Échap)" });
    fermer.addEventListener("click", () => this.fermer());
    const suite = el("div", { className: "pile" });
    this.aside.replaceChildren(
      el("p", { className: "titre" }, el("strong", { textContent: titre }), fermer),
      ...(plusieurs ? [] : [el("p", {}, `${g.code(td)} ${g.titre(td)} · ${g.niveau(actuel)}`)]),
      el("fieldset", { className: "champ" }, el("legend", { textContent: "Niveau" }), choix),
      el("p", {}, effacer),
      el("div", { className: "champ" }, el("label", { htmlFor: "v-remarque", textContent: "Remarque pour l’étudiant" }), this.texte, el("p", {}, noter)),
      ...(colonne === null ? [] : this.actionsDeColonne(colonne)),
      suite,
    );
    if (!plusieurs) this.charger(td, suite);
  }

  actionsDeColonne(i) {
    const g = this.grille, liste = el("select", { id: "v-source" }, ...g.situations.map((o) => el("option", { value: o.value, textContent: o.textContent })));
    const recopier = el("button", { type: "button", className: "bouton", textContent: "Recopier dans les cases vides" });
    recopier.addEventListener("click", () => g.recopier(liste.value));
    const masquer = el("button", { type: "button", className: "bouton", textContent: "Masquer la colonne" });
    masquer.addEventListener("click", () => { this.fermer(); g.masquer(i); });
    const code = g.code(g.cibles()[0]);
    const source = el("div", { className: "champ" }, el("label", { htmlFor: "v-source", textContent: "Recopier depuis une autre situation" }), liste, el("p", {}, recopier));
    return [...(g.situations.length ? [source] : []), el("p", {}, masquer), el("p", {},
      el("a", { href: `/referentiel/${code}`, textContent: "Voir les critères" }), " · ",
      el("a", { href: `/promotions/${g.promotion}/sous-competences/${code}/saisie${location.search.includes("situation=") ? `?situation=${new URLSearchParams(location.search).get("situation")}` : ""}`, textContent: "Saisie en classe" }))];
  }

  async charger(td, suite) {
    const cle = `${this.grille.etudiant(td)}/${this.grille.code(td)}`;
    this.attendu = cle;
    const reponse = await fetch(`/etudiants/${this.grille.etudiant(td)}/sous-competences/${this.grille.code(td)}/volet`).catch(() => null);
    if (this.attendu !== cle || !suite.isConnected) return;
    if (!reponse?.ok || reponse.redirected) { suite.textContent = "Les preuves et l’histoire ne peuvent pas être lues. Vérifiez votre connexion, puis rouvrez la case."; return; }
    // Our own page, made by our own server, with everything typed by people escaped there.
    suite.replaceChildren(...new DOMParser().parseFromString(await reponse.text(), "text/html").body.childNodes);
  }

  async decider(n) { await this.grille.mettre(n); this.dessiner(); (this.aside.querySelector("input:checked") ?? this.aside.querySelector("input")).focus(); }

  enregistrerRemarque() {
    const texte = this.texte.value.trim();
    if (texte) { this.grille.remarquer(texte); this.fermer(); }
  }
}
