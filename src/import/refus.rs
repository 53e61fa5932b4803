//! Why a file is refused: what it is, and the one that is wanted.
use super::Quoi;

pub const RIEN: &str = "Collez une liste, ou choisissez un fichier.";
pub const VIDE: &str = "Cette liste ne contient aucune personne. Vérifiez que vous avez choisi le bon fichier, puis recommencez.";
pub const TABLEAU: &str = "Ce fichier n’est pas un tableau lisible. Enregistrez-le au format CSV ou XLSX, puis choisissez-le de nouveau.";
pub const TROP_DE_LIGNES: &str =
    "Cette liste dépasse 20\u{202f}000 lignes. Ne gardez que les classes utiles, puis recommencez.";
pub const CLASSEUR: &str = "Ce fichier n’est pas un classeur lisible. Enregistrez-le au format XLSX ou ODS, sans mot de passe, \
    puis choisissez-le de nouveau.";
pub const ANCIEN_CLASSEUR: &str = "Ce fichier est un ancien classeur (XLS). Ouvrez-le, enregistrez-le au format XLSX, puis choisissez-le de nouveau.";
pub const DEMESURE: &str = "Ce fichier devient démesuré une fois ouvert. Copiez la liste dans un classeur neuf, puis choisissez-le.";
pub const ARCHIVE: &str = "Cette archive ne contient pas un seul fichier XML. Choisissez l’archive qui contient seulement \
    «\u{a0}ElevesSansAdresses.xml\u{a0}», ou le fichier XML lui-même.";
pub const PDF: &str = "Ce fichier est un PDF\u{a0}: les noms n’y sont pas rangés en colonnes. Demandez la liste au format CSV ou XLSX, ou copiez-la ici.";
pub const DOCTYPE: &str = "Ce fichier XML contient des déclarations (DOCTYPE ou entités) qu’un export de l’établissement n’a pas\u{a0}: il n’est pas lu. \
    Refaites l’export depuis SIECLE ou STS-web.";
pub const XML_ABIME: &str =
    "Ce fichier XML est abîmé ou incomplet. Refaites l’export, puis choisissez-le sans l’ouvrir.";
pub const XML_PROFOND: &str = "Ce fichier XML n’a pas la forme d’un export de SIECLE ou de STS-web. Refaites l’export, puis choisissez-le de nouveau.";
pub const AUCUN_ELEVE: &str = "Ce fichier SIECLE ne contient aucun élève présent. Vérifiez l’année scolaire de l’export, puis recommencez.";
pub const SANS_DIVISION: &str = "Aucune division dans ce fichier. Réessayez demain, ou demandez au secrétariat\u{a0}: les affectations n’y sont pas encore.";
pub const AUCUN_ENSEIGNANT: &str = "Ce fichier STS-web ne contient aucun enseignant. Vérifiez l’année scolaire de l’export, puis recommencez.";
pub const SANS_SERVICE: &str = "Aucun enseignant de ce fichier n’a de service dans une division. Réessayez quand la répartition est saisie dans STS-web, ou collez la liste.";
pub const ELEVES_POUR_ENSEIGNANTS: &str = "Ce fichier est la liste des élèves (SIECLE). Pour des enseignants, il faut «\u{a0}sts_emp_…xml\u{a0}», exporté de STS-web\u{a0}; \
    sinon, choisissez «\u{a0}des étudiants\u{a0}».";
pub const STS_POUR_ETUDIANTS: &str = "Ce fichier est celui des enseignants (STS-web). Pour des étudiants, il faut «\u{a0}ElevesSansAdresses.xml\u{a0}», exporté de SIECLE\u{a0}; \
    sinon, choisissez «\u{a0}des enseignants\u{a0}».";
pub const LISTE_D_ENSEIGNANTS: &str = "Cette liste semble être celle d’enseignants (discipline, corps, grade…). Choisissez «\u{a0}des enseignants\u{a0}», \
    ou la liste des étudiants de la section.";
pub const LISTE_D_ETUDIANTS: &str = "Cette liste semble être celle d’étudiants (INE, division, régime…). Choisissez «\u{a0}des étudiants\u{a0}», \
    ou la liste des enseignants de la section.";

/// Another export of the same houses, or none of theirs.
pub fn autre_xml(racine: &str, quoi: Quoi) -> String {
    let voulu = match quoi {
        Quoi::Etudiant => "«\u{a0}ElevesSansAdresses.xml\u{a0}», exporté de SIECLE",
        Quoi::Enseignant => "«\u{a0}sts_emp_…xml\u{a0}», exporté de STS-web",
    };
    let est = match racine {
        "BEE_RESPONSABLES" => "Ce fichier est un export Responsables de SIECLE",
        "BEE_NOMENCLATURES" => "Ce fichier est un export Nomenclatures de SIECLE",
        "BEE_STRUCTURES" => "Ce fichier est un export Structures de SIECLE",
        "EDT_STS" => "Ce fichier est celui qu’un emploi du temps envoie à STS-web (emp_sts)",
        _ => "Ce fichier XML ne vient ni de SIECLE ni de STS-web",
    };
    format!(
        "{est}. Il faut {voulu}\u{a0}: le «\u{a0}modèle de demande au secrétariat\u{a0}» dit comment l’obtenir."
    )
}
