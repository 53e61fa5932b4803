// A passkey: what the server asks goes to the browser, what the browser signs goes back in a form. Bytes travel as
// base64url, which browsers do not all read by themselves yet.
const octets = (texte) => Uint8Array.from(atob(texte.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const texte = (tampon) => btoa(String.fromCharCode(...new Uint8Array(tampon))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const cles = (liste) => (liste ?? []).map((c) => ({ ...c, id: octets(c.id) }));

const creer = async ({ publicKey: p }) => {
  const c = await navigator.credentials.create({ publicKey: { ...p, challenge: octets(p.challenge), user: { ...p.user, id: octets(p.user.id) }, excludeCredentials: cles(p.excludeCredentials) } });
  return { id: c.id, rawId: texte(c.rawId), type: c.type, extensions: {}, response: { attestationObject: texte(c.response.attestationObject), clientDataJSON: texte(c.response.clientDataJSON), transports: c.response.getTransports?.() ?? [] } };
};
const signer = async ({ publicKey: p }) => {
  const c = await navigator.credentials.get({ publicKey: { ...p, challenge: octets(p.challenge), allowCredentials: cles(p.allowCredentials) } });
  const r = c.response;
  return { id: c.id, rawId: texte(c.rawId), type: c.type, extensions: {}, response: { authenticatorData: texte(r.authenticatorData), clientDataJSON: texte(r.clientDataJSON), signature: texte(r.signature), userHandle: r.userHandle ? texte(r.userHandle) : null } };
};

const REFUS = "La clé n’a pas répondu. Vérifiez qu’elle est branchée ou déverrouillée, puis recommencez, ou prenez l’autre moyen.";
for (const formulaire of window.PublicKeyCredential ? document.querySelectorAll("form[data-cle]") : []) {
  formulaire.hidden = false;
  formulaire.closest("[data-si-cle]")?.removeAttribute("hidden");
  const dire = (mots) => { formulaire.querySelector("[data-dit]").textContent = mots; };
  formulaire.addEventListener("submit", async (e) => {
    e.preventDefault();
    dire("Suivez ce que demande votre navigateur.");
    try {
      const reponse = await fetch(formulaire.dataset.defi, { method: "POST", headers: { accept: "application/json" } });
      if (!reponse.ok) { dire("Votre session a expiré. Rechargez la page, puis recommencez."); return; }
      const question = await reponse.json();
      const donnee = await (formulaire.dataset.cle === "ajout" ? creer : signer)(question);
      formulaire.elements.defi.value = question.defi;
      formulaire.elements.cle.value = JSON.stringify(donnee);
      formulaire.submit();
    } catch { dire(REFUS); }
  });
}
