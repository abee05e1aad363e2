//! RSASSA-PKCS1-v1_5 with SHA-256.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::{BitTest, Gcd};
use jwt_simple::prelude::{RS256PublicKey, RSAPublicKeyLike};
use portico::signatures::Verify;
use portico::signatures::rs256::PublicKey;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::jws::{Change, cases, judged_good, message};

const EXPONENT: [u8; 3] = [1, 0, 1];

/// `DigestInfo` of SHA-256, up to the digest.
const DIGEST_INFO: &str = "3031300d060960864801650304020105000420";

/// A key whose modulus is a product of many small primes. It protects nothing, but signatures are good or bad with it as
/// with any other, and it takes no search for large primes.
#[derive(Clone, Debug)]
struct Signer {
    modulus: UBig,
    private_exponent: UBig,
}

impl Signer {
    /// With a modulus of at least 2048 and at most 4096 bits.
    fn strategy() -> impl Strategy<Value = Self> {
        prop_oneof![Just(2_048_usize), 2_048..=4_080_usize]
            .prop_perturb(|bits, mut random| Self::new(bits, || random.next_u32()))
    }

    fn new(bits: usize, mut random: impl FnMut() -> u32) -> Self {
        let mut chosen = BTreeSet::new();
        let mut modulus = UBig::ONE;
        let mut order = UBig::ONE;
        while modulus.bit_len() < bits {
            let prime = PRIMES[random() as usize % PRIMES.len()];
            if chosen.insert(prime) {
                modulus *= prime;
                let order_of_factor = UBig::from(prime - 1);
                let common = (&order).gcd(&order_of_factor);
                order *= order_of_factor / common;
            }
        }
        let ring = ConstDivisor::new(order);
        let private_exponent = ring.reduce(65_537_u32).inv().unwrap().residue();
        Self {
            modulus,
            private_exponent,
        }
    }

    fn length(&self) -> usize {
        self.modulus.bit_len().div_ceil(8)
    }

    fn components(&self) -> Vec<u8> {
        self.modulus.to_be_bytes().into_vec()
    }

    /// The signature whose power is the encoding.
    fn sign(&self, encoding: &[u8]) -> UBig {
        let ring = ConstDivisor::new(self.modulus.clone());
        let encoding = ring.reduce(UBig::from_be_bytes(encoding));
        encoding.pow(&self.private_exponent).residue()
    }

    /// The bytes of a number: as many as the modulus has, or more where it is larger.
    fn bytes(&self, number: &UBig) -> Vec<u8> {
        let bytes = number.to_be_bytes();
        let mut padded = vec![0; self.length().saturating_sub(bytes.len())];
        padded.extend_from_slice(&bytes);
        padded
    }

    fn is_good(&self, message: &str, signature: &[u8]) -> bool {
        let key = PublicKey::new(&self.components(), &EXPONENT).unwrap();
        key.verify(message.as_bytes(), signature)
    }

    fn is_judged_good(&self, message: &str, signature: &[u8]) -> bool {
        let key = RS256PublicKey::from_components(&self.components(), &EXPONENT).unwrap();
        judged_good(
            |token, options| key.verify_token(token, options),
            message,
            signature,
        )
    }
}

/// The odd primes below 2^16. One less than a prime is then no multiple of the public exponent.
static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut composite = vec![false; 1 << 16];
    let mut primes = Vec::new();
    for number in (3..1 << 16).step_by(2) {
        if !composite[number] {
            primes.push(u32::try_from(number).unwrap());
            for multiple in (number * number..1 << 16).step_by(number) {
                composite[multiple] = true;
            }
        }
    }
    primes
});

