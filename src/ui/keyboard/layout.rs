//! Which keys there are and where they lie: tables and arithmetic, no drawing.

/// Whose letters the keyboard has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// QWERTY.
    English,
    /// QWERTY with ñ.
    Spanish,
}

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A person's name: a row of accented letters, hyphen and apostrophe, each word begins with a capital.
    Name,
    /// An e-mail address: a row of digits, and `@`, `.`, `_`, `-` and endings instead of a space bar.
    Email,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Letters,
    Symbols,
}

/// A key, by what it does. No page has the same key twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Char(char),
    Snippet(&'static str),
    Shift,
    Backspace,
    Space,
    Page,
    Hide,
    Left,
    Right,
    Enter,
}

impl Key {
    /// Whether holding it down does it again and again.
    pub(super) fn repeats(self) -> bool {
        matches!(self, Self::Backspace | Self::Left | Self::Right)
    }

    /// What a long press offers, the letter itself first.
    pub(super) fn choices(self) -> Vec<char> {
        match self {
            Self::Char(letter) => match accents(letter) {
                "" => vec![],
                accents => std::iter::once(letter).chain(accents.chars()).collect(),
            },
            _ => vec![],
        }
    }
}

/// A key's place: row from the top; start and width in quarters of a letter's width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) key: Key,
    pub(super) row: u8,
    pub(super) start: u8,
    pub(super) width: u8,
}

/// Rows of every page: the height is the same whatever is typed, so that nothing jumps between two fields.
pub(super) const ROWS: u8 = 5;
/// The width of every page, in quarters of a letter's width.
pub(super) const QUARTERS: u8 = 40;
const LETTER: u8 = 4;

/// All keys of a page.
pub(super) fn cells(layout: Layout, purpose: Purpose, page: Page) -> Vec<Cell> {
    let mut cells = vec![];
    let mut add = |row, start, keys: &[(Key, u8)]| {
        keys.iter().fold(start, |start, &(key, width)| {
            cells.push(Cell { key, row, start, width });
            start + width
        });
    };
    let letters = |keys: &str| keys.chars().map(|key| (Key::Char(key), LETTER)).collect::<Vec<_>>();
    // Digits are rare in names and accents in addresses, so that each has at hand what the other keeps on a second
    // page or behind a long press.
    let top = match (page, purpose, layout) {
        (Page::Letters, Purpose::Name, Layout::English) => "áéíóúñüöäç",
        (Page::Letters, Purpose::Name, Layout::Spanish) => "áéíóúüçàèò",
        _ => "1234567890",
    };
    add(0, 0, &letters(top));
    match (page, layout) {
        (Page::Letters, layout) => {
            add(1, 0, &letters("qwertyuiop"));
            match layout {
                Layout::English => add(2, LETTER / 2, &letters("asdfghjkl")),
                Layout::Spanish => add(2, 0, &letters("asdfghjklñ")),
            }
            add(3, 0, &[(Key::Shift, 6)]);
            add(3, 6, &letters("zxcvbnm"));
        }
        (Page::Symbols, _) => {
            add(1, 0, &letters("+-=/*&#%$€"));
            add(2, 0, &letters("!?'\"():;,_"));
            add(3, 6, &letters("`^~{|}·"));
        }
    }
    add(3, 34, &[(Key::Backspace, 6)]);
    add(4, 0, &[(Key::Page, 4), (Key::Hide, 4)]);
    let (at, dot) = ((Key::Char('@'), LETTER), (Key::Char('.'), LETTER));
    let (com, es) = (Key::Snippet(".com"), Key::Snippet(".es"));
    match (page, purpose, layout) {
        (Page::Letters, Purpose::Name, _) => {
            add(4, 8, &letters("'-"));
            add(4, 16, &[(Key::Space, 14), (Key::Enter, 10)]);
        }
        (Page::Letters, Purpose::Email, Layout::English) => {
            add(4, 8, &letters("@._-"));
            add(4, 24, &[(com, 6), (Key::Enter, 10)]);
        }
        (Page::Letters, Purpose::Email, Layout::Spanish) => {
            add(4, 8, &letters("@._-"));
            add(4, 24, &[(com, 5), (es, 4), (Key::Enter, 7)]);
        }
        (Page::Symbols, Purpose::Name, _) => {
            add(4, 8, &[(Key::Left, 4), (Key::Right, 4), dot, (Key::Space, 10), (Key::Enter, 10)]);
        }
        (Page::Symbols, Purpose::Email, _) => {
            add(4, 8, &[(Key::Left, 4), (Key::Right, 4), at, dot, (com, 6), (Key::Enter, 10)]);
        }
    }
    cells
}

