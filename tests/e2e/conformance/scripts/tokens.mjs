// Keys and tokens as the `jose` package makes them: good ones, and as many bad ones as it can be brought to make.
//
// Reads `{issuer, audience, user, elsewhere}` from standard input and writes `{secret, pems, jwks, good, bad}` to
// standard output. Whatever is bad is signed or encrypted correctly, by a key that the verifier trusts where that is
// possible: it must be refused for what it is, not because something else is wrong with it as well.

import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import * as jose from 'jose';

const { issuer, audience, user, elsewhere } = JSON.parse(await text(process.stdin));

const bytes = (value) => new TextEncoder().encode(value);
const encode = (value) => jose.base64url.encode(value);

// The secret is 32 characters, so that it is also a key for A256GCM.
const secret = randomBytes(16).toString('hex');
const claims = { iss: issuer, aud: audience, sub: user };
const soon = Math.floor(Date.now() / 1000) + 600;
const payload = JSON.stringify({ ...claims, exp: soon });

const pairs = {};
for (const alg of ['RS256', 'ES256', 'ES384', 'EdDSA']) {
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  const publicJwk = await jose.exportJWK(pair.publicKey);
  const kid = await jose.calculateJwkThumbprint(publicJwk);
  pairs[alg] = {
    kid,
    privateKey: pair.privateKey,
    privateJwk: await jose.exportJWK(pair.privateKey),
    publicJwk: { ...publicJwk, kid, alg, use: 'sig' },
    pem: await jose.exportSPKI(pair.publicKey),
  };
}

const jwt = (header, key = bytes(secret), more = {}, options = {}) =>
  new jose.SignJWT({ ...claims, ...more })
    .setProtectedHeader(header)
    .setIssuedAt()
    .setExpirationTime(soon)
    .sign(key, options);

const byPair = (alg, more = {}) => {
  const { kid, privateKey } = pairs[alg];
  return jwt({ alg, kid, ...more }, privateKey);
};

// The algorithm that a JOSE library would let the same RSA key be used for as well.
const byRsaKeyAs = async (alg) => {
  const { kid, privateJwk } = pairs.RS256;
  return jwt({ alg, kid }, await jose.importJWK(privateJwk, alg));
};

const byOwnKey = async (alg, header) => {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg);
  return jwt({ alg, ...header(await jose.exportJWK(publicKey)) }, privateKey);
};

const withSignature = (token, signature) => [...token.split('.').slice(0, 2), encode(signature)].join('.');

const compact = (jws) => [jws.protected, jws.payload, jws.signature].join('.');

const unencoded = (text) =>
  new jose.FlattenedSign(bytes(text))
    .setProtectedHeader({ alg: 'HS256', b64: false, crit: ['b64'] })
    .sign(bytes(secret));

const encrypt = (header, key, plaintext = payload) =>
  new jose.CompactEncrypt(bytes(plaintext)).setProtectedHeader(header).encrypt(key);

const rsaForEncryption = await jose.importSPKI(pairs.RS256.pem, 'RSA-OAEP-256');
const unsecured = new jose.UnsecuredJWT(claims).setIssuedAt().setExpirationTime(soon).encode();
const hs256 = await jwt({ alg: 'HS256' });
const attacker = randomBytes(32);
const es512 = await jose.generateKeyPair('ES512');
const detached = await unencoded(payload);
const one = new Uint8Array(256);
one[255] = 1;
const chain = { x5c: ['MIIB'], x5t: encode(randomBytes(20)) };

