//! An on-screen keyboard for a touch screen: one widget.
//!
//! ```no_run
//! # use mirilla::ui::keyboard::*;
//! # fn screen(ui: &mut egui::Ui, keyboard: &mut Keyboard, name: &mut String, words: &Words<'_>) {
//! let field = ui.add(egui::TextEdit::singleline(name));
//! let before = before_cursor(ui.ctx(), field.id, name).to_owned();
//! let request = Request {
//!     layout: Layout::Spanish,
//!     purpose: Purpose::Name,
//!     before_cursor: &before,
//!     enter: "Siguiente",
//!     words,
//!     palette: Palette::from_visuals(ui.visuals()),
//! };
//! match keyboard.show(ui, &request) {
//!     Some(Output::Enter) => { /* the next screen */ }
//!     Some(Output::Hide) => { /* do not show the keyboard any more */ }
//!     Some(output) => type_into(ui.ctx(), field.id, name, &output),
//!     None => {}
//! }
//! # }
//! ```
//!
//! Keys are pressed by touch, by mouse, by a screen reader, or with Space and Enter once Tab has led to them. A touch
//! leaves the keyboard focus with the text field.

mod board;
mod edit;
mod layout;
mod paint;
mod palette;
mod typist;
mod widget;

pub use edit::{apply, before_cursor, type_into};
pub use layout::{Layout, Purpose};
pub use palette::Palette;

use egui::Id;
use typist::Typist;

/// What the person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Put this at the cursor.
    Text(String),
    /// Delete the letter before the cursor.
    Backspace,
    /// Done with this field.
    Enter,
    /// Put the keyboard away. The field has lost the focus.
    Hide,
    /// Move the cursor one letter to the left.
    Left,
    /// Move the cursor one letter to the right.
    Right,
}

/// What keys without a letter are called, for screen readers.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The keyboard as a whole.
    pub keyboard: &'a str,
    /// The shift key. Whether it is on is told beside the name.
    pub shift: &'a str,
    /// The shift key while it is locked.
    pub caps_lock: &'a str,
    /// The key that deletes.
    pub backspace: &'a str,
    /// The space bar.
    pub space: &'a str,
    /// The key that puts the keyboard away.
    pub hide: &'a str,
    /// The key that leads to digits and signs.
    pub symbols: &'a str,
    /// The key that leads back to the letters.
    pub letters: &'a str,
    /// The key that moves the cursor to the left.
    pub left: &'a str,
    /// The key that moves the cursor to the right.
    pub right: &'a str,
    /// The accents that a long press on this letter shows.
    pub accents: &'a dyn Fn(&str) -> String,
}

/// What the keyboard shall be in this frame.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Whose letters.
    pub layout: Layout,
    /// What for.
    pub purpose: Purpose,
    /// The text before the cursor: after it a capital is or is not expected. See [`before_cursor`].
    pub before_cursor: &'a str,
    /// What the last key says: "Next", "Done". Where there is no room for it an arrow stands in its place.
    pub enter: &'a str,
    /// Names for screen readers.
    pub words: &'a Words<'a>,
    /// Colors.
    pub palette: Palette,
}

/// The keyboard's state between frames.
#[derive(Debug, Default)]
pub struct Keyboard {
    typist: Typist,
    /// What the page and shift were chosen for.
    chosen_for: Option<(Layout, Purpose)>,
    /// The text field that a touch of a key must not take the focus from.
    field: Option<Id>,
    /// Whether a finger that went down on the keyboard is still there.
    finger: bool,
    /// For how many frames more egui may still take the focus from the field because of that finger.
    guard: u8,
}

#[cfg(test)]
mod tests;
