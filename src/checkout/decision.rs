//! Decides what to do about a customer who wants to subscribe: a pure function of Stripe's present state.

use crate::stripe::checkout_session::listing::{OwnSession, Status};
use crate::stripe::checkout_session::mark::Digest;
use crate::stripe_id::CheckoutSessionId;

/// The least seconds that a page must last to be handed out again: a buyer needs time to pay.
const LEAST_LEFT: u64 = 600;

/// The subscriptions and sessions that Stripe has of a user's customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// True if a subscription of one of them is not over.
    pub subscribed: bool,
    /// Portico's sessions of the customer.
    pub sessions: Vec<OwnSession>,
    /// Portico's sessions of the user's other customers.
    pub of_others: Vec<OwnSession>,
}

/// The decision about a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'p> {
    /// Refuse: the user has a subscription.
    Refuse,
    /// Hand out the page of this session.
    Return(&'p OwnSession),
    /// End these sessions, and then make one with this number; read all anew where there is none, because a session
    /// stays open.
    Expire {
        /// The sessions that must not be paid any more.
        sessions: Vec<&'p CheckoutSessionId>,
        /// The number of the next one.
        then_create: Option<u64>,
    },
    /// Make a session with this number.
    Create(u64),
}

impl Past {
    /// Decides what to do for a caller whose choice has this digest. The time is in Unix seconds.
    ///
    /// The number of a new session follows from Portico's own sessions alone, never from the order of a list, which is
    /// arbitrary within a second, nor from how many others have made. So two calls that have seen the same come to the
    /// same number, whose key serves one of them.
    #[must_use]
    pub fn decide(&self, choice: &Digest, now: u64) -> Decision<'_> {
        if self.subscribed {
            return Decision::Refuse;
        }
        let open = |session: &&OwnSession| session.status == Status::Open;
        let is_good = |session: &&OwnSession| {
            session.mark.digest == *choice
                && session.expires_at >= now.saturating_add(LEAST_LEFT)
                && !session.url.is_empty()
        };
        // Of two that are alike, the older stays.
        let kept = self
            .sessions
            .iter()
            .filter(open)
            .filter(is_good)
            .min_by_key(|session| (session.mark.number, session.id.as_str()));
        let sessions: Vec<_> = self
            .sessions
            .iter()
            .chain(&self.of_others)
            .filter(open)
            .map(|session| &session.id)
            .filter(|id| kept.is_none_or(|kept| kept.id != **id))
            .collect();
        let numbers = self.sessions.iter().map(|session| session.mark.number);
        let next = numbers.max().unwrap_or_default().saturating_add(1);
        match kept {
            Some(kept) if sessions.is_empty() => Decision::Return(kept),
            None if sessions.is_empty() => Decision::Create(next),
            _ => Decision::Expire {
                sessions,
                then_create: kept.is_none().then_some(next),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::checkout_session::mark::Mark;

    const NOW: u64 = 1_000_000;

    /// Returns the digest of a mark that Portico read.
    fn digest(choice: &str) -> Digest {
        Mark::parse(&format!("1 {choice}")).unwrap().digest
    }

    /// Sessions, each `number choice status` and, where it is not a day, the seconds that are left.
    fn sessions(texts: &[&str]) -> Vec<OwnSession> {
        let session = |text: &&str| {
            let mut words = text.split(' ');
            let (number, choice) = (words.next().unwrap(), words.next().unwrap());
            let status = match words.next().unwrap() {
                "open" => Status::Open,
                "complete" => Status::Complete,
                _ => Status::Expired,
            };
            let left: u64 = words.next().map_or(86_400, |left| left.parse().unwrap());
            OwnSession {
                id: CheckoutSessionId::parse(&format!("cs_{number}")).unwrap(),
                mark: Mark::parse(&format!("{number} {choice}")).unwrap(),
                status,
                created: NOW,
                expires_at: NOW + left,
                url: "https://checkout.stripe.com/c/pay/1".to_owned(),
            }
        };
        texts.iter().map(session).collect()
    }

    /// Writes the decision for the choice `a` in few words.
    fn decided(subscribed: bool, own: &[&str], of_others: &[&str]) -> String {
        let past = Past {
            subscribed,
            sessions: sessions(own),
            of_others: sessions(of_others),
        };
        match past.decide(&digest("a"), NOW) {
            Decision::Refuse => "refuse".to_owned(),
            Decision::Return(session) => format!("return {}", session.id),
            Decision::Create(number) => format!("create {number}"),
            Decision::Expire {
                sessions,
                then_create,
            } => {
                let ids: Vec<_> = sessions.iter().map(|id| id.as_str()).collect();
                let then =
                    then_create.map_or("read".to_owned(), |number| format!("create {number}"));
                format!("expire {} then {then}", ids.join(" "))
            }
        }
    }

    #[test]
    fn what_stripe_has_decides_what_is_done() {
        for (own, expected) in [
            // Nothing is open.
            (&[] as &[&str], "create 1"),
            (&["1 a expired"], "create 2"),
            (&["1 a complete"], "create 2"),
            (
                &["3 b expired", "1 a complete", "7 a expired", "2 a expired"],
                "create 8",
            ),
            // One is open, and what was asked for.
            (&["1 a open"], "return cs_1"),
            (&["5 a open", "4 b expired"], "return cs_5"),
            (&["1 a open 600"], "return cs_1"),
            // It is something else, or has too little time left.
            (&["1 b open"], "expire cs_1 then create 2"),
            (&["1 a open 599"], "expire cs_1 then create 2"),
            (&["1 a open 0", "4 a expired"], "expire cs_1 then create 5"),
            // Several are open.
            (&["2 b open", "1 c open"], "expire cs_2 cs_1 then create 3"),
            (&["2 a open", "1 a open"], "expire cs_2 then read"),
            (&["1 a open", "2 a open"], "expire cs_2 then read"),
            (&["2 a open", "1 a open 10"], "expire cs_1 then read"),
            (&["2 b open", "1 a open"], "expire cs_2 then read"),
        ] {
            assert_eq!(decided(false, own, &[]), expected, "{own:?}");
            assert_eq!(decided(true, own, &[]), "refuse", "{own:?}");
        }
    }

    #[test]
    fn a_session_of_another_customer_of_the_user_is_ended_and_gives_no_number() {
        for (own, of_others, expected) in [
            (
                &[] as &[&str],
                &["4 a open"] as &[&str],
                "expire cs_4 then create 1",
            ),
            (&["1 a open"], &["4 a open"], "expire cs_4 then read"),
            (&["1 a open"], &["4 a expired"], "return cs_1"),
            (&["1 b expired"], &["4 a complete"], "create 2"),
        ] {
            assert_eq!(
                decided(false, own, of_others),
                expected,
                "{own:?} {of_others:?}"
            );
        }
    }

    #[test]
    fn an_open_session_without_a_page_is_not_handed_out() {
        let mut past = Past {
            sessions: sessions(&["1 a open"]),
            ..Past::default()
        };
        past.sessions[0].url.clear();
        assert!(matches!(
            past.decide(&digest("a"), NOW),
            Decision::Expire {
                then_create: Some(2),
                ..
            }
        ));
    }
}
