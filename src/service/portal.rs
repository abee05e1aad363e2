//! The portal route.

use std::time::Duration;

use super::steps::plan_of;
use super::{Inbound, Service, Trip};
use crate::config::Config;
use crate::customer::Customer;
use crate::error::{Failure, FailureKind};
use crate::host::{BodyError, Host, RequestBody, within};
use crate::portal_request::PortalRequest;
use crate::stripe::answer::SessionUrl;
use crate::stripe::{self, client, session};

/// How long a body may take to arrive. Hosts have no bound on that, and a caller who stalls holds a place in an
/// instance.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

impl<H: Host> Service<H> {
    /// The portal route, from the token to the session's URL.
    pub(super) async fn open_portal(
        &self,
        config: &Config,
        request: Inbound<impl RequestBody>,
        trip: &mut Trip,
    ) -> Result<SessionUrl, Failure> {
        let user = self.authenticate(config, &request.headers, trip).await?;
        let customer = self.customer(&user, trip).await;
        let plan = plan_of(&customer);
        self.admit(config, &user, plan, trip).await?;
        let body = within(
            &self.host,
            BODY_TIMEOUT,
            request.body.read(config.max_body_bytes),
        )
        .await
        .unwrap_or(Err(BodyError::TooSlow))
        .map_err(unreadable_body)?;
        let choices =
            PortalRequest::parse(&request.headers, &body).map_err(Failure::invalid_request)?;
        let customer = customer?
            .ok_or_else(|| Failure::new(FailureKind::NoStripeCustomer, "the user has no record"))?;
        if !customer.fits_mode(config.stripe.livemode) {
            return Err(Failure::new(
                FailureKind::NoStripeCustomer,
                "the record's customer belongs to the other mode (test/live) than the API key",
            ));
        }
        let reservation = self.charge(config, &user, &customer.plan).await?;
        let opened = self.call_stripe(config, &customer, &choices, trip).await;
        if let (Err(failure), Some(reservation)) = (&opened, reservation)
            && reservation.give_back(&self.host).await.is_err()
        {
            let reason = format!(
                "{}; and what was charged could not be given back",
                failure.reason
            );
            return Err(Failure::new(failure.kind.clone(), reason));
        }
        opened
    }

    async fn call_stripe(
        &self,
        config: &Config,
        customer: &Customer,
        choices: &PortalRequest,
        trip: &mut Trip,
    ) -> Result<SessionUrl, Failure> {
        let form = session::form(
            &customer.stripe_customer_id,
            choices,
            &config.stripe,
            &config.frontend,
        );
        let outcome = client::post(&self.host, &config.stripe, session::PATH, form)
            .await
            .map_err(|_| {
                Failure::new(FailureKind::Internal, "the call to Stripe cannot be built")
            })?;
        trip.entry.attempts = outcome.attempts;
        trip.entry.stripe_request_id = outcome
            .result
            .as_ref()
            .ok()
            .and_then(stripe::answer::request_id);
        stripe::answer::session_url(outcome, &config.stripe, choices)
    }
}

fn unreadable_body(error: BodyError) -> Failure {
    Failure::invalid_request(match error {
        BodyError::TooLong => "The body is longer than max_body_bytes.",
        BodyError::Broken => "The body ended early.",
        BodyError::TooSlow => "The body did not arrive within 10 seconds.",
    })
}
