//! The chance in a challenge.

use super::{DeskError, signing};
use crate::session::Order;

/// An order that nobody can foresee.
///
/// # Errors
/// [`DeskError::Random`] when the system has no random numbers.
pub fn draw_order() -> Result<Order, DeskError> {
    let bits = signing::random_bits()?;
    let mut words = bits.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    // Of 64 bits, the remainder by two, three or four is as good as even.
    Ok(Order::drawn(|n| words.next().map_or(0, |word| (word % n.max(1) as u64) as usize)))
}
