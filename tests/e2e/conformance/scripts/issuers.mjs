// Good tokens as an issuer with the `jose` package makes them, and the keys in every form in which it writes them.
//
// Reads `{issuer, audience, user}` from standard input and writes a list of `{what, token, keys}` or `{what, token,
// secret}` to standard output; each of the keys is the one that verifies the token.

import { text } from 'node:stream/consumers';
import * as jose from 'jose';

const { issuer, audience, user } = JSON.parse(await text(process.stdin));

const sign = (alg, key, kid) =>
  new jose.SignJWT()
    .setProtectedHeader(kid ? { alg, kid } : { alg })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('10 minutes')
    .sign(key);

const made = [];
for (const alg of ['RS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519']) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg);
  const jwk = await jose.exportJWK(publicKey);
  const kid = await jose.calculateJwkThumbprint(jwk);
  const named = { ...jwk, kid, alg, use: 'sig' };
  const pem = await jose.exportSPKI(publicKey);
  made.push({
    what: alg,
    token: await sign(alg, privateKey, kid),
    keys: [pem, JSON.stringify(jwk), JSON.stringify(named), JSON.stringify({ keys: [named] }, null, 2)],
  });
}
const secret = 'a secret of 32 bytes and of more';
made.push({ what: 'HS256', token: await sign('HS256', new TextEncoder().encode(secret)), secret });
console.log(JSON.stringify(made));
