//! The livret, played by people, on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a play that cannot go on stops")]
#![expect(clippy::disallowed_methods, reason = "tests say where their database is")]
mod acces;
mod accessibilite;
mod administration;
mod annee;
mod arret;
mod bilan;
mod commission;
mod confiance;
mod conformite;
mod connexion;
mod courriel;
mod consultation;
mod demande;
mod essais;
mod ecole;
mod ecole_reglages;
mod donnees;
mod donnees_effacement;
mod examen;
mod facteur;
mod fiche;
mod fiche_papier;
mod fichier;
mod grille;
mod hostile;
mod installation;
mod jury;
mod jury_anonyme;
mod jury_archive;
mod jury_dossier;
mod jury_hostile;
mod import;
mod import_officiel;
mod journal;
mod lycee;
mod magasin;
mod maison;
mod navigateur;
mod navigateur_cle;
mod navigateur_commission;
mod navigateur_demandes;
mod navigateur_ecole;
mod navigateur_fiche;
mod navigateur_grille;
mod navigateur_recueil;
mod navigateur_scolaire;
mod navigateur_scelle;
mod navigateur_sso;
mod octets;
mod papillon;
mod portail;
mod passe;
mod panorama;
mod pilote;
mod positionnement;
mod preuve;
mod recherche;
mod recueil;
mod progression;
mod referentiel;
mod regle;
mod scolaire;
mod scelle;
mod scelle_accord;
mod scelle_corpus;
mod situation;
mod sujet;
mod transfert;
mod tuteur;
mod tuteur_courriel;
mod tuteur_equipe;
mod navigateur_tuteur;
mod sso;
mod stage;
mod stage_piece;
mod stage_semaine;
mod stage_suivi;
mod stage_visite;
mod validation;

/// `cargo test` with nothing running and no variable set: the test server is started, or joined, before `main`.
#[ctor::ctor(unsafe)]
fn database() {
    if std::env::args().any(|a| a == "--list") {
        return;
    }
    let base = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pg-test");
    match livret::cluster::Cluster::start(&base, livret::cluster::Life::Detached) {
        Ok(cluster) => {
            // SAFETY: before main, no other thread reads the environment.
            unsafe { std::env::set_var("DATABASE_URL", cluster.url("postgres")) };
            std::mem::forget(cluster);
        }
        Err(e) => {
            eprintln!("pas de PostgreSQL pour les tests : {e:#}");
            std::process::exit(2);
        }
    }
}
