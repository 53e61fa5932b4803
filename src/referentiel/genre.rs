//! What an element of the text is, in the words of the people who read it.
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Genre {
    Convention,
    Diplome,
    Enregistrement,
    TexteReglementaire,
    Version,
    Echelle,
    Niveau,
    Unite,
    Voies,
    Pole,
    Activite,
    Tache,
    Resultat,
    Bloc,
    Competence,
    SousCompetence,
    Critere,
    Categorie,
    Savoir,
    BlocGeneral,
    BlocFacultatif,
    CompetenceGenerale,
    SousCompetenceGenerale,
    Capacites,
    Capacite,
    Theme,
    Question,
    CompetenceTheme,
    SavoirTheme,
    Grille,
    CritereGrille,
    Fiche,
    Cms,
    CategorieCms,
    Fonctionnalite,
    Stage,
    Horaire,
    SavoirTransversal,
    SavoirCadrage,
    Contexte,
    Section,
    Moyen,
    Emplois,
    Champ,
    Ecart,
}

impl Genre {
    /// One of them, then several.
    fn mots(self) -> (&'static str, &'static str) {
        match self {
            Self::Convention => ("convention du fichier", "conventions du fichier"),
            Self::Diplome => ("diplôme", "diplômes"),
            Self::Enregistrement => ("enregistrement", "enregistrements"),
            Self::TexteReglementaire => ("texte réglementaire", "textes réglementaires"),
            Self::Version => ("version du référentiel", "versions du référentiel"),
            Self::Echelle => ("échelle de niveaux", "échelles de niveaux"),
            Self::Niveau => ("niveau", "niveaux"),
            Self::Unite => ("épreuve", "épreuves"),
            Self::Voies => ("voies de formation", "voies de formation"),
            Self::Pole => ("pôle d’activités", "pôles d’activités"),
            Self::Activite => ("activité", "activités"),
            Self::Tache => ("tâche", "tâches"),
            Self::Resultat => ("résultat attendu", "résultats attendus"),
            Self::Bloc => ("bloc de compétences", "blocs de compétences"),
            Self::Competence => ("compétence", "compétences"),
            Self::SousCompetence => ("sous-compétence", "sous-compétences"),
            Self::Critere => ("critère de performance", "critères de performance"),
            Self::Categorie => ("catégorie de savoirs", "catégories de savoirs"),
            Self::Savoir => ("savoir associé", "savoirs associés"),
            Self::BlocGeneral => ("bloc général", "blocs généraux"),
            Self::BlocFacultatif => ("bloc facultatif", "blocs facultatifs"),
            Self::CompetenceGenerale => ("compétence générale", "compétences générales"),
            Self::SousCompetenceGenerale => {
                ("sous-compétence générale", "sous-compétences générales")
            }
            Self::Capacites => ("ensemble de capacités", "ensembles de capacités"),
            Self::Capacite => ("capacité", "capacités"),
            Self::Theme => ("thème", "thèmes"),
            Self::Question => ("question", "questions"),
            Self::CompetenceTheme => ("compétence d’un thème", "compétences d’un thème"),
            Self::SavoirTheme => ("savoir d’un thème", "savoirs d’un thème"),
            Self::Grille => ("grille d’évaluation", "grilles d’évaluation"),
            Self::CritereGrille => ("critère d’une grille", "critères d’une grille"),
            Self::Fiche => ("modèle de fiche", "modèles de fiches"),
            Self::Cms => ("outil de gestion de contenu", "outils de gestion de contenu"),
            Self::CategorieCms => ("famille de fonctionnalités", "familles de fonctionnalités"),
            Self::Fonctionnalite => ("fonctionnalité", "fonctionnalités"),
            Self::Stage => ("stage", "stages"),
            Self::Horaire => ("horaire", "horaires"),
            Self::SavoirTransversal => ("savoir transversal", "savoirs transversaux"),
            Self::SavoirCadrage => ("savoir du cadrage", "savoirs du cadrage"),
            Self::Contexte => ("contexte professionnel", "contextes professionnels"),
            Self::Section => ("section du contexte", "sections du contexte"),
            Self::Moyen => ("moyen ou ressource", "moyens et ressources"),
            Self::Emplois => ("emplois visés", "emplois visés"),
            Self::Champ => ("champ d’activité", "champs d’activité"),
            Self::Ecart => ("écart entre textes", "écarts entre textes"),
        }
    }

    pub fn mot(self) -> &'static str {
        self.mots().0
    }

    /// French: none and one are singular.
    pub fn accord(self, nombre: usize) -> &'static str {
        if nombre < 2 { self.mots().0 } else { self.mots().1 }
    }

    /// « Sous-compétences »: the title of a list of them.
    pub fn titre(self, nombre: usize) -> String {
        let mot = self.accord(nombre);
        let mut lettres = mot.chars();
        lettres.next().map_or_else(String::new, |c| c.to_uppercase().chain(lettres).collect())
    }

    /// Those read side by side, in columns.
    pub fn en_tableau(self) -> bool {
        matches!(self, Self::Niveau | Self::CritereGrille | Self::Horaire)
    }

    /// Those whose code must begin with the code of what holds them.
    pub fn suit_son_parent(self) -> bool {
        !matches!(self, Self::Niveau | Self::Enregistrement | Self::Capacite | Self::Section)
            && !matches!(self, Self::Emplois | Self::Champ)
    }
}
