// Good tokens as an issuer with golang-jwt makes them, and the keys in every form in which Go writes them.
//
// It reads {issuer, audience, user} from standard input and writes a list of {what, token, keys} or {what, token, secret}
// to standard output; each of the keys is the one that verifies the token.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

type given struct{ Issuer, Audience, User string }

type made struct {
	What   string   `json:"what"`
	Token  string   `json:"token"`
	Keys   []string `json:"keys,omitempty"`
	Secret string   `json:"secret,omitempty"`
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func main() {
	var given given
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		log.Fatal(err)
	}
	now := time.Now()
	claims := func() jwt.Claims {
		return jwt.RegisteredClaims{
			Issuer:    given.Issuer,
			Audience:  jwt.ClaimStrings{given.Audience},
			Subject:   given.User,
			IssuedAt:  jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(10 * time.Minute)),
		}
	}
	sign := func(method jwt.SigningMethod, key any) string {
		return must(jwt.NewWithClaims(method, claims()).SignedString(key))
	}
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	_, edKey := func() (ed25519.PublicKey, ed25519.PrivateKey) {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		return public, must(private, err)
	}()
	signers := []struct {
		method jwt.SigningMethod
		key    crypto.Signer
	}{
		{jwt.SigningMethodRS256, rsaKey},
		{jwt.SigningMethodES256, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))},
		{jwt.SigningMethodES384, must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))},
		{jwt.SigningMethodEdDSA, edKey},
	}
	var all []made
	for _, precision := range []time.Duration{time.Second, time.Millisecond} {
		jwt.TimePrecision = precision
		for _, signer := range signers {
			keys := []string{block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(signer.key.Public())))}
			if public, ok := signer.key.Public().(*rsa.PublicKey); ok {
				keys = append(keys, block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public)))
			}
			what := signer.method.Alg() + ", " + precision.String()
			all = append(all, made{What: what, Token: sign(signer.method, signer.key), Keys: keys})
		}
	}
	secret := "a secret of 32 bytes and of more"
	token := sign(jwt.SigningMethodHS256, []byte(secret))
	all = append(all, made{What: "HS256", Token: token, Secret: secret})
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		log.Fatal(err)
	}
}
