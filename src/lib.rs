//! The livret, room by room. Each module may use only those declared above it.

// -- ground: knows no word of the trade
pub mod config;
pub mod page;
pub mod date;
pub mod assets;
pub mod error;
pub mod form;
pub mod store;
pub mod sas;
pub mod cluster;
pub mod sceau;
pub mod signal;
pub mod app;
pub mod courriel;
pub mod impression;
pub mod security;
// -- who and what
pub mod compte;
pub mod connexion;
pub mod abonnement;
pub mod referentiel;
// -- people
pub mod promotion;
pub mod etudiant;
// -- the livret
pub mod consultation;
pub mod journal;
pub mod administration;
pub mod papillon;
pub mod sso;
pub mod etablissement;
pub mod installation;
pub mod examen;
pub mod groupe;
pub mod situation;
pub mod preuve;
pub mod positionnement;
pub mod regle;
pub mod demande;
pub mod recueil;
pub mod validation;
pub mod progression;
pub mod passe;
pub mod panorama;
pub mod stage;
pub mod tuteur;
pub mod fiche;
pub mod sujet;
pub mod conformite;
// -- the exam
pub mod scelle;
pub mod commission;
pub mod ecole;
pub mod annee;
pub mod scolaire;
// -- bringing the school's people in
pub mod import;
// -- what leaves the house
pub mod jury;
pub mod bilan;
pub mod transfert;
pub mod donnees;
pub mod recherche;
pub mod style;
pub mod router;
pub mod demo;
pub mod programme;
