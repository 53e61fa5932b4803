// A real OpenID Connect provider, on this machine: node portail_oidc.mjs MODULE PORT RETURN-URL…
const [module, port, ...retours] = process.argv.slice(2);
const { default: Provider } = await import(module);
const client = { client_id: "livret", redirect_uris: retours, application_type: "native", grant_types: ["authorization_code"], response_types: ["code"] };
const gens = { "zoe-ent": ["ÉTIENNE", "Zoé", "2006-10-03"] };
const op = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ ...client, client_secret: "secret-du-livret" }],
  claims: { openid: ["sub"], profile: ["family_name", "given_name", "birthdate"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => {
    const [nom, prenom, naissance] = gens[id] ?? [];
    return { sub: id, family_name: nom, given_name: prenom, birthdate: naissance };
  } }),
});
op.listen(Number(port), "127.0.0.1", () => console.log("prêt"));
