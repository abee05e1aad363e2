//! The plan gate.

use http::HeaderMap;

use super::steps::{plan_of, store_unavailable};
use super::{Service, Trip};
use crate::config::Config;
use crate::error::Failure;
use crate::host::Host;
use crate::http::answer::Account;

impl<H: Host> Service<H> {
    /// The plan gate. It costs nothing, is not limited, and never calls Stripe.
    pub(super) async fn account(
        &self,
        config: &Config,
        headers: &HeaderMap,
        trip: &mut Trip,
    ) -> Result<Account, Failure> {
        let user = self.authenticate(config, headers, trip).await?;
        let customer = self.customer(&user, trip).await;
        let plan = plan_of(&customer).to_owned();
        let portal_available =
            customer?.is_some_and(|customer| customer.fits_mode(config.stripe.livemode));
        let mut balance = self.balance(&user).await?;
        // Where calls cost nothing, nothing was ever taken off.
        if config.cost.request_cost > 0 {
            balance = balance
                .less_spent(&self.host, user.as_str())
                .await
                .map_err(|error| store_unavailable(format!("balance lookup failed: {error}")))?;
        }
        Ok(Account {
            plan,
            portal_available,
            current_balance: balance.current_balance,
            next_refill_at: balance.next_refill_at,
        })
    }
}
