// The queue by keyboard, the next one already loaded. Without this file, each answer is a form and each preuve a link.
const pages = new Map();
const charger = (url) => {
  if (!pages.has(url)) pages.set(url, fetch(url).then((r) => (r.ok && !r.redirected ? r.text() : null)).catch(() => null));
  return pages.get(url);
};
const montrer = (texte, url) => {
  const doc = new DOMParser().parseFromString(texte, "text/html");
  document.title = doc.title;
  document.querySelector("main").replaceWith(doc.querySelector("main"));
  if (url) history.pushState(null, "", url);
  pages.clear();
  preparer();
};
const aller = async (lien) => {
  if (!lien) return;
  const texte = await charger(lien.href);
  if (texte) montrer(texte, lien.href); else location.href = lien.href;
};
const lien = (rel) => document.querySelector(`main a[rel=${rel}]`);
function preparer() {
  const suivante = lien("next");
  if (suivante) charger(suivante.href);
  const courante = document.querySelector(".queue-liste [aria-current]")?.closest("li");
  if (courante) courante.parentElement.scrollTop = courante.offsetTop - courante.parentElement.clientHeight / 3;
  (document.querySelector("#reponse input[type=radio]") ?? document.querySelector("main h1"))?.focus?.({ preventScroll: true });
}
document.addEventListener("click", (e) => {
  const phrase = e.target.closest("[data-phrase]");
  if (phrase) {
    const motif = document.getElementById("motif");
    motif.value = [motif.value.trim(), phrase.textContent].filter(Boolean).join(" ");
    motif.focus();
  }
  const a = e.target.closest(".queue-liste a, main a[rel]");
  if (a && !e.ctrlKey && !e.metaKey && !e.shiftKey) { e.preventDefault(); aller(a); }
});
document.addEventListener("submit", async (e) => {
  if (e.target.id !== "reponse") return;
  e.preventDefault();
  const corps = new URLSearchParams(new FormData(e.target, e.submitter));
  const boutons = [...e.target.querySelectorAll("button")];
  for (const b of boutons) b.disabled = true;
  const reponse = await fetch(e.target.action, { method: "POST", body: corps }).catch(() => null);
  if (reponse && (reponse.ok || [409, 422].includes(reponse.status)) && !new URL(reponse.url).pathname.startsWith("/connexion")) {
    montrer(await reponse.text(), reponse.redirected ? reponse.url : null);
    return;
  }
  for (const b of boutons) b.disabled = false;
  if (reponse) { // the session ended: the form comes back filled
    if (e.submitter) e.target.append(Object.assign(document.createElement("input"), { type: "hidden", name: e.submitter.name, value: e.submitter.value }));
    HTMLFormElement.prototype.submit.call(e.target);
    return;
  }
  const p = document.createElement("p");
  [p.className, p.role, p.textContent] = ["notice", "alert", "Hors connexion\u00a0: rien n’est envoyé, votre saisie reste ici. Recommencez quand le réseau revient."];
  p.dataset.genre = "erreur";
  e.target.prepend(p);
});
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(TEXTAREA|SELECT)$/.test(e.target.tagName) || (e.target.tagName === "INPUT" && !/radio|checkbox/.test(e.target.type))) return;
  const form = document.getElementById("reponse"), bouton = (acte) => form?.querySelector(`button[value=${acte}]`);
  const chiffre = /^(Digit|Numpad)([1-4])$/.exec(e.code)?.[2];
  if (chiffre && form) {
    const lignes = [...form.querySelectorAll("[data-ligne]")];
    const ligne = e.target.closest?.("[data-ligne]") ?? lignes.find((l) => !l.querySelector(":checked")) ?? lignes.at(-1);
    const radio = ligne.querySelectorAll("input")[chiffre - 1];
    radio.checked = true;
    (lignes[lignes.indexOf(ligne) + 1]?.querySelector("input") ?? radio).focus();
    e.preventDefault();
    return;
  }
  const acte = { j: () => aller(lien("next")), k: () => aller(lien("prev")), v: () => bouton("valider")?.click(),
    c: () => { const motif = document.getElementById("motif"); if (motif?.value.trim()) bouton("completer").click(); else motif?.focus(); } }[e.key.toLowerCase()];
  if (acte) { e.preventDefault(); acte(); }
});
addEventListener("popstate", () => location.reload());
preparer();
