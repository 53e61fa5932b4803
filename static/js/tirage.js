// How far it is, without the page being loaded again; without this file the page asks for itself.
const attendre = (ms) => new Promise((oui) => { setTimeout(oui, ms); });
for (;;) {
  await attendre(2000);
  const reponse = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!reponse?.ok) { if (reponse) break; continue; } // no connection: again in a moment
  const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
  const neuf = page.querySelector("[data-tirage]"), ici = document.querySelector("[data-tirage]");
  if (!neuf) { location.reload(); break; } // signed out meanwhile
  const focus = ici.contains(document.activeElement);
  ici.replaceChildren(...neuf.childNodes);
  if (focus) ici.querySelector("button")?.focus();
  if (!ici.querySelector("meter")) break;
}
