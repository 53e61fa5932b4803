//! Command line and environment, read once at start.
pub mod reseau;
mod smtp;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use smtp::{Poste, Secret, Smtp, Tls};

/// Livret de compétences du BTS : positionnements, preuves, synthèse pour le jury.
#[derive(Debug, Parser)]
#[command(name = "livret", version, disable_help_subcommand = true)]
pub struct Command {
    #[command(subcommand)]
    pub verbe: Verbe,
}

#[derive(Debug, Subcommand)]
pub enum Verbe {
    /// Démarre tout avec des données fictives, sur une base PostgreSQL privée
    Demo(Demo),
    /// Sert l’application sur une base PostgreSQL (la vôtre avec DATABASE_URL, sinon une base privée)
    #[command(alias = "serve")]
    Servir(Box<Servir>),
    /// Contrôle tout le journal : chaîne, signatures, projection reconstruite et comparée
    Verifier(Verifier),
    /// Ouvre un établissement et le compte de son premier administrateur
    Ouvrir(Ouvrir),
    /// Dit si des documents exportés (PDF ou livret-scelle.json) sont authentiques, sans réseau ni base
    VerifierExport(VerifierExport),
    /// Écrit tout un établissement dans un fichier : données, fichiers joints, journal signé
    ExporterEcole(Box<ExporterEcole>),
    /// Fait entrer ici un établissement exporté d’un autre serveur, le programme étant arrêté
    ImporterEcole(Box<ImporterEcole>),
    /// Examine un fichier reçu, dans un processus à part
    #[command(hide = true)]
    Sas { fichier: PathBuf },
    /// Sort d’un PDF reçu le fichier qui y est joint, dans un processus à part
    #[command(hide = true)]
    Joint { nom: String },
}

#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Adresse d’écoute, de bouclage seulement
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub adresse: std::net::SocketAddr,
    #[command(flatten)]
    pub donnees: Donnees,
}

#[derive(Debug, Clone, Args)]
pub struct Servir {
    /// Adresse d’écoute
    #[arg(long, env = "LIVRET_ADRESSE", default_value = "127.0.0.1:8080")]
    pub adresse: std::net::SocketAddr,
    /// Adresse publique ; en https, les cookies ne voyagent plus qu’en https
    #[arg(long, env = "LIVRET_URL")]
    pub url: Option<String>,
    #[command(flatten)]
    pub base: Base,
    #[command(flatten)]
    pub s3: S3,
    #[command(flatten)]
    pub smtp: Smtp,
    /// Ce que les fichiers d’un étudiant peuvent peser ensemble, en mégaoctets
    #[arg(long, env = "LIVRET_QUOTA", default_value_t = QUOTA_MO)]
    pub quota: u64,
    /// Combien de mois un étudiant voit qui a consulté son livret ; plus ancien, c’est effacé
    #[arg(long, env = "LIVRET_CONSULTATIONS", default_value_t = CONSULTATIONS_MOIS, value_parser = clap::value_parser!(u16).range(1..=120))]
    pub consultations: u16,
    /// Adresses ou réseaux des mandataires (proxys) dont l’en-tête X-Forwarded-For est cru, séparés par des virgules
    #[arg(long = "proxys", env = "LIVRET_PROXYS", value_delimiter = ',')]
    pub proxys: Vec<reseau::Reseau>,
}

#[derive(Debug, Clone, Args)]
pub struct Verifier {
    /// Ce qu’un papier imprimé retient du journal : UAI:RANG:EMPREINTE (au moins 16 chiffres de l’empreinte)
    #[arg(long = "temoin")]
    pub temoins: Vec<String>,
    #[command(flatten)]
    pub base: Base,
}

