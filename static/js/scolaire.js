// A table of averages is filled as a spreadsheet is: Enter and the arrows follow the column, and a block that was copied is
// laid from the cell where it is pasted. Without this file, the same form is sent, and a field below takes the block.
const tableau = document.getElementById("tableau"), etat = document.getElementById("etat");
if (tableau) {
  const cases = new Map([...tableau.querySelectorAll("[data-l][data-c]")].map((c) => [`${c.dataset.l}-${c.dataset.c}`, c]));
  const a = (l, c) => cases.get(`${l}-${c}`);
  const lieu = (c) => [Number(c.dataset.l), Number(c.dataset.c)];
  const fr = (texte) => texte.replace(/ ([:»])/g, "\u00a0$1").replace(/ ([;!?])/g, "\u202f$1");
  const dire = (texte, genre = "") => { etat.textContent = fr(texte); etat.dataset.genre = genre; };

  const aller = (vers) => {
    if (!vers) return;
    vers.focus();
    if (vers.select && vers.tagName === "INPUT") vers.select();
    vers.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  tableau.addEventListener("keydown", (e) => {
    const ici = e.target.closest("[data-l][data-c]");
    if (!ici || e.isComposing || e.altKey || e.ctrlKey || e.metaKey) return;
    const [l, c] = lieu(ici);
    if (e.key === "Enter") {
      e.preventDefault(); // neither a line in an appréciation nor the form on its way
      aller(a(e.shiftKey ? l - 1 : l + 1, c));
    } else if (ici.tagName === "INPUT" && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      e.preventDefault();
      aller(a(e.key === "ArrowDown" ? l + 1 : l - 1, c));
    }
  });

  /// The cells of a block: tabs between them, lines inside quotes kept together.
  const lire = (texte) => {
    const lignes = [[]];
    let mot = "", entre = false, debut = true;
    const finir = () => { lignes.at(-1).push(mot); mot = ""; debut = true; };
    for (let i = 0; i < texte.length; i += 1) {
      const s = texte[i];
      if (entre) {
        if (s === '"' && texte[i + 1] === '"') { mot += '"'; i += 1; }
        else if (s === '"') entre = false;
        else mot += s;
      } else if (s === '"' && debut) { entre = true; debut = false; }
      else if (s === "\t") finir();
      else if (s === "\n") { finir(); lignes.push([]); }
      else if (s !== "\r") { mot += s; debut = false; }
    }
    finir();
    if (lignes.at(-1).every((m) => m === "")) lignes.pop(); // what a spreadsheet ends its block with
    return lignes;
  };
  const nu = (t) => t.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
  const poser = (la, mot) => {
    if (la.tagName !== "SELECT") { la.value = mot.replace(/\s+/g, " ").trim(); return true; }
    const choix = [...la.options].find((o) => o.value === mot || nu(o.textContent) === nu(mot) || (mot.trim() === "" && o.value === ""));
    if (choix) la.value = choix.value;
    return Boolean(choix);
  };

  tableau.addEventListener("paste", (e) => {
    const ici = e.target.closest("[data-l][data-c]");
    const texte = e.clipboardData?.getData("text/plain") ?? "";
    if (!ici || !/[\t\n]/.test(texte.replace(/\r?\n$/, ""))) return; // one cell: the browser does it
    const bloc = lire(texte), [l, c] = lieu(ici);
    e.preventDefault();
    const dehors = bloc.some((ligne, i) => ligne.some((_, j) => !a(l + i, c + j)));
    if (dehors) {
      dire("Le bloc collé dépasse du tableau depuis cette case : rien n’est rempli. Choisissez une autre case ou copiez un bloc plus petit.", "erreur");
      return;
    }
    let faites = 0, refusees = 0;
    bloc.forEach((ligne, i) => ligne.forEach((mot, j) => { if (poser(a(l + i, c + j), mot)) faites += 1; else refusees += 1; }));
    const mots = faites < 2 ? `${faites} case remplie` : `${faites} cases remplies`;
    dire(`${mots}, pas encore enregistrées. Relisez, puis enregistrez.${refusees ? ` ${refusees} choix non reconnus sont laissés tels quels.` : ""}`);
  });
}
