//! What the doctor says of those who come and of those who run the kiosk: whether they get in, and for how long they are kept.

use std::time::Duration;

use super::{Check, Stored, run_this};
use crate::biometrics::Gallery;
use crate::desk::{self, Waits};
use crate::error::StoreError;
use crate::session::Policy;
use crate::ui::Message;

/// What the threshold promises with the people enrolled, and whom it cannot tell apart.
pub(super) fn decisions(stored: &Result<Stored, StoreError>, policy: &Policy) -> Check {
    const NAME: &str = "decisions";
    let nobody = Gallery::default();
    let gallery = match stored {
        Ok(Stored::Whole { loaded, .. }) => &loaded.gallery,
        Ok(Stored::Nothing) => &nobody,
        // What is wrong with it is told by the database's own check.
        Ok(Stored::Older) | Err(_) => return Check::well(NAME, "doctor-decisions-unknown"),
    };
    let enrolled = gallery.len();
    let alike = desk::look_alikes(gallery, policy).map(|pairs| pairs.len());
    let key = match alike {
        Some(0) => "doctor-decisions",
        Some(_) => "doctor-decisions-alike",
        None => "doctor-decisions-many",
    };
    let found = Message::new(key)
        .count("enrolled", enrolled)
        .decimal("threshold", policy.threshold(enrolled))
        .count("strangers", policy.false_accept_one_in)
        .count("people", policy.false_reject_one_in(enrolled));
    Check::well(NAME, if let Some(alike) = alike { found.count("alike", alike) } else { found })
}

/// Whether everybody can get in by what is asked for.
pub(super) fn sign_in(stored: &Result<Stored, StoreError>, policy: &Policy) -> Check {
    const NAME: &str = "signing in";
    match stored {
        Ok(Stored::Whole { shut_out, .. }) if policy.wants_pin() && *shut_out > 0 => {
            let found = Message::new("doctor-sign-in-without-pin").count("count", *shut_out);
            Check::unwell(NAME, found, run_this("mirilla users pin ADDRESS".into()))
        }
        Ok(Stored::Whole { .. } | Stored::Nothing) => Check::well(NAME, "doctor-sign-in-well"),
        // What is wrong with it is told by the database's own check.
        Ok(Stored::Older) | Err(_) => Check::well(NAME, "doctor-decisions-unknown"),
    }
}

/// Whether a PIN guards the operator's pages and commands: until then the first one to come there chooses it.
pub(super) fn operator(stored: &Result<Stored, StoreError>) -> Check {
    const NAME: &str = "operator";
    match stored {
        Ok(Stored::Whole { has_operator: true, .. }) => Check::well(NAME, "doctor-operator-well"),
        Ok(Stored::Whole { .. }) => {
            Check::unwell(NAME, "doctor-operator-none", run_this("mirilla operator pin".into()))
        }
        Ok(Stored::Nothing | Stored::Older) => Check::well(NAME, "doctor-operator-later"),
        // What is wrong with it is told by the database's own check.
        Err(_) => Check::well(NAME, "doctor-guessing-unknown"),
    }
}

/// Whether anybody has to wait at this moment, since too many tries have failed.
pub(super) fn guessing(stored: &Result<Stored, StoreError>) -> Check {
    const NAME: &str = "guessing";
    let waiting = |key, left: Duration| {
        Check::unwell(NAME, Message::new(key).count("seconds", left.as_secs()), "doctor-guessing-wait-try")
    };
    match stored {
        Ok(Stored::Whole { waits: Waits { kiosk: Some(left), .. }, .. }) => waiting("doctor-guessing-wait", *left),
        Ok(Stored::Whole { waits: Waits { operator: Some(left), .. }, .. }) => {
            waiting("doctor-guessing-operator", *left)
        }
        // The kiosk serves everybody else: it is told, and nothing is wrong.
        Ok(Stored::Whole { waits, .. }) if waits.accounts > 0 => {
            Check::caution(NAME, Message::new("doctor-guessing-accounts").count("count", waits.accounts))
        }
        Ok(_) => Check::well(NAME, "doctor-guessing-none"),
        // What is wrong with it is told by the database's own check.
        Err(_) => Check::well(NAME, "doctor-guessing-unknown"),
    }
}

/// Whether anybody is kept who has not come for too long.
pub(super) fn retention(stored: &Result<Stored, StoreError>, keep_days: u32) -> Check {
    const NAME: &str = "retention";
    match stored {
        Ok(Stored::Whole { overdue, .. }) if *overdue > 0 => {
            let found = Message::new("doctor-retention-overdue").count("count", *overdue).count("days", keep_days);
            Check::unwell(NAME, found, run_this("mirilla users prune".into()))
        }
        Ok(Stored::Whole { expired: Some((removed, ago)), .. }) => {
            let found = Message::new("doctor-retention-removed").count("days", keep_days);
            Check::well(NAME, found.count("removed", *removed).count("ago", *ago))
        }
        Ok(_) => Check::well(NAME, Message::new("doctor-retention-well").count("days", keep_days)),
        // What is wrong with it is told by the database's own check.
        Err(_) => Check::well(NAME, "doctor-guessing-unknown"),
    }
}
