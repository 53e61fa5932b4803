// A column is copied at one press; what is ticked stays on this device, by number, never by name.
const table = document.querySelector("[data-recopie]");
const etat = document.querySelector("[data-etat]");
const dire = (texte) => { etat.textContent = texte; };

const copier = document.querySelector("[data-copier]");
copier.hidden = false;
copier.addEventListener("click", async () => {
  const texte = document.getElementById(copier.dataset.copier);
  try {
    await navigator.clipboard.writeText(texte.value);
    dire("Colonne copiée. Collez-la dans l’autre logiciel.");
  } catch {
    texte.closest("details").open = true;
    texte.focus();
    texte.select();
    dire("Le navigateur ne permet pas de copier ici\u00a0: la colonne est sélectionnée, copiez-la au clavier.");
  }
});

const lieu = table.dataset.recopie;
let faites = new Set();
try { faites = new Set(JSON.parse(localStorage.getItem(lieu) ?? "[]")); } catch { /* nothing was kept */ }
const coches = [...table.querySelectorAll("[data-coche]")];
const compter = () => {
  const n = coches.filter((c) => c.checked).length;
  dire(`${n}\u00a0${n < 2 ? "ligne recopiée" : "lignes recopiées"} sur ${coches.length}`);
};
const garder = () => {
  try { localStorage.setItem(lieu, JSON.stringify([...faites])); compter(); }
  catch { dire("Cet appareil ne peut pas garder vos coches."); }
};
for (const c of coches) c.checked = faites.has(c.dataset.coche);
if (faites.size) compter();
table.addEventListener("change", (e) => {
  const { coche } = e.target.dataset;
  if (!coche) return;
  if (e.target.checked) faites.add(coche); else faites.delete(coche);
  garder();
});
const decocher = document.querySelector("[data-decocher]");
decocher.hidden = false;
decocher.addEventListener("click", () => {
  faites.clear();
  for (const c of coches) c.checked = false;
  garder();
});
