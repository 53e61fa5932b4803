//! OpenID Connect: authorization code with PKCE, a nonce, and a signature that is checked.
use base64::Engine;
use openidconnect::{
    AccessToken, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError,
    ClientId, ClientSecret, CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, TokenResponse,
    core::{CoreClient, CoreClientAuthMethod, CoreProviderMetadata, CoreResponseType},
};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{
    Attributs, Dit, Identite,
    client::{self, Panne},
};

/// Two servers are never quite at the same time.
const ECART: Duration = Duration::minutes(2);

/// A portal, as it says itself where its doors are.
pub(super) struct Emetteur {
    client: Client,
    metadata: CoreProviderMetadata,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Where she goes, and what must come back with her.
pub(super) struct Depart {
    pub(super) adresse: String,
    pub(super) nonce: String,
    pub(super) verificateur: String,
}

impl Emetteur {
    /// Asks it.
    pub(super) async fn decouvrir(
        emetteur: &str,
        (client_id, secret): (&str, Option<String>),
        retour: &str,
    ) -> Result<Self, Panne> {
        client::sur(emetteur).ok_or(Panne::PasHttps)?;
        let emetteur = IssuerUrl::new(emetteur.to_owned()).map_err(|_| Panne::PasHttps)?;
        let metadata = CoreProviderMetadata::discover_async(emetteur, &client::envoyer)
            .await
            .map_err(|e| decouverte(&e))?;
        client::sur(metadata.authorization_endpoint().as_str()).ok_or(Panne::PasHttps)?;
        let retour = RedirectUrl::new(retour.to_owned()).map_err(|_| Panne::PasHttps)?;
        let id = ClientId::new(client_id.to_owned());
        let mut client =
            CoreClient::from_provider_metadata(metadata.clone(), id, secret.map(ClientSecret::new))
                .set_redirect_uri(retour);
        let facons = metadata.token_endpoint_auth_methods_supported();
        if facons.is_some_and(|f| {
            f.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !f.contains(&CoreClientAuthMethod::ClientSecretBasic)
        }) {
            client = client.set_auth_type(AuthType::RequestBody);
        }
        Ok(Self { client, metadata })
    }

    /// How many keys it signs with.
    pub(super) fn cles(&self) -> usize {
        self.metadata.jwks().keys().len()
    }

    pub(super) fn depart(&self, etat: &str, portees: &str) -> Depart {
        let (defi, verificateur) = PkceCodeChallenge::new_random_sha256();
        let etat = etat.to_owned();
        let flux = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let mut demande =
            self.client.authorize_url(flux, move || CsrfToken::new(etat), Nonce::new_random);
        for portee in portees.split_whitespace() {
            demande = demande.add_scope(Scope::new(portee.to_owned()));
        }
        let (adresse, _, nonce) = demande.set_pkce_challenge(defi).url();
        Depart {
            adresse: adresse.into(),
            nonce: nonce.secret().clone(),
            verificateur: verificateur.into_secret(),
        }
    }

    /// Whom the code names.
    pub(super) async fn retour(
        &self,
        (code, verificateur, nonce): (String, String, String),
        attributs: &Attributs,
        maintenant: OffsetDateTime,
    ) -> Result<Identite, Panne> {
        let demande = self.client.exchange_code(AuthorizationCode::new(code));
        let demande = demande.map_err(|_| Panne::Illisible)?; // no door for tokens
        let jetons = demande
            .set_pkce_verifier(PkceCodeVerifier::new(verificateur))
            .request_async(&client::envoyer)
            .await
            .map_err(|e| echange(&e))?;
        let id = jetons.id_token().ok_or(Panne::SansIdentite)?;
        let vers = self
            .client
            .id_token_verifier()
            .set_time_fn(move || std::time::SystemTime::from(maintenant - ECART).into());
        let sujet = id.claims(&vers, &Nonce::new(nonce)).map_err(|e| verification(&e))?.subject();
        let mut dits = charge(&id.to_string()).ok_or(Panne::Illisible)?;
        let manque = |chemins: &str| !chemins.is_empty() && lire(&dits, chemins).is_none();
        if [&attributs.cle, &attributs.nom, &attributs.prenom].into_iter().any(|c| manque(c)) {
            self.completer(&mut dits, sujet.as_str(), jetons.access_token()).await;
        }
        let valeur = lire(&dits, &attributs.cle).ok_or(Panne::SansIdentite)?;
        let dit = |chemins: &str| lire(&dits, chemins).unwrap_or_default();
        let (nom, prenom) = (dit(&attributs.nom), dit(&attributs.prenom));
        Identite::new(valeur, &Dit { nom, prenom, naissance: dit(&attributs.naissance) })
    }

