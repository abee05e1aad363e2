"""Good tokens as issuers with PyJWT and Authlib make them, and the keys in every form in which these write them.

Reads `{issuer, audience, user}` from standard input and writes a list of `{what, token, keys}` or `{what, token, secret}`
to standard output; each of the keys is the one that verifies the token.
"""

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import jwt
from authlib.jose import JsonWebKey, JsonWebToken, KeySet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

given = json.load(sys.stdin)
claims = {"iss": given["issuer"], "aud": given["audience"], "sub": given["user"]}
SECRET = "a secret of 32 bytes and of more"


def times(fraction):
    """The times of a token, as `time.time()` has them or in whole seconds."""
    now = time.time() if fraction else int(time.time())
    return {"iat": now, "nbf": now, "exp": now + 600}


def pem(key):
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


made = []

pairs = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
for name, private in pairs.items():
    public = private.public_key()
    jwk = json.loads(get_default_algorithms()[name].to_jwk(public))
    named = {**jwk, "kid": "key 1", "alg": name, "use": "sig"}
    keys = [pem(public), json.dumps(jwk), json.dumps({"keys": [named]})]
    if name == "RS256":
        older = serialization.PublicFormat.PKCS1
        keys.append(public.public_bytes(serialization.Encoding.PEM, older).decode())
    for fraction in (False, True):
        token = jwt.encode(
            {**claims, **times(fraction)}, private, algorithm=name, headers={"kid": "key 1"}
        )
        made.append({"what": f"PyJWT, {name}, fraction: {fraction}", "token": token, "keys": keys})
token = jwt.encode({**claims, **times(True)}, SECRET, algorithm="HS256")
made.append({"what": "PyJWT, HS256", "token": token, "secret": SECRET})

for name, kind, size in (
    ("RS256", "RSA", 2048),
    ("ES256", "EC", "P-256"),
    ("ES384", "EC", "P-384"),
    ("EdDSA", "OKP", "Ed25519"),
):
    key = JsonWebKey.generate_key(kind, size, {"kid": "key 1", "use": "sig"}, is_private=True)
    token = JsonWebToken([name]).encode(
        {"alg": name, "kid": "key 1"}, {**claims, **times(True)}, key
    )
    public = key.as_dict(is_private=False)
    made.append(
        {
            "what": f"Authlib, {name}",
            "token": token.decode(),
            "keys": [
                key.as_pem(is_private=False).decode(),
                json.dumps(public),
                json.dumps(KeySet([key]).as_dict(is_private=False)),
            ],
        }
    )
token = JsonWebToken(["HS256"]).encode({"alg": "HS256"}, {**claims, **times(False)}, SECRET)
made.append({"what": "Authlib, HS256", "token": token.decode(), "secret": SECRET})

json.dump(made, sys.stdout)
