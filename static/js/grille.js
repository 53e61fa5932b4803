// The class grid by keyboard. Without this file, each cell is a link and each heading a form.
const grille = document.getElementById("grille");
const etat = document.getElementById("etat");
if (grille) {
  const corps = grille.tBodies[0];
  const echelle = grille.dataset.echelle.trim().split(" ");
  const lien = (r, c) => corps.rows[r]?.cells[c + 1]?.querySelector("a");
  const place = (a) => [a.closest("tr").sectionRowIndex, a.closest("td").cellIndex - 1];
  let actif = lien(0, 0);

  grille.setAttribute("role", "grid");
  for (const a of corps.querySelectorAll("td a")) a.tabIndex = -1;
  for (const a of corps.querySelectorAll("th a")) a.tabIndex = -1;
  actif.tabIndex = 0;

  const dire = (texte, genre = "") => { etat.textContent = texte; etat.dataset.genre = genre; };
  const aller = (a) => {
    if (!a) return;
    actif.tabIndex = -1;
    actif = a;
    a.tabIndex = 0;
    a.focus({ preventScroll: true });
    a.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const montrer = (td, niveau) => {
    const marque = td.querySelector(".niveau");
    marque.dataset.niveau = niveau ?? "aucun";
    marque.textContent = niveau ?? "·";
  };

  // One change at a time per cell: the next waits for the version that the former wrote.
  const files = new WeakMap();
  const ecrire = (a, niveau) => {
    const td = a.closest("td");
    const avant = td.querySelector(".niveau").dataset.niveau;
    montrer(td, niveau);
    td.classList.add("attente");
    td.classList.remove("conflit");
    const cle = crypto.randomUUID();
    const tache = (files.get(td) ?? Promise.resolve()).then(() => envoyer(a, td, niveau, avant, cle));
    files.set(td, tache);
    dire("Enregistrement…");
  };
  const envoyer = async (a, td, niveau, avant, cle) => {
    const corps = new URLSearchParams({ niveau: niveau ?? "effacer", version: td.dataset.v, cle });
    try {
      const reponse = await fetch(`${a.getAttribute("href")}/positionnements`, {
        method: "POST", body: corps, headers: { Accept: "application/json" },
      });
      const dit = await reponse.json();
      td.classList.remove("attente");
      if (reponse.ok) {
        td.dataset.v = dit.version;
        montrer(td, dit.niveau);
        dire(`Enregistré à ${new Intl.DateTimeFormat("fr-FR", { timeStyle: "short" }).format(new Date())}`);
      } else if (reponse.status === 409) {
        td.dataset.v = dit.version;
        td.classList.add("conflit");
        montrer(td, dit.niveau);
        dire(`${dit.par ?? "Quelqu’un"} a mis ${dit.niveau ?? "« rien »"} entre-temps ; vous vouliez ${niveau ?? "effacer"}. Refaites le geste pour mettre votre niveau.`, "erreur");
      } else {
        montrer(td, avant === "aucun" ? null : avant);
        dire(dit.message, "erreur");
      }
    } catch {
      dire("Hors connexion : ce niveau n’est pas enregistré. Refaites le geste quand le réseau revient.", "erreur");
      montrer(td, avant === "aucun" ? null : avant);
      td.classList.remove("attente");
    }
  };

  // Digits by their place on the keyboard: on AZERTY they need no shift.
  const chiffre = (e) => /^(Digit|Numpad)[0-4]$/.exec(e.code) ? Number(e.code.at(-1)) : null;
  grille.addEventListener("keydown", (e) => {
    const a = e.target.closest("td a");
    if (!a || e.ctrlKey || e.metaKey || e.altKey) return;
    const [r, c] = place(a);
    const n = e.key === "Delete" || e.key === "Backspace" ? 0 : chiffre(e);
    if (n !== null) {
      e.preventDefault();
      ecrire(a, n === 0 ? null : echelle[n - 1]);
      if (n !== 0) aller(lien(r + 1, c) ?? lien(0, c + 1));
      return;
    }
    const dernier = corps.rows[0].cells.length - 2;
    const vers = {
      ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
      Home: [r, 0], End: [r, dernier],
      PageUp: [Math.max(0, r - 10), c], PageDown: [Math.min(corps.rows.length - 1, r + 10), c],
    }[e.key];
    if (vers) {
      e.preventDefault();
      if (vers[1] >= 0) aller(lien(...vers));
    }
  });
  grille.addEventListener("focusin", (e) => {
    const a = e.target.closest("td a");
    if (a && a !== actif) { actif.tabIndex = -1; actif = a; a.tabIndex = 0; }
  });
}