#[derive(Debug, Clone, Args)]
pub struct VerifierExport {
    /// Documents à vérifier
    #[arg(required = true)]
    pub fichiers: Vec<PathBuf>,
    /// Liste de clés gardée (/.well-known/livret-cles.json) ; sans elle, la clé du dossier des données
    #[arg(long)]
    pub cles: Option<PathBuf>,
    /// Dossier des données
    #[arg(long, env = "LIVRET_DONNEES", default_value = ".data")]
    pub donnees: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct Ouvrir {
    /// Numéro UAI de l’établissement, par exemple 0000000A
    #[arg(long)]
    pub uai: String,
    /// Nom de l’établissement
    #[arg(long)]
    pub nom: String,
    /// Fuseau horaire IANA de l’établissement
    #[arg(long, default_value = "Europe/Paris")]
    pub fuseau: String,
    /// NOM Prénom de l’administrateur
    #[arg(long)]
    pub administrateur: String,
    /// Identifiant de connexion de l’administrateur
    #[arg(long)]
    pub identifiant: String,
    #[command(flatten)]
    pub base: Base,
}

#[derive(Debug, Clone, Args)]
pub struct ExporterEcole {
    /// Numéro UAI de l’établissement
    #[arg(long)]
    pub uai: String,
    /// Fichier à écrire ; il contient des données personnelles : gardez-le à l’abri
    pub fichier: PathBuf,
    #[command(flatten)]
    pub base: Base,
    #[command(flatten)]
    pub s3: S3,
}

#[derive(Debug, Clone, Args)]
pub struct ImporterEcole {
    /// Fichier écrit par exporter-ecole
    pub fichier: PathBuf,
    #[command(flatten)]
    pub base: Base,
    #[command(flatten)]
    pub s3: S3,
}

/// Where the data are: a folder, always; an outside PostgreSQL, perhaps.
#[derive(Debug, Clone, Args)]
pub struct Base {
    /// Base PostgreSQL 15 ou plus récente ; sans elle, une base privée dans le dossier des données
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub base: Option<String>,
    #[command(flatten)]
    pub donnees: Donnees,
}

#[derive(Debug, Clone, Args)]
pub struct Donnees {
    /// Dossier des données : base privée, fichiers, clé de signature
    #[arg(long, env = "LIVRET_DONNEES", default_value = ".data")]
    pub donnees: PathBuf,
    /// Dossier des programmes de PostgreSQL, s’il n’est pas à sa place habituelle
    #[arg(long, env = "LIVRET_PG_BIN", hide = true)]
    pub pg_bin: Option<PathBuf>,
}

// A bucket for the files; without it, the folder of the data. (No `///`: the command line would show it as its own.)
#[derive(Debug, Clone, Default, Args)]
pub struct S3 {
    /// Seau S3 où vont les fichiers
    #[arg(id = "s3_seau", long = "s3-seau", env = "LIVRET_S3_SEAU", requires_all = ["s3_cle", "s3_secret"])]
    pub seau: Option<String>,
    /// Adresse du serveur S3 ; sans elle, celui d’Amazon
    #[arg(id = "s3_adresse", long = "s3-adresse", env = "LIVRET_S3_ADRESSE")]
    pub adresse: Option<String>,
    /// Région du seau
    #[arg(
        id = "s3_region",
        long = "s3-region",
        env = "LIVRET_S3_REGION",
        default_value = "eu-west-3"
    )]
    pub region: String,
    /// Identifiant de la clé d’accès
    #[arg(id = "s3_cle", long = "s3-cle", env = "LIVRET_S3_CLE")]
    pub cle: Option<String>,
    /// Secret de la clé d’accès, de préférence par la variable d’environnement
    #[arg(id = "s3_secret", long = "s3-secret", env = "LIVRET_S3_SECRET", hide_env_values = true)]
    pub secret: Option<String>,
}

const QUOTA_MO: u64 = 500;
const CONSULTATIONS_MOIS: u16 = 12;

/// What the running program needs to know of all this.
#[derive(Debug, Clone)]
pub struct Config {
    /// Served behind https: cookies are `Secure`, browsers are told to come back in https.
    pub https: bool,
    /// Own origin, when known; else the request's Host.
    pub origine: Option<String>,
    /// Largest file of a preuve, in bytes; a film or a sound may be longer.
    pub fichier_max: u64,
    pub enregistrement_max: u64,
    /// Largest form with its files, and largest piece of a file sent in pieces.
    pub formulaire_max: u64,
    pub morceau_max: usize,
    /// What the files of a student may weigh together.
    pub quota: u64,
    /// Files that one person may be sending at once, and how long an unfinished one is kept.
    pub depots_max: i64,
    pub depot_duree: time::Duration,
    /// Files of one preuve.
    pub fichiers_max: usize,
    /// How many months who looked at a livret is kept.
    pub consultations_mois: u16,
    /// Whose X-Forwarded-For is believed; anybody else could write what she likes in it.
    pub proxys: Vec<reseau::Reseau>,
    /// How mail leaves; `None`: no mail, and nothing that promises any.
    pub courriel: Option<Poste>,
    /// This program, which starts itself again to look at what it received.
    pub programme: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            https: false,
            origine: None,
            fichier_max: 20 << 20,
            enregistrement_max: 50 << 20,
            formulaire_max: 60 << 20,
            morceau_max: 1 << 20,
            quota: QUOTA_MO << 20,
            depots_max: 5,
            depot_duree: time::Duration::hours(48),
            fichiers_max: 20,
            consultations_mois: CONSULTATIONS_MOIS,
            proxys: vec![],
            courriel: None,
            programme: PathBuf::from("/proc/self/exe"),
        }
    }
}

impl Config {
    /// `url` is the public address, such as `https://livret.example.org`.
    pub fn public(url: Option<&str>) -> Self {
        let origine = url.map(|u| u.trim_end_matches('/').to_owned());
        Self { https: url.is_some_and(|u| u.starts_with("https://")), origine, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Command, Verbe};

    /// Found by starting `servir`: two groups of settings gave one name to two arguments, and no command started.
    #[test]
    fn no_two_arguments_bear_one_name_and_each_goes_where_it_is_meant() {
        Command::command().debug_assert();
        let lue = Command::try_parse_from([
            "livret",
            "servir",
            "--adresse",
            "127.0.0.1:9000",
            "--s3-seau",
            "seau",
            "--s3-adresse",
            "http://127.0.0.1:1",
            "--s3-cle",
            "cle",
            "--s3-secret",
            "s3",
            "--smtp-adresse",
            "127.0.0.1:25",
            "--smtp-secret",
            "smtp",
        ]);
        let Ok(Command { verbe: Verbe::Servir(servir) }) = lue else { panic!("{lue:?}") };
        assert_eq!(servir.adresse.port(), 9000);
        assert_eq!(servir.s3.adresse.as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(servir.smtp.adresse.as_deref(), Some("127.0.0.1:25"));
        assert_eq!(servir.s3.secret.as_deref(), Some("s3"));
        assert!(Command::try_parse_from(["livret", "servir", "--s3-seau", "seau"]).is_err());
    }
}
