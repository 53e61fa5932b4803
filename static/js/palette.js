// Ctrl+K (Cmd+K): one field that finds people, preuves, pages and the référentiel. Without this file the button is a link
// to the same answers on a page.
const bouton = document.querySelector("[data-palette]");
const el = (nom, attributs = {}, ...enfants) => {
  const e = document.createElement(nom);
  for (const [a, v] of Object.entries(attributs)) e.setAttribute(a, v);
  e.append(...enfants);
  return e;
};

class Palette {
  constructor() {
    this.champ = el("input", { id: "palette-q", name: "q", type: "text", role: "combobox", maxlength: "100", "aria-expanded": "false", "aria-controls": "palette-liste", "aria-autocomplete": "list", "aria-describedby": "palette-aide", autocomplete: "off", autocapitalize: "none", spellcheck: "false", enterkeyhint: "go" });
    this.liste = el("div", { id: "palette-liste", role: "listbox", "aria-label": "Réponses" });
    this.etat = el("p", { class: "etat", role: "status" });
    const fermer = el("button", { type: "button", class: "bouton discret" }, "Fermer");
    const forme = el("form", { method: "get", action: "/recherche", role: "search", class: "recherche" },
      el("label", { for: "palette-q" }, "Rechercher une personne, une preuve, une page"), this.champ, fermer);
    this.dialogue = el("dialog", { class: "dialogue palette", "aria-label": "Rechercher" }, forme, this.etat, this.liste,
      el("p", { class: "doux", id: "palette-aide" }, "↑ ↓ pour choisir, Entrée pour ouvrir, Échap pour fermer."));
    document.body.append(this.dialogue);
    fermer.addEventListener("click", () => this.dialogue.close());
    this.dialogue.addEventListener("click", (e) => { if (e.target === this.dialogue) this.dialogue.close(); });
    this.dialogue.addEventListener("close", () => this.retour?.focus());
    this.champ.addEventListener("input", () => { clearTimeout(this.minuterie); this.minuterie = setTimeout(() => this.demander(), 120); });
    this.champ.addEventListener("keydown", (e) => this.touche(e));
    this.liste.addEventListener("pointermove", (e) => { const o = e.target.closest("[role=option]"); if (o && o !== this.option) this.choisir(o); });
  }

  ouvrir() {
    if (this.dialogue.open) return;
    this.retour = document.activeElement;
    this.dialogue.showModal();
    this.champ.focus();
    this.champ.select();
  }

  get options() { return [...this.liste.querySelectorAll("[role=option]")]; }

  choisir(option) {
    this.option?.setAttribute("aria-selected", "false");
    this.option = option ?? null;
    if (!option) return this.champ.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.champ.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  touche(e) {
    if (e.isComposing || e.altKey || e.ctrlKey || e.metaKey) return;
    const options = this.options, ici = options.indexOf(this.option), n = options.length;
    const vers = { ArrowDown: (ici + 1) % n, ArrowUp: (ici < 1 ? n : ici) - 1 }[e.key];
    if (n && vers !== undefined) {
      e.preventDefault();
      this.choisir(options[vers]);
    } else if (e.key === "Enter" && this.option && this.demandee === this.champ.value.trim()) {
      e.preventDefault(); // otherwise the question is sent, and answered by a page
      this.option.click();
    }
  }

  montrer(...enfants) {
    this.liste.replaceChildren(...enfants);
    this.champ.setAttribute("aria-expanded", String(this.options.length > 0));
    this.choisir(this.options[0]);
  }

  async demander() {
    const q = this.champ.value.trim();
    this.enCours?.abort();
    this.enCours = new AbortController();
    this.demandee = null;
    if (!q) { this.etat.textContent = ""; this.montrer(); return; }
    try {
      const r = await fetch(`/recherche?${new URLSearchParams({ q, fragment: "1" })}`, { signal: this.enCours.signal });
      if (r.redirected || !r.ok) { this.montrer(); this.etat.textContent = "Votre session a expiré, ou le service ne répond pas. Appuyez sur Entrée pour reprendre."; return; }
      const doc = new DOMParser().parseFromString(await r.text(), "text/html"), racine = doc.querySelector("[data-combien]");
      this.demandee = q;
      this.montrer(...racine.childNodes);
      this.etat.textContent = racine.dataset.combien;
    } catch (e) {
      if (e.name !== "AbortError") { this.montrer(); this.etat.textContent = "Pas de réponse. Vérifiez votre connexion."; }
    }
  }
}

let palette;
const ouvrir = (e) => { e.preventDefault(); (palette ??= new Palette()).ouvrir(); };
if (bouton) {
  bouton.addEventListener("click", (e) => { if (!e.ctrlKey && !e.metaKey && !e.shiftKey) ouvrir(e); });
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") ouvrir(e);
  });
}