/// Encodings that a signer may have signed instead of the message's own one.
#[derive(Clone, Debug)]
enum Encoding {
    Right,
    Flip(Index, u8),
    /// In place of 1.
    BlockType(u8),
    /// Padding that ends early. The rest is arbitrary, and behind the digest.
    Garbage(Index, u8),
    /// Padding that ends early, before a string that is too long.
    LongDigestInfo(Index, u8),
    WithoutPadding,
    /// The form without the parameter, which RFC 8017 does not have.
    WithoutNull,
    /// A length in BER's long form.
    LongLength,
    DigestInfo(&'static str),
    Digest([u8; 32]),
    WithoutDigestInfo,
}

impl Encoding {
    fn strategy() -> impl Strategy<Value = Self> {
        prop_oneof![
            4 => Just(Self::Right),
            2 => (any::<Index>(), 0..8_u8).prop_map(|(byte, bit)| Self::Flip(byte, bit)),
            1 => any::<u8>().prop_map(Self::BlockType),
            1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Self::Garbage(at, byte)),
            1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Self::LongDigestInfo(at, byte)),
            1 => Just(Self::WithoutPadding),
            1 => Just(Self::WithoutNull),
            1 => Just(Self::LongLength),
            // SHA-512 and SHA-1, with the length of SHA-256; a tag and a type that are not theirs.
            1 => Just(Self::DigestInfo("3031300d060960864801650304020305000420")),
            1 => Just(Self::DigestInfo("302d300906052b0e03021a05000420")),
            1 => Just(Self::DigestInfo("3131300d060960864801650304020105000420")),
            1 => Just(Self::DigestInfo("3031300d060960864801650304020105000320")),
            1 => any::<[u8; 32]>().prop_map(Self::Digest),
            1 => Just(Self::WithoutDigestInfo),
        ]
    }

    fn of(&self, message: &str, length: usize) -> Vec<u8> {
        let digest = hmac_sha256::Hash::hash(message.as_bytes());
        let with = |info: &str| [&hex(info)[..], &digest].concat();
        let right = with(DIGEST_INFO);
        let rest = length - 3 - right.len();
        match self {
            Self::Right => padded(&right, length),
            Self::Flip(byte, bit) => {
                // A bit before the second byte would make a number above the modulus.
                let mut encoding = padded(&right, length);
                encoding[1 + byte.index(length - 1)] ^= 1 << bit;
                encoding
            }
            Self::BlockType(block_type) => {
                let mut encoding = padded(&right, length);
                encoding[1] = *block_type;
                encoding
            }
            Self::Garbage(at, byte) => {
                let mut encoding = padded(&right, length - 1 - at.index(rest));
                encoding.resize(length, *byte);
                encoding
            }
            Self::LongDigestInfo(at, byte) => {
                let mut encoding = padded(&right, length);
                encoding[2 + at.index(rest)] = *byte;
                encoding
            }
            Self::WithoutPadding => {
                let mut encoding = vec![0; length - right.len()];
                encoding[1] = 1;
                encoding.extend(right);
                encoding
            }
            Self::WithoutNull => padded(&with("302f300b0609608648016503040201 0420"), length),
            Self::LongLength => padded(&with("308131300d060960864801650304020105000420"), length),
            Self::DigestInfo(info) => padded(&with(info), length),
            Self::Digest(digest) => padded(&[&hex(DIGEST_INFO)[..], digest].concat(), length),
            Self::WithoutDigestInfo => padded(&digest, length),
        }
    }
}

/// A block of type 1 around bytes.
fn padded(bytes: &[u8], length: usize) -> Vec<u8> {
    let mut block = vec![0, 1];
    block.resize(length - bytes.len() - 1, 0xff);
    block.push(0);
    block.extend(bytes);
    block
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn signatures_are_judged_as_jwt_simple_judges_them(
        signer in Signer::strategy(), identifier: u64, change in Change::strategy(),
    ) {
        let message = message("RS256", identifier);
        let signature = signer.bytes(&signer.sign(&Encoding::Right.of(&message, signer.length())));
        let changed = change.apply(&signature);
        let good = signer.is_good(&message, &changed);
        prop_assert_eq!(good, changed == signature);
        prop_assert_eq!(good, signer.is_judged_good(&message, &changed));
    }

    #[test]
    fn only_the_one_encoding_of_the_message_is_good(
        signer in Signer::strategy(), identifier: u64, encoding in Encoding::strategy(),
    ) {
        let message = message("RS256", identifier);
        let [encoding, right] = [encoding, Encoding::Right].map(|it| it.of(&message, signer.length()));
        let signature = signer.bytes(&signer.sign(&encoding));
        let good = signer.is_good(&message, &signature);
        prop_assert_eq!(good, encoding == right);
        prop_assert_eq!(good, signer.is_judged_good(&message, &signature));
    }

    #[test]
    fn numbers_that_are_congruent_or_trivial_make_no_signature(signer in Signer::strategy(), identifier: u64) {
        let message = message("RS256", identifier);
        let encoding = Encoding::Right.of(&message, signer.length());
        let signature = signer.sign(&encoding);
        prop_assert!(signer.is_good(&message, &signer.bytes(&signature)));
        let modulus = &signer.modulus;
        for number in [
            &signature + modulus,
            modulus - &signature,
            UBig::ZERO,
            UBig::ONE,
            modulus - UBig::ONE,
            modulus.clone(),
            modulus + UBig::ONE,
            UBig::from_be_bytes(&encoding),
        ] {
            let bytes = signer.bytes(&number);
            prop_assert!(!signer.is_good(&message, &bytes), "{}", number);
            prop_assert!(!signer.is_judged_good(&message, &bytes), "{}", number);
        }
    }

    #[test]
    fn keys_are_judged_as_jwt_simple_judges_them(
        bits in prop_oneof![2_040..=2_056_usize, 4_088..=4_104_usize, 0..5_000_usize],
        mut modulus in vec(any::<u8>(), 640),
        zeros in 0..3_usize,
        exponent in prop_oneof![
            4 => Just(vec![1, 0, 1]),
            1 => Just(vec![0, 1, 0, 1]),
            1 => Just(vec![3]),
            1 => vec(any::<u8>(), 0..5),
        ],
    ) {
        // The bits from the lowest on, with the highest one set.
        let unused = modulus.len() - bits.div_ceil(8);
        let zeros = unused.saturating_sub(zeros);
        modulus[..unused].fill(0);
        if bits > 0 {
            let top = 1 << ((bits - 1) % 8);
            modulus[unused] = modulus[unused] & (top - 1) | top;
        }
        let modulus = &modulus[zeros..];
        prop_assert_eq!(
            PublicKey::new(modulus, &exponent).is_ok(),
            RS256PublicKey::from_components(modulus, &exponent).is_ok()
        );
    }
}
