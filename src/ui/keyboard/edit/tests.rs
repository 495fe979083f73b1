use super::*;
use proptest::prelude::*;

fn text(text: &str) -> Output {
    Output::Text(text.to_owned())
}

#[test]
fn a_letter_goes_with_all_its_accents() {
    // Composed, decomposed, a flag, a family: each is one to its reader.
    for letter in ["é", "e\u{301}", "🇪🇸", "👨‍👩‍👧"] {
        let (mut typed, mut cursor) = (format!("x{letter}y"), 1 + letter.chars().count());
        apply(&mut typed, &mut cursor, &Output::Left);
        assert_eq!(cursor, 1);
        apply(&mut typed, &mut cursor, &Output::Right);
        apply(&mut typed, &mut cursor, &Output::Backspace);
        assert_eq!((typed.as_str(), cursor), ("xy", 1));
    }
}

#[test]
fn the_ends_hold() {
    let (mut typed, mut cursor) = (String::new(), 0);
    for output in [Output::Backspace, Output::Left, Output::Right, Output::Enter, Output::Hide] {
        apply(&mut typed, &mut cursor, &output);
        assert_eq!((typed.as_str(), cursor), ("", 0));
    }
    cursor = 9;
    apply(&mut typed, &mut cursor, &text("ab"));
    assert_eq!((typed.as_str(), cursor), ("ab", 2));
}

#[test]
fn a_selection_is_replaced_and_the_cursor_follows() {
    let (ctx, id) = (egui::Context::default(), egui::Id::unique("field"));
    let select = |start: usize, end: usize| {
        let mut state = TextEditState::default();
        state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(end), CCursor::new(start))));
        state.store(&ctx, id);
    };
    let mut typed = "añbc".to_owned();
    type_into(&ctx, id, &mut typed, &text("d"));
    assert_eq!((typed.as_str(), before_cursor(&ctx, id, &typed)), ("añbcd", "añbcd"));
    for (output, expected, before) in [
        (text("X"), "aXcd", "aX"),
        (Output::Backspace, "acd", "a"),
        (Output::Left, "añbcd", "a"),
        (Output::Right, "añbcd", "añb"),
        (Output::Enter, "añbcd", "a"),
    ] {
        let mut typed = typed.clone();
        select(1, 3);
        assert_eq!(before_cursor(&ctx, id, &typed), "a");
        type_into(&ctx, id, &mut typed, &output);
        assert_eq!((typed.as_str(), before_cursor(&ctx, id, &typed)), (expected, before));
    }
}

fn outputs() -> impl Strategy<Value = Output> {
    prop_oneof![
        ".{0,3}".prop_map(Output::Text),
        Just(Output::Backspace),
        Just(Output::Left),
        Just(Output::Right),
        Just(Output::Enter),
        Just(Output::Hide),
    ]
}

proptest! {
    #[test]
    fn only_what_is_before_the_cursor_changes(before in ".{0,8}", after in ".{0,8}", output in outputs()) {
        let (mut typed, mut cursor) = (format!("{before}{after}"), before.chars().count());
        apply(&mut typed, &mut cursor, &output);
        prop_assert!(cursor <= typed.chars().count());
        prop_assert!(typed.ends_with(&after));
        match output {
            Output::Text(text) => {
                prop_assert_eq!(&typed, &format!("{before}{text}{after}"));
                prop_assert_eq!(cursor, before.chars().count() + text.chars().count());
            }
            Output::Backspace => {
                let kept = &typed[..typed.len() - after.len()];
                prop_assert!(before.starts_with(kept) && (kept.len() < before.len() || before.is_empty()));
                prop_assert_eq!(cursor, kept.chars().count());
            }
            _ => prop_assert_eq!(typed, format!("{before}{after}")),
        }
    }

    #[test]
    fn any_keys_on_any_text_keep_the_cursor_inside(
        start in ".{0,8}", cursor in 0usize..12, keys in proptest::collection::vec(outputs(), 0..30)
    ) {
        let (mut typed, mut cursor) = (start, cursor);
        for key in keys {
            apply(&mut typed, &mut cursor, &key);
            prop_assert!(cursor <= typed.chars().count());
        }
        for _ in 0..=typed.chars().count() {
            apply(&mut typed, &mut cursor, &Output::Right);
        }
        prop_assert_eq!(cursor, typed.chars().count());
        while cursor > 0 {
            apply(&mut typed, &mut cursor, &Output::Backspace);
        }
        prop_assert_eq!(typed, "");
    }

    #[test]
    fn left_leads_back_from_right(text in ".{0,8}", steps in 0usize..8) {
        let (mut typed, mut cursor) = (text, 0);
        for _ in 0..steps {
            apply(&mut typed, &mut cursor, &Output::Right);
        }
        let here = cursor;
        apply(&mut typed, &mut cursor, &Output::Right);
        if cursor > here {
            apply(&mut typed, &mut cursor, &Output::Left);
            prop_assert_eq!(cursor, here);
        }
    }
}
