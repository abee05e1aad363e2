//! `POST /api/v1/billing/sync`: brings the caller's own record up to date, and answers as the plan gate does. A page calls
//! it after a checkout, where Stripe's event may not have come yet.

use super::balance;
use crate::answer::Reply;
use crate::error::Failure;
use crate::inbound::Head;
use crate::platform::Platform;
use crate::sync;
use crate::trip::{Caller, Trip};

pub(super) async fn serve<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
) -> Result<Reply, Failure> {
    let Caller { user, record, .. } = trip.admit_user(&head.headers).await?;
    record?;
    sync::for_caller(trip, &user).await?;
    balance::answer(trip, &user).await
}