const bad = {
  'alg none': unsecured,
  'alg none with a signature': withSignature(unsecured, randomBytes(32)),

  'a JWE to the shared secret': await encrypt({ alg: 'dir', enc: 'A256GCM' }, bytes(secret)),
  'a JWE to our RSA key': await encrypt({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }, rsaForEncryption),
  'a JWE to our RSA key around an unsecured JWT': await encrypt(
    { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' },
    rsaForEncryption,
    unsecured,
  ),
  'a JWE to our RSA key around a good JWT': await encrypt(
    { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' },
    rsaForEncryption,
    hs256,
  ),

  // The payload is itself base64url, so that the signature is also good for a reader who overlooks `b64`.
  'b64 false over base64url': compact({ ...(await unencoded(encode(payload))), payload: encode(payload) }),
  'b64 false with a detached payload': compact({ ...detached, payload: '' }),
  'b64 false with the payload as it is': compact({ ...detached, payload }),
  'crit with an extension': await jwt(
    { alg: 'HS256', crit: ['urn:example:extension'], 'urn:example:extension': true },
    bytes(secret),
    {},
    { crit: { 'urn:example:extension': true } },
  ),

  'PS256 by our RSA key': await byRsaKeyAs('PS256'),
  'RS384 by our RSA key': await byRsaKeyAs('RS384'),
  'RS512 by our RSA key': await byRsaKeyAs('RS512'),
  'HS384 by our secret': await jwt({ alg: 'HS384' }),
  'HS512 by our secret': await jwt({ alg: 'HS512' }),
  ES512: await jwt({ alg: 'ES512' }, es512.privateKey),

  'the PEM of our RSA key as a secret': await jwt({ alg: 'HS256' }, bytes(pairs.RS256.pem)),
  'the PEM of our EC key as a secret': await jwt({ alg: 'HS256' }, bytes(pairs.ES256.pem)),
  'the PEM of our Ed25519 key as a secret': await jwt({ alg: 'HS256' }, bytes(pairs.EdDSA.pem.trim())),
  'the JWK of our RSA key as a secret': await jwt({ alg: 'HS256' }, bytes(JSON.stringify(pairs.RS256.publicJwk))),
  'the modulus of our RSA key as a secret': await jwt({ alg: 'HS256' }, jose.base64url.decode(pairs.RS256.publicJwk.n)),

  'an ECDSA signature of zeros': withSignature(await byPair('ES256'), new Uint8Array(64)),
  'an EdDSA signature of zeros': withSignature(await byPair('EdDSA'), new Uint8Array(64)),
  'an RSA signature of zeros': withSignature(await byPair('RS256'), new Uint8Array(256)),
  'an RSA signature of one': withSignature(await byPair('RS256'), one),

  'its own key in jwk, RS256': await byOwnKey('RS256', (jwk) => ({ jwk })),
  'its own key in jwk, ES256': await byOwnKey('ES256', (jwk) => ({ jwk })),
  'its own key in jwk, EdDSA': await byOwnKey('EdDSA', (jwk) => ({ jwk, kid: pairs.EdDSA.kid })),
  'our own key in jwk': await byPair('ES256', { jwk: pairs.ES256.publicJwk }),

  'its own key behind jku': await byOwnKey('ES256', () => ({ jku: `${elsewhere}/.well-known/jwks.json`, kid: 'own' })),
  'its own key behind jku, without a kid': await byOwnKey('ES256', () => ({ jku: `${elsewhere}/.well-known/jwks.json` })),
  'its own key behind x5u': await byOwnKey('RS256', () => ({ x5u: `${elsewhere}/chain.pem`, kid: 'own' })),
  'its own key in x5c': await byOwnKey('RS256', () => chain),

  'zip over a payload as it is': await jwt({ alg: 'HS256', zip: 'DEF' }),

  'a JWT in a JWS': await new jose.CompactSign(bytes(hs256))
    .setProtectedHeader({ alg: 'HS256', cty: 'JWT' })
    .sign(bytes(secret)),

  'kid as a path to an empty file': await jwt({ alg: 'HS256', kid: '../../../../../../dev/null' }, new Uint8Array(32)),
  'kid as an SQL injection': await jwt({ alg: 'HS256', kid: `x' UNION SELECT '${encode(attacker)}` }, attacker),
  'kid with a NUL': await jwt({ alg: 'HS256', kid: `${pairs.ES256.kid}\0` }, attacker),
  'kid of a prototype': await jwt({ alg: 'HS256', kid: '__proto__' }, attacker),
  'kid with a NUL behind ours': await byOwnKey('ES256', () => ({ kid: `${pairs.ES256.kid}\0` })),
  'kid as a key of the store': await byOwnKey('ES256', () => ({ kid: `customer:${user}` })),
  'kid of another key of ours': await jwt({ alg: 'ES256', kid: pairs.EdDSA.kid }, pairs.ES256.privateKey),

  expired: await new jose.SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(soon - 3600)
    .sign(bytes(secret)),
  'without an expiry': await new jose.SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(bytes(secret)),
  'not valid yet': await new jose.SignJWT({ ...claims, nbf: soon - 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(soon)
    .sign(bytes(secret)),
  'for another audience': await jwt({ alg: 'HS256' }, bytes(secret), { aud: `${audience}-other` }),
  'of another issuer': await jwt({ alg: 'HS256' }, bytes(secret), { iss: `${issuer}other` }),
  'without a user': await jwt({ alg: 'HS256' }, bytes(secret), { sub: undefined }),
};

const good = {
  HS256: hs256,
  RS256: await byPair('RS256'),
  ES256: await byPair('ES256'),
  ES384: await byPair('ES384'),
  EdDSA: await byPair('EdDSA'),
  // The same algorithm by its later name (RFC 9864).
  Ed25519: await jwt({ alg: 'Ed25519' }, await jose.importJWK(pairs.EdDSA.privateJwk, 'Ed25519')),
};

const all = Object.values(pairs);
console.log(
  JSON.stringify({
    secret,
    pems: all.map(({ pem }) => pem),
    jwks: { keys: all.map(({ publicJwk }) => publicJwk) },
    good,
    bad,
  }),
);
