// Each tap is kept at once, in order; what could not leave is sent again, and the whole form goes with the signature anyway.
const formulaire = document.querySelector("[data-tuteur]");
const etat = formulaire.querySelector("[data-etat]");
formulaire.querySelector("[data-sans-script]").hidden = true;

const file = [];
let enCours = false;
const dire = (texte) => { etat.textContent = texte; };
const compter = () => {
  const noms = new Set([...formulaire.querySelectorAll("input[type=radio]")].map((i) => i.name));
  const dites = formulaire.querySelectorAll("input[type=radio]:checked").length;
  return `${dites}\u00a0${dites < 2 ? "réponse" : "réponses"} sur ${noms.size}`;
};
const envoyer = async () => {
  if (enCours) return;
  enCours = true;
  while (file.length) {
    try {
      const reponse = await fetch("/tuteur/reponses", {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(file[0]), keepalive: true,
      });
      if (reponse.status === 401) { dire("Votre page s’est refermée. Rouvrez le lien reçu\u00a0: vos réponses précédentes sont gardées."); break; }
      if (reponse.status >= 500 || reponse.status === 408) throw new Error(reponse.status);
      const refus = !reponse.ok;
      file.shift();
      dire(refus ? "Cette réponse n’a pas été acceptée. Rechargez la page, puis recommencez." : `${compter()}. Enregistré.`);
    } catch {
      dire(`Pas de connexion\u00a0: ${file.length < 2 ? "1\u00a0réponse attend" : `${file.length}\u00a0réponses attendent`}. Nouvel essai dans un instant.`);
      setTimeout(envoyer, 4000);
      break;
    }
  }
  enCours = false;
};
formulaire.addEventListener("change", (e) => {
  const { name, value, checked, type } = e.target;
  const [genre, sujet, dit] =
    name.startsWith("e-") ? ["enonce", name.slice(2), value]
    : name.startsWith("m-") ? ["mission", name.slice(2), checked ? "vue" : ""]
    : name === "remarque" ? ["remarque", "", value] : [];
  if (!genre || (type === "radio" && !checked)) return;
  file.push({ genre, sujet, dit, cle: crypto.randomUUID?.() ?? uuid() });
  dire("Enregistrement…");
  envoyer();
});
// Where the page is not on https, some browsers have no randomUUID.
const uuid = () => {
  const o = crypto.getRandomValues(new Uint8Array(16));
  o[6] = (o[6] & 15) | 64; o[8] = (o[8] & 63) | 128;
  const h = [...o].map((x) => x.toString(16).padStart(2, "0")).join("");
  return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-");
};
addEventListener("online", envoyer);
