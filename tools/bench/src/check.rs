//! Checks that a contender does the work at all: one that does less would be measured for less.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use portico_stand_in::{Reply, StripeStandIn};
use serde_json::Value;

use crate::cases::{PORTAL, open_portal};
use crate::client::{self, Answer, Connection};
use crate::contenders::{
    CUSTOMER, Contender, FREE_USER, FRONTEND, PAID_USER, SCRATCH, Setting, TRIAL_LIMIT, TRIAL_USER,
};
use crate::machine::Cores;
use crate::process::Process;
use crate::tokens::{Algorithm, Flaw, Keys};

/// Fails with what a contender does wrong.
pub(crate) async fn check(
    contender: &Contender,
    setting: &Setting,
    keys: &Keys,
    stripe: &StripeStandIn,
    cores: &Cores,
) -> Result<()> {
    let log = Path::new(SCRATCH).join("check.log");
    let file = File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
    let mut process = Process::start(contender, setting, cores, Some(file))?;
    stripe.clear();
    let mut checks = Checks {
        connection: process.connect().await?,
        keys,
        stripe,
        requests: 0,
    };
    let checked = if contender.is_bare() {
        // It does nothing else, which is its point.
        checks.session(Algorithm::Hs256, expect_session).await
    } else {
        let checked = checks.run().await;
        let requests = checks.requests;
        match checked {
            Ok(()) => lines(&log, requests).await,
            failed => failed,
        }
    };
    process.end()?;
    checked.with_context(|| {
        format!(
            "{} does not do what it is measured for; its log is {}",
            contender.name,
            log.display()
        )
    })
}

struct Checks<'a> {
    connection: Connection,
    keys: &'a Keys,
    stripe: &'a StripeStandIn,
    /// The number of requests that were sent.
    requests: usize,
}