    /// What it says of her elsewhere, when it says it of the same person. Without it one still knows who she is.
    async fn completer(&self, dits: &mut Value, sujet: &str, jeton: &AccessToken) {
        let Some(porte) = self.metadata.userinfo_endpoint() else { return };
        let Ok(corps) = client::lire(porte.url(), Some(jeton.secret())).await else { return };
        let autres = match serde_json::from_slice(&corps) {
            Ok(autres) => Some(autres),
            // Some sign it. It came over https from the portal itself: what it says is read, its `sub` compared.
            Err(_) => std::str::from_utf8(&corps).ok().and_then(charge),
        };
        if let (Some(Value::Object(autres)), Value::Object(dits)) = (autres, dits)
            && autres.get("sub").and_then(Value::as_str) == Some(sujet)
        {
            for (nom, valeur) in autres {
                dits.entry(nom).or_insert(valeur);
            }
        }
    }
}

/// What a token says, once its signature was checked.
fn charge(jeton: &str) -> Option<Value> {
    let milieu = jeton.trim().split('.').nth(1)?;
    let octets = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(milieu).ok()?;
    serde_json::from_slice(&octets).ok().filter(Value::is_object)
}

/// The text at the first of these paths: `sub`, or `personne/naissance`.
fn lire(dits: &Value, chemins: &str) -> Option<String> {
    chemins.split_whitespace().find_map(|chemin| {
        let valeur = chemin.split('/').try_fold(dits, |v, nom| v.get(nom))?;
        match valeur {
            Value::String(s) => Some(s.trim().to_owned()).filter(|s| !s.is_empty()),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        }
    })
}

fn decouverte(erreur: &DiscoveryError<Panne>) -> Panne {
    match erreur {
        DiscoveryError::Request(panne) => *panne,
        DiscoveryError::Response(statut, ..) if statut.is_redirection() => Panne::Ailleurs,
        DiscoveryError::Response(statut, ..) if statut.as_u16() != 200 => {
            Panne::Statut(statut.as_u16())
        }
        DiscoveryError::Response(..) | DiscoveryError::Parse(_) => Panne::UnePage,
        DiscoveryError::Validation(_) => Panne::AutreEmetteur,
        _ => Panne::Illisible,
    }
}

fn echange<T: openidconnect::ErrorResponse + ToString + 'static>(
    erreur: &RequestTokenError<Panne, T>,
) -> Panne {
    match erreur {
        RequestTokenError::Request(panne) => *panne,
        RequestTokenError::ServerResponse(r) if r.to_string().starts_with("invalid_client") => {
            Panne::ClientRefuse
        }
        RequestTokenError::ServerResponse(_) => Panne::TicketRefuse,
        _ => Panne::Illisible,
    }
}

fn verification(erreur: &ClaimsVerificationError) -> Panne {
    match erreur {
        ClaimsVerificationError::Expired(_) => Panne::Horloge,
        ClaimsVerificationError::InvalidIssuer(_) => Panne::AutreEmetteur,
        ClaimsVerificationError::SignatureVerification(_) => Panne::Signature,
        _ => Panne::Illisible,
    }
}
