// What a papillon's drawing says comes after « # », where no server reads it: it fills the form, and leaves the address.
const dit = new URLSearchParams(location.hash.slice(1));
for (const nom of ["identifiant", "code"]) {
  const champ = document.getElementById(nom);
  if (dit.get(nom) && champ && !champ.value) champ.value = dit.get(nom).slice(0, 200);
}
if (dit.has("code")) {
  history.replaceState(null, "", location.pathname);
  document.getElementById("mot_de_passe")?.focus();
}