impl Checks<'_> {
    async fn run(&mut self) -> Result<()> {
        self.health().await?;
        for algorithm in Algorithm::ALL {
            self.session(algorithm, |answer| expect(answer, 200, None))
                .await
                .context(algorithm.name())?;
            self.idempotency_keys().context(algorithm.name())?;
            self.bad_tokens(algorithm).await.context(algorithm.name())?;
        }
        self.no_token().await?;
        self.no_record().await?;
        self.origins().await?;
        self.limit().await?;
        self.retry().await
    }

    async fn health(&mut self) -> Result<()> {
        let answer = self.ask(&client::request("GET", "/healthz", &[])).await?;
        ensure!(answer.status == 200, "/healthz: {}", answer.status);
        Ok(())
    }

    /// Checks that two requests with one token open two sessions, over a connection that is kept.
    async fn session(
        &mut self,
        algorithm: Algorithm,
        expected: impl Fn(&Answer<'_>) -> Result<()>,
    ) -> Result<()> {
        self.stripe.clear();
        let token = self.keys.token(algorithm, PAID_USER, 0)?;
        for _ in 0..2 {
            let answer = self.ask(&open_portal(&token)).await?;
            expected(&answer)?;
            let url = answer.member("url").unwrap_or_default();
            ensure!(
                url.starts_with("https://billing.stripe.com/p/session/test_"),
                "the session's address is {url:?}"
            );
        }
        let calls = self.stripe.requests();
        ensure!(calls.len() == 2, "{} calls to Stripe", calls.len());
        for call in &calls {
            for (name, expected) in [
                ("customer", CUSTOMER.to_owned()),
                ("return_url", format!("{FRONTEND}/account")),
            ] {
                let sent = call.parameter(name).unwrap_or_default();
                ensure!(sent == expected, "Stripe was told {name}={sent}");
            }
        }
        let connections: BTreeSet<_> = calls.iter().map(|call| call.connection).collect();
        ensure!(
            connections.len() == 1,
            "the connection to Stripe is not kept"
        );
        Ok(())
    }

    /// Checks that each of the two sessions had a key of its own.
    fn idempotency_keys(&self) -> Result<()> {
        let calls = self.stripe.requests();
        let keys: BTreeSet<_> = calls
            .iter()
            .filter_map(|call| call.header("idempotency-key"))
            .collect();
        ensure!(keys.len() == 2, "the idempotency keys are {keys:?}");
        Ok(())
    }

    async fn bad_tokens(&mut self, algorithm: Algorithm) -> Result<()> {
        self.stripe.clear();
        for flaw in [
            Flaw::BadSignature,
            Flaw::Expired,
            Flaw::OtherIssuer,
            Flaw::OtherAudience,
        ] {
            let token = self.keys.flawed_token(algorithm, PAID_USER, 0, flaw)?;
            let answer = self.ask(&open_portal(&token)).await?;
            expect(&answer, 401, Some("unauthorized")).with_context(|| format!("{flaw:?}"))?;
        }
        let calls = self.stripe.requests().len();
        ensure!(calls == 0, "Stripe was called for a bad token");
        Ok(())
    }

    async fn no_token(&mut self) -> Result<()> {
        let answer = self.ask(&client::request("POST", PORTAL, &[])).await?;
        expect(&answer, 401, Some("unauthorized"))
    }

    async fn no_record(&mut self) -> Result<()> {
        let token = self.keys.token(Algorithm::Hs256, FREE_USER, 0)?;
        let answer = self.ask(&open_portal(&token)).await?;
        expect(&answer, 400, Some("no_stripe_customer"))
    }

    async fn origins(&mut self) -> Result<()> {
        let allowed = "access-control-allow-origin";
        for (origin, expected) in [(FRONTEND, Some(FRONTEND)), ("https://evil.example", None)] {
            let request = client::request("POST", PORTAL, &[("origin", origin)]);
            let answer = self.ask(&request).await?;
            let told = answer.header(allowed);
            ensure!(told == expected, "{origin} is answered {allowed}: {told:?}");
        }
        Ok(())
    }

    async fn limit(&mut self) -> Result<()> {
        let token = self.keys.token(Algorithm::Hs256, TRIAL_USER, 0)?;
        let mut refused = 0;
        // Enough for two windows, since one may end in between.
        for _ in 0..=2 * TRIAL_LIMIT {
            let answer = self.ask(&open_portal(&token)).await?;
            match answer.status {
                429 => {
                    expect(&answer, 429, Some("rate_limited"))?;
                    ensure!(answer.header("retry-after").is_some(), "no Retry-After");
                    refused += 1;
                }
                _ => expect(&answer, 200, None)?,
            }
        }
        ensure!(refused > 0, "no request was one too many");
        Ok(())
    }

    /// Checks that a call that fails is made again, with the same key.
    async fn retry(&mut self) -> Result<()> {
        self.stripe.clear();
        let failure = Reply::ServerError {
            status: 500,
            should_retry: None,
        };
        self.stripe.script(CUSTOMER, [failure]);
        let token = self.keys.token(Algorithm::Hs256, PAID_USER, 0)?;
        let answer = self.ask(&open_portal(&token)).await?;
        expect(&answer, 200, None).context("after a failure of Stripe")?;
        let calls = self.stripe.requests();
        let keys: BTreeSet<_> = calls
            .iter()
            .map(|call| call.header("idempotency-key"))
            .collect();
        ensure!(
            calls.len() == 2 && keys.len() == 1,
            "a failed call was not made again as it should: {} calls, keys {keys:?}",
            calls.len()
        );
        Ok(())
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.requests += 1;
        self.connection.exchange(request).await
    }
}

/// Checks the status of the answer of a component that has none of the rest.
fn expect_session(answer: &Answer<'_>) -> Result<()> {
    ensure!(
        answer.status == 200,
        "{} {} where 200 was expected",
        answer.status,
        String::from_utf8_lossy(answer.body)
    );
    Ok(())
}

/// Checks the properties of every answer, and the status and code of this one.
fn expect(answer: &Answer<'_>, status: u16, error: Option<&str>) -> Result<()> {
    let body = String::from_utf8_lossy(answer.body);
    ensure!(
        answer.status == status && answer.member("error").as_deref() == error,
        "{} {body} where {status} was expected",
        answer.status
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        ensure!(
            answer.header(name) == Some(value),
            "{status}: {name} is {:?}",
            answer.header(name)
        );
    }
    let id = answer.header("x-request-id");
    ensure!(id.is_some(), "{status}: there is no x-request-id");
    ensure!(
        error.is_none() || answer.member("request_id").as_deref() == id,
        "{status}: the request_id is not that of the header"
    );
    Ok(())
}

/// Checks that there is one JSON object for each request, with its status. The last may come a little later than its
/// answer.
async fn lines(log: &Path, requests: usize) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        let lines = fs::read_to_string(log)?
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line.get("status").is_some_and(Value::is_u64))
            .count();
        if lines == requests {
            return Ok(());
        }
        ensure!(
            lines < requests && Instant::now() < deadline,
            "{requests} requests came to {lines} lines of JSON with a status"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
