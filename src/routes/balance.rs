//! `GET /api/v1/account/balance`: the plan gate, which a page asks before it shows the button. It costs nothing, is not
//! limited, and never calls Stripe.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Reply;
use crate::error::Failure;
use crate::inbound::Head;
use crate::plan::PlanName;
use crate::platform::Platform;
use crate::trip::Trip;
use crate::user::User;

#[derive(Serialize)]
struct Account<'a> {
    plan: &'a PlanName,
    portal_available: bool,
    /// `null` where the record is corrupt and calls cost nothing.
    current_balance: Option<i64>,
    next_refill_at: Option<&'a str>,
}

pub(super) async fn serve<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
) -> Result<Reply, Failure> {
    let user = trip.authenticate(&head.headers).await?;
    answer(trip, &user).await
}

/// Answers with the user's balance.
pub(super) async fn answer<P: Platform>(
    trip: &mut Trip<'_, P>,
    user: &User,
) -> Result<Reply, Failure> {
    let record = trip.customer_record(user).await?;
    let balance = trip.remaining_balance(user).await?;
    let account = Account {
        plan: &record.plan,
        portal_available: record.customer.is_some()
            && record.fits_mode(trip.config.stripe.livemode),
        current_balance: balance.as_ref().map(|balance| balance.current_balance),
        next_refill_at: balance
            .as_ref()
            .and_then(|balance| balance.next_refill_at.as_deref()),
    };
    Reply::json(StatusCode::OK, &account)
}