/// The relatives of a letter that names in Europe and the Americas have, the most frequent first.
fn accents(letter: char) -> &'static str {
    match letter {
        'a' => "áàâäãåæª",
        'c' => "çćč",
        'd' => "ðđ",
        'e' => "éèêëęě",
        'g' => "ğ",
        'i' => "íìîï",
        'l' => "łľ",
        'n' => "ñńň",
        'o' => "óòôöõøœº",
        'r' => "řŕ",
        's' => "ßśšş",
        't' => "ťţ",
        'u' => "úùûüůű",
        'y' => "ýÿ",
        'z' => "žźż",
        _ => "",
    }
}

/// `letter` as a capital where asked for and where there is one.
pub(super) fn cased(letter: char, capital: bool) -> String {
    match letter {
        _ if !capital => letter.to_string(),
        // Unicode makes two letters of it.
        'ß' => "ẞ".to_owned(),
        _ => letter.to_uppercase().collect(),
    }
}

/// Whether a capital is expected after `before`: at the start of each word of a name, nowhere in an address.
pub(super) fn capital_after(before: &str, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Email => false,
        // Ana María, Jean-Luc, O'Neill, J.R.
        Purpose::Name => before.chars().next_back().is_none_or(|last| last.is_whitespace() || "-'’.".contains(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn pages() -> Vec<Vec<Cell>> {
        let mut pages = vec![];
        for layout in [Layout::English, Layout::Spanish] {
            for purpose in [Purpose::Name, Purpose::Email] {
                pages.extend([Page::Letters, Page::Symbols].map(|page| cells(layout, purpose, page)));
            }
        }
        pages
    }

    #[test]
    fn keys_stand_apart_within_the_page_and_none_comes_twice() {
        for page in pages() {
            let keys: HashSet<_> = page.iter().map(|cell| cell.key).collect();
            assert_eq!(keys.len(), page.len());
            for (i, a) in page.iter().enumerate() {
                assert!(a.width >= LETTER && a.start + a.width <= QUARTERS && a.row < ROWS, "{a:?}");
                for b in &page[..i] {
                    assert!(
                        a.row != b.row || a.start >= b.start + b.width || b.start >= a.start + a.width,
                        "{a:?}{b:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_page_has_what_its_field_needs() {
        let has =
            |page: &[Cell], keys: &str| keys.chars().all(|key| page.iter().any(|cell| cell.key == Key::Char(key)));
        for layout in [Layout::English, Layout::Spanish] {
            let email = cells(layout, Purpose::Email, Page::Letters);
            assert!(has(&email, "abcdefghijklmnopqrstuvwxyz0123456789@._-"));
            // RFC 5322's atom text, over both pages.
            let symbols = cells(layout, Purpose::Email, Page::Symbols);
            assert!(has(&[email, symbols].concat(), "!#$%&'*+-/=?^_`{|}~."));
            assert!(has(&cells(layout, Purpose::Name, Page::Letters), "abcdefghijklmnopqrstuvwxyz'-áéíóúü"));
            assert!(has(&cells(layout, Purpose::Name, Page::Symbols), "0123456789."));
        }
        assert!(has(&cells(Layout::Spanish, Purpose::Email, Page::Letters), "ñ"));
    }

    #[test]
    fn a_long_press_offers_at_most_a_row() {
        for letter in 'a'..='z' {
            let choices = Key::Char(letter).choices();
            assert!(choices.len() <= usize::from(QUARTERS / LETTER));
            assert!(choices.is_empty() || choices[0] == letter);
            assert_eq!(choices.iter().collect::<HashSet<_>>().len(), choices.len());
        }
    }

    #[test]
    fn words_of_a_name_begin_with_a_capital() {
        for before in ["", "Ana ", "Jean-", "O'", "O’", "J."] {
            assert!(capital_after(before, Purpose::Name), "{before}");
        }
        assert!(!capital_after("Ana", Purpose::Name));
    }

    proptest! {
        #[test]
        fn addresses_have_no_capitals(before in ".*") {
            prop_assert!(!capital_after(&before, Purpose::Email));
        }

        #[test]
        fn a_capital_is_one_letter(letter in proptest::sample::select("abcñçßáéíóúüªº1@".chars().collect::<Vec<_>>())) {
            prop_assert_eq!(cased(letter, true).chars().count(), 1);
            prop_assert_eq!(cased(letter, false), letter.to_string());
        }
    }
}
