//! HMAC with SHA-256.

use jwt_simple::prelude::{HS256Key, MACLike};
use portico::signatures::Verify;
use portico::signatures::hs256::SecretKey;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::jws::{Change, cases, judged_good, message};

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn tags_are_judged_as_jwt_simple_judges_them(
        secret in vec(any::<u8>(), 32..200), identifier: u64, change in Change::strategy(),
    ) {
        let message = message("HS256", identifier);
        let tag = hmac_sha256::HMAC::mac(&message, &secret);
        let changed = change.apply(&tag);

        let good = SecretKey::new(&secret).verify(message.as_bytes(), &changed);
        prop_assert_eq!(good, changed == tag);
        let judge = HS256Key::from_bytes(&secret);
        let judged = judged_good(|token, options| judge.verify_token(token, options), &message, &changed);
        prop_assert_eq!(good, judged);
    }
}
