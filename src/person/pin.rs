//! A number that only one person knows.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// Fewest digits of a PIN.
pub const PIN_LEAST_DIGITS: usize = 6;
/// Most digits of a PIN.
pub const PIN_MOST_DIGITS: usize = 12;

/// A PIN: [`PIN_LEAST_DIGITS`] to [`PIN_MOST_DIGITS`] digits; wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

/// Why digits are no PIN. The text never repeats them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Something else than digits.
    #[error("a PIN has digits and nothing else")]
    NotDigits,
    /// Too few or too many.
    #[error("a PIN has {PIN_LEAST_DIGITS} to {PIN_MOST_DIGITS} digits")]
    Length,
    /// One of those that are tried first.
    #[error("this PIN is too easy to guess: no rows of digits such as 123456, and none that repeat")]
    Obvious,
}

impl Pin {
    /// The digits themselves.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Whether it may be chosen: not one of those that are tried first.
    ///
    /// # Errors
    /// [`PinError::Obvious`].
    pub fn is_fit_to_be_chosen(&self) -> Result<(), PinError> {
        let digits = self.0.as_bytes();
        let row = |step: u8| digits.windows(2).all(|two| (two[0] - b'0' + step) % 10 == two[1] - b'0');
        let repeats = |length: usize| digits.iter().zip(&digits[length..]).all(|(one, later)| one == later);
        if row(1) || row(9) || (1..=3).any(repeats) { Err(PinError::Obvious) } else { Ok(()) }
    }
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        match text.len() {
            _ if !text.bytes().all(|byte| byte.is_ascii_digit()) => Err(PinError::NotDigits),
            PIN_LEAST_DIGITS..=PIN_MOST_DIGITS => Ok(Self(Zeroizing::new(text.to_owned()))),
            _ => Err(PinError::Length),
        }
    }
}

// A PIN must not get into a log.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// Digits while they are typed: a PIN, or not yet one. At most [`PIN_MOST_DIGITS`]; wiped when they are dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Digits(Zeroizing<String>);

impl Digits {
    /// What of a text are digits, as far as there is room.
    pub fn of(text: &str) -> Self {
        let mut digits = Zeroizing::new(String::with_capacity(PIN_MOST_DIGITS));
        digits.extend(text.chars().filter(char::is_ascii_digit).take(PIN_MOST_DIGITS));
        Self(digits)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The same and one more, where there is room.
    #[must_use]
    pub fn and(&self, digit: char) -> Self {
        let mut longer = Zeroizing::new(String::with_capacity(PIN_MOST_DIGITS + 1));
        longer.push_str(&self.0);
        longer.push(digit);
        Self::of(&longer)
    }

    /// The same without the last.
    #[must_use]
    pub fn less_one(&self) -> Self {
        Self::of(&self.0[..self.0.len().saturating_sub(1)])
    }

    /// The PIN that they are.
    ///
    /// # Errors
    /// [`PinError::Length`] where they are none.
    pub fn pin(&self) -> Result<Pin, PinError> {
        self.0.parse()
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_to_twelve_digits_are_a_pin_and_nothing_else_is() {
        for (text, is) in [
            ("482913", Ok(())),
            ("482913048291", Ok(())),
            ("48291", Err(PinError::Length)),
            ("4829130482913", Err(PinError::Length)),
            ("", Err(PinError::Length)),
            ("48291a", Err(PinError::NotDigits)),
            ("482 913", Err(PinError::NotDigits)),
            ("٤٨٢٩١٣", Err(PinError::NotDigits)),
        ] {
            assert_eq!(text.parse::<Pin>().map(|_| ()), is, "{text}");
        }
        assert_eq!(format!("{:?}", "482913".parse::<Pin>().unwrap()), "Pin(..)");
    }

    #[test]
    fn digits_grow_and_shrink_and_hold_nothing_else() {
        let digits = "4829".chars().fold(Digits::default(), |digits, digit| digits.and(digit)).and('x');
        assert_eq!((digits.count(), digits.pin()), (4, Err(PinError::Length)));
        assert_eq!(digits.less_one(), Digits::of("48 2"));
        assert_eq!(Digits::default().less_one(), Digits::default());
        assert_eq!(Digits::of(&"48".repeat(20)).count(), PIN_MOST_DIGITS);
        assert_eq!(Digits::of("482913").pin(), "482913".parse());
        assert_eq!(format!("{:?}", Digits::of("482913")), "Digits(..)");
    }

    #[test]
    fn what_is_tried_first_is_not_chosen() {
        for obvious in ["000000", "123456", "654321", "890123", "121212", "123123", "7777777", "10987654"] {
            assert_eq!(obvious.parse::<Pin>().unwrap().is_fit_to_be_chosen(), Err(PinError::Obvious), "{obvious}");
        }
        for fit in ["482913", "112233", "135792", "123457", "123412"] {
            assert_eq!(fit.parse::<Pin>().unwrap().is_fit_to_be_chosen(), Ok(()), "{fit}");
        }
    }
}
