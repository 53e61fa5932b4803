// A block goes to the clipboard at a press. Without this file, it is selected and copied as any text.
const etat = document.getElementById("etat");
for (const bouton of document.querySelectorAll("[data-copier]")) {
  const bloc = document.getElementById(bouton.dataset.copier);
  bouton.hidden = false;
  bouton.addEventListener("click", async () => {
    const lignes = bloc.value === "" ? 0 : bloc.value.split("\n").length;
    try {
      await navigator.clipboard.writeText(bloc.value);
      etat.dataset.genre = "succes";
      etat.textContent = `Copié\u00a0: ${lignes} ${lignes < 2 ? "ligne" : "lignes"}.`;
    } catch {
      bloc.focus();
      bloc.select();
      etat.dataset.genre = "erreur";
      etat.textContent = "Le navigateur n’a pas pu copier\u00a0: le bloc est sélectionné, copiez-le avec Ctrl+C.";
    }
  });
}
