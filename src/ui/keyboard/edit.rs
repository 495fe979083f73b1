//! What a key does to a text, and the text field that shows it.
//!
//! The alternative is to put `egui::Event::Text` and `Key` into the input, so that the text field reads them as if
//! they came from a real keyboard. That works only for fields shown after the keyboard in the same pass, or with a
//! hook into the next pass's input, and only while the field has the focus: else a letter is lost without a word.
//! Here the text changes at once, whoever has the focus and whatever is shown first.

use super::Output;
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Does `output` to `text` at `cursor`, which counts `char`s and is taken as the end where it lies beyond.
///
/// Backspace and the arrows take a letter with all its accents as one. `Enter` and `Hide` change nothing.
pub fn apply(text: &mut String, cursor: &mut usize, output: &Output) {
    let at = byte_of(text, *cursor);
    let after = match output {
        Output::Text(typed) => {
            text.insert_str(at, typed);
            at + typed.len()
        }
        Output::Backspace => {
            let from = boundary_before(text, at);
            text.replace_range(from..at, "");
            from
        }
        Output::Left => boundary_before(text, at),
        Output::Right => boundary_after(text, at),
        Output::Enter | Output::Hide => at,
    };
    *cursor = text[..after].chars().count();
}

/// Does `output` to `text` as the [`egui::TextEdit`] with this `id` shows it: at its cursor, in place of its selection.
///
/// Call it before or after the field is shown. A field that was never touched has its cursor at the end. Nothing
/// limits the length: a `TextEdit::char_limit` is not known here.
pub fn type_into(ctx: &egui::Context, id: egui::Id, text: &mut String, output: &Output) {
    if matches!(output, Output::Enter | Output::Hide) {
        return;
    }
    let mut state = TextEditState::load(ctx, id).unwrap_or_default();
    let selected = selection(&state, text);
    let mut cursor = match output {
        Output::Right => selected.end,
        _ => selected.start,
    };
    if selected.is_empty() {
        apply(text, &mut cursor, output);
    } else if matches!(output, Output::Text(_) | Output::Backspace) {
        let bytes = byte_of(text, selected.start)..byte_of(text, selected.end);
        text.replace_range(bytes, "");
        if matches!(output, Output::Text(_)) {
            apply(text, &mut cursor, output);
        }
    }
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(cursor))));
    state.store(ctx, id);
    ctx.request_repaint();
}

/// The part of `text` before the cursor of the [`egui::TextEdit`] with this `id`, for
/// [`Request::before_cursor`](super::Request::before_cursor).
pub fn before_cursor<'a>(ctx: &egui::Context, id: egui::Id, text: &'a str) -> &'a str {
    let state = TextEditState::load(ctx, id).unwrap_or_default();
    &text[..byte_of(text, selection(&state, text).start)]
}

/// The selected `char`s, an empty range being a cursor.
fn selection(state: &TextEditState, text: &str) -> Range<usize> {
    let end = text.chars().count();
    match state.cursor.char_range() {
        Some(range) => {
            let range = range.as_sorted_char_range();
            range.start.0.min(end)..range.end.0.min(end)
        }
        None => end..end,
    }
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

fn boundary_before(text: &str, at: usize) -> usize {
    text.grapheme_indices(true).map(|(start, _)| start).take_while(|&start| start < at).last().unwrap_or(0)
}

fn boundary_after(text: &str, at: usize) -> usize {
    text.grapheme_indices(true).map(|(start, _)| start).find(|&start| start > at).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
