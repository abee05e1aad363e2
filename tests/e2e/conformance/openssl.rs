//! Public keys as OpenSSL and OpenSSH write them, in every encoding: each verifies what its private half has signed, or the
//! operator is told why it does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jwt_simple::prelude::{
    Claims, Duration, ECDSAP256KeyPairLike, ECDSAP384KeyPairLike, ES256KeyPair, ES384KeyPair,
    Ed25519KeyPair, EdDSAKeyPairLike, RS256KeyPair, RSAKeyPairLike,
};
use portico::auth::parse_public_keys;

use super::issuers::user;
use super::{Missing, or_skip};
use crate::harness::{AUDIENCE, ISSUER, USER};

/// A directory for the files of one test.
struct Files(PathBuf);

impl Files {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Runs a program here, and returns what it prints.
    fn run(&self, program: &'static str, arguments: &str) -> Result<String, Missing> {
        let output = Command::new(program)
            .args(
                arguments
                    .split(' ')
                    .map(|argument| argument.trim_matches('\'')),
            )
            .current_dir(&self.0)
            .output()
            .map_err(|_| Missing {
                what: program.to_owned(),
                remedy: "install it by `cargo xtask setup`",
            })?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments}: {errors}");
        Ok(String::from_utf8(output.stdout).unwrap())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

/// A token that a private key has signed, which is in PKCS #8.
fn signed(algorithm: &str, private: &str) -> String {
    let claims = Claims::create(Duration::from_mins(10))
        .with_issuer(ISSUER)
        .with_audience(AUDIENCE)
        .with_subject(USER);
    match algorithm {
        "RS256" => RS256KeyPair::from_pem(private).unwrap().sign(claims),
        "ES256" => ES256KeyPair::from_pem(private).unwrap().sign(claims),
        "ES384" => ES384KeyPair::from_pem(private).unwrap().sign(claims),
        _ => Ed25519KeyPair::from_pem(private).unwrap().sign(claims),
    }
    .unwrap()
}

fn verifies(public: &str, token: &str) {
    let found = user("jwt_public_keys", public, token);
    assert_eq!(found.as_deref(), Ok(USER), "{public}");
}

fn problem(public: &str) -> String {
    parse_public_keys(public)
        .map(drop)
        .unwrap_err()
        .into_owned()
}

#[test]
fn every_encoding_of_openssl_is_read() {
    let files = Files::new("openssl-good");
    or_skip(openssl(&files));
}

fn openssl(files: &Files) -> Result<(), Missing> {
    for (algorithm, generate, encodings) in [
        (
            "RS256",
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            &[
                "pkey -in key.pem -pubout",
                "rsa -in key.pem -pubout",
                "rsa -in key.pem -RSAPublicKey_out",
            ][..],
        ),
        (
            "RS256",
            "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
            &[
                "pkey -in key.pem -pubout",
                "rsa -in key.pem -RSAPublicKey_out",
            ],
        ),
        (
            "ES256",
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve",
            &[
                "pkey -in key.pem -pubout",
                "ec -in key.pem -pubout -conv_form compressed",
                "ec -in key.pem -pubout -conv_form uncompressed",
            ],
        ),
        (
            "ES384",
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-384 -pkeyopt ec_param_enc:named_curve",
            &[
                "pkey -in key.pem -pubout",
                "ec -in key.pem -pubout -conv_form compressed",
            ],
        ),
        ("EdDSA", "-algorithm ED25519", &["pkey -in key.pem -pubout"]),
    ] {
        files.run("openssl", &format!("genpkey {generate} -out key.pem"))?;
        let token = signed(algorithm, &files.read("key.pem"));
        for encoding in encodings {
            let public = files.run("openssl", encoding)?;
            verifies(&public, &token);
            verifies(&public.replace('\n', ""), &token);
            verifies(&format!("'{}'", public.replace('\n', "\\n")), &token);
        }
    }
    Ok(())
}

#[test]
fn what_openssl_writes_and_portico_does_not_take_is_explained() {
    let files = Files::new("openssl-bad");
    or_skip(refused(&files));
}

fn refused(files: &Files) -> Result<(), Missing> {
    for (generate, write, why) in [
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
            "pkey -in key.pem -pubout",
            "fewer than 2048 bits",
        ),
        (
            "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
            "pkey -in key.pem -pubout",
            "RSASSA-PSS",
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
            "pkey -in key.pem -pubout",
            "its curve is none",
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
            "pkey -in key.pem -pubout",
            "its curve is none",
        ),
        (
            "-algorithm ED448",
            "pkey -in key.pem -pubout",
            "its algorithm is none",
        ),
        (
            "-algorithm X25519",
            "pkey -in key.pem -pubout",
            "its algorithm is none",
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            "ec -in key.pem -pubout -conv_form hybrid",
            "its point is not one of the curve P-256",
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            "ec -in key.pem -pubout -param_enc explicit",
            "its curve is not given by its name",
        ),
        ("-algorithm ED25519", "pkey -in key.pem", "a private key"),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            "ec -in key.pem",
            "a private key",
        ),
        (
            "-algorithm ED25519",
            "req -x509 -new -key key.pem -subj /CN=id.example.com",
            "a certificate",
        ),
    ] {
        files.run("openssl", &format!("genpkey {generate} -out key.pem"))?;
        let problem = problem(&files.run("openssl", write)?);
        assert!(problem.contains(why), "{write}: {problem}");
    }
    Ok(())
}

#[test]
fn what_ssh_keygen_exports_as_pem_is_read_and_its_own_forms_are_explained() {
    let files = Files::new("ssh-keygen");
    or_skip(ssh_keygen(&files));
}

fn ssh_keygen(files: &Files) -> Result<(), Missing> {
    for (algorithm, kind) in [
        ("RS256", "rsa -b 2048"),
        ("ES256", "ecdsa -b 256"),
        ("ES384", "ecdsa -b 384"),
    ] {
        let key = algorithm.to_lowercase();
        files.run(
            "ssh-keygen",
            &format!("-q -t {kind} -m PKCS8 -N '' -f {key}"),
        )?;
        let token = signed(algorithm, &files.read(&key));
        for form in ["PKCS8", "PEM"] {
            let public = files.run("ssh-keygen", &format!("-e -m {form} -f {key}.pub"))?;
            verifies(&public, &token);
        }
        let exported = files.run("ssh-keygen", &format!("-e -m RFC4716 -f {key}.pub"))?;
        for own in [exported, files.read(&format!("{key}.pub"))] {
            let problem = problem(&own);
            assert!(problem.contains("ssh-keygen -e -m PKCS8"), "{problem}");
        }
    }
    Ok(())
}
