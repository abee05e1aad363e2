//! Reads the limits on a caller's requests, and their cost.

use super::reader::{Noting, Reader};
use crate::origin::Origin;
use crate::rate_limit::RateLimits;
use crate::records::balance::Cost;
use crate::redis::{RedisCredentials, RedisServer};
use crate::text::is_visible_ascii;

pub(super) fn read_rate_limits(variables: &mut Reader<'_>) -> Noting<RateLimits> {
    let items = variables.list("rate_limits");
    if items == ["off"] {
        return Ok(RateLimits::OFF);
    }
    RateLimits::parse(&items).map_or_else(
        || {
            variables.problem(
                "rate_limits",
                "must be `off` or limits like free=5/60,paid=30/60 (requests per seconds for each plan)",
            )
        },
        Ok,
    )
}

pub(super) fn read_cost(variables: &mut Reader<'_>) -> Noting<Cost> {
    const MOST: u64 = 1_000_000_000_000;
    let request_cost = variables.number(
        "request_cost",
        0..=MOST,
        "must be a number of tokens from 0 to 1000000000000",
    );
    let upgrade_url = variables.text("upgrade_url");
    let upgrade_url = match upgrade_url.as_str() {
        "" => Ok(None),
        url => match Origin::split(url) {
            Ok(_) if is_visible_ascii(url) => Ok(Some(upgrade_url)),
            Ok(_) => variables.problem("upgrade_url", "must be a URL in visible ASCII"),
            Err(message) => variables.problem("upgrade_url", message),
        },
    };
    Ok(Cost {
        request_cost: i64::try_from(request_cost?).unwrap_or(i64::MAX),
        upgrade_url: upgrade_url?,
    })
}

/// Reads the coupons that a caller may name. Merchants choose the identifiers of their coupons, so these have no form.
pub(super) fn read_coupons(variables: &mut Reader<'_>) -> Noting<Vec<String>> {
    let coupons = variables.list("allowed_coupons");
    let valid = |coupon: &String| coupon.len() <= 255 && !coupon.chars().any(char::is_control);
    if coupons.iter().all(valid) {
        Ok(coupons)
    } else {
        variables.problem(
            "allowed_coupons",
            "must be identifiers of coupons, comma separated",
        )
    }
}

/// Reads the Redis server that counts are kept on; `None` where the host keeps them by itself.
pub(super) fn read_counter_redis(variables: &mut Reader<'_>) -> Noting<Option<RedisServer>> {
    let credentials = variables.optional(
        "counter_redis_credentials",
        RedisCredentials::parse,
        "must be user:password",
    );
    let parse = |credentials: Option<&RedisCredentials>, variables: &mut Reader<'_>| {
        variables.outbound("counter_redis")?;
        variables.optional(
            "counter_redis",
            |url| RedisServer::parse(url, credentials),
            "must be redis://host:port or rediss://host:port, in lower case, with nothing behind it; credentials are in \
             counter_redis_credentials",
        )
    };
    match credentials {
        Ok(credentials) => parse(credentials.as_ref(), variables),
        // The address is looked at all the same, so that an operator sees all problems at once.
        Err(noted) => {
            parse(None, variables)?;
            Err(noted)
        }
    }
}
