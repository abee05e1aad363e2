//! The customer who is to subscribe: the record's, or one that all calls of the user make together.

use super::past::Found;
use super::{Checkout, CustomerId, CustomerRecord, FailureKind, Next};
use crate::error::Failure;
use crate::platform::Platform;
use crate::stripe::customer::{self, creation};
use crate::stripe::idempotency::Idempotency;
use crate::sync;
use crate::text::sha256_hex;

impl<P: Platform> Checkout<'_, '_, P> {
    /// Returns the record's customer, if it exists and is not subscribed; `None` if one was made for the user, or
    /// found, and the record is to be read anew.
    ///
    /// # Errors
    /// The record's customer may be unknown to Stripe or belong to the other mode: a wrong key must not replace
    /// records.
    pub(super) async fn customer(
        &mut self,
        record: &CustomerRecord,
    ) -> Result<Option<CustomerId>, Failure> {
        if let Some(id) = self.trip.customer_of(record)? {
            match self.find(id).await? {
                Found::Living {
                    subscribed: true, ..
                } => return Err(super::already_subscribed()),
                Found::Living { .. } => return Ok(Some(id.clone())),
                Found::Missing => return Err(no_customer("Stripe has no such customer")),
                Found::Deleted => {}
            }
        }
        let mut found = self.search().await?;
        if found.is_empty() {
            found.extend(self.make().await?);
        }
        for id in found {
            self.synchronise(id).await?;
        }
        Ok(None)
    }

    /// Searches Stripe for customers that name the user: the oldest, and others that are subscribed, so that the user's
    /// record comes to name one of these. A search answers what was true some moments ago, so each is looked at.
    async fn search(&mut self) -> Result<Vec<CustomerId>, Failure> {
        let metadata_key = &self.trip.config.ownership.user_metadata_key;
        let call = customer::search(metadata_key, self.user);
        let answer = self.ask(call).await.result?;
        let mut users = Vec::new();
        for id in customer::oldest_first(&answer, metadata_key, self.user)? {
            if let Some(subscribed) = self.is_users(&id).await?
                && (subscribed || users.is_empty())
            {
                users.push(id);
            }
        }
        Ok(users)
    }

    /// Makes the user's customer, or gets the one that another call has made. `None` if all is to be read anew.
    async fn make(&mut self) -> Result<Option<CustomerId>, Failure> {
        let stem = self.customer_stem();
        let key = self.customer_key.of(&stem);
        let metadata_key = &self.trip.config.ownership.user_metadata_key;
        let call = creation::create(metadata_key, self.user, key);
        let report = self.ask(call).await;
        let replayed = report.idempotency == Idempotency::Replayed;
        // A customer that another call has made is as good as one's own, if it is still there.
        let next = match report.result {
            Ok(_) => Next::Stop,
            Err(_) => self.customer_key.after(&report),
        };
        let Some(answer) = self.settle(report, next).await? else {
            return Ok(None);
        };
        let id = customer::read_created(&answer)?;
        if replayed && self.is_users(&id).await?.is_none() {
            self.deleted.push_str(id.as_str());
            return Ok(None);
        }
        Ok(Some(id))
    }

    /// Returns the stem of the key that the user's customer is made under. It is made of the user, whose identifier stays
    /// here, and of the customers that were made under it before and are the user's no more.
    fn customer_stem(&self) -> String {
        let config = self.trip.config;
        let parts = [
            match config.stripe.livemode {
                Some(true) => "live",
                _ => "test",
            },
            &config.ownership.user_metadata_key,
            &self.deleted,
            self.user.as_str(),
        ];
        // No part but the last can have a line break in it.
        format!(
            "portico-customer-{}",
            sha256_hex(parts.join("\n").as_bytes(), 32)
        )
    }

    /// Looks at a customer that may be the user's: whether it is subscribed; `None` if it does not exist, or does not name
    /// the user.
    async fn is_users(&mut self, id: &CustomerId) -> Result<Option<bool>, Failure> {
        let metadata_key = &self.trip.config.ownership.user_metadata_key;
        Ok(match self.find(id).await? {
            Found::Living {
                customer,
                subscribed,
            } => {
                let named = customer.metadata.get(metadata_key).map(String::as_str);
                (named == Some(self.user.as_str())).then_some(subscribed)
            }
            Found::Deleted | Found::Missing => None,
        })
    }

    /// Brings the user's record up to date with a customer. Simultaneous calls do the same, and may keep one another from
    /// it for a while; then all is read anew, and most likely one of them has done it.
    async fn synchronise(&mut self, id: CustomerId) -> Result<(), Failure> {
        match sync::for_customer(self.trip, self.deadline, self.user, id).await {
            Err(failure) if failure.kind == FailureKind::StoreUnavailable => {
                self.last = Some(failure);
                self.pause().await;
                Ok(())
            }
            done => done,
        }
    }
}

fn no_customer(reason: &'static str) -> Failure {
    Failure::new(FailureKind::NoStripeCustomer, reason)
}
