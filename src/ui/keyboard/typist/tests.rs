use super::*;
use proptest::prelude::*;

const A: Key = Key::Char('a');

fn at(now: f64) -> Context<'static> {
    Context { now, purpose: Purpose::Name, before: "An" }
}

fn tap(typist: &mut Typist, key: Key, context: Context<'_>) {
    typist.step(Finger::Down(Spot::Key(key)), context);
    typist.step(Finger::Up(Spot::Key(key)), context);
}

fn taken(typist: &mut Typist) -> Vec<Output> {
    std::iter::from_fn(|| typist.take()).collect()
}

fn text(text: &str) -> Output {
    Output::Text(text.to_owned())
}

#[test]
fn a_name_begins_with_a_capital_even_when_two_letters_come_at_once() {
    let mut typist = Typist::default();
    let context = Context { before: "", ..at(0.0) };
    tap(&mut typist, A, context);
    tap(&mut typist, Key::Char('n'), context);
    tap(&mut typist, Key::Space, context);
    tap(&mut typist, Key::Char('ñ'), context);
    assert_eq!(taken(&mut typist), ["A", "n", " ", "Ñ"].map(text));
}

#[test]
fn shift_is_for_one_letter_and_undoes_an_automatic_capital() {
    let mut typist = Typist::default();
    tap(&mut typist, Key::Shift, at(0.0));
    assert_eq!(typist.shift(at(0.0)), Shift::Once);
    tap(&mut typist, A, at(1.0));
    tap(&mut typist, A, at(2.0));
    assert_eq!(taken(&mut typist), ["A", "a"].map(text));
    let start = Context { before: "", ..at(3.0) };
    assert_eq!(typist.shift(start), Shift::Once);
    tap(&mut typist, Key::Shift, start);
    assert_eq!(typist.shift(start), Shift::Off);
}

#[test]
fn two_quick_taps_lock_shift_and_a_third_frees_it() {
    let mut typist = Typist::default();
    tap(&mut typist, Key::Shift, at(0.0));
    tap(&mut typist, Key::Shift, at(DOUBLE_TAP - 0.01));
    for _ in 0..2 {
        tap(&mut typist, A, at(1.0));
    }
    assert_eq!(typist.shift(at(1.0)), Shift::Lock);
    tap(&mut typist, Key::Shift, at(1.1));
    tap(&mut typist, A, at(1.2));
    assert_eq!(taken(&mut typist), ["A", "A", "a"].map(text));

    let mut slow = Typist::default();
    tap(&mut slow, Key::Shift, at(0.0));
    tap(&mut slow, Key::Shift, at(DOUBLE_TAP + 0.01));
    assert_eq!(slow.shift(at(1.0)), Shift::Off);
    // A letter between two taps: no double tap.
    tap(&mut slow, Key::Shift, at(2.0));
    tap(&mut slow, A, at(2.1));
    tap(&mut slow, Key::Shift, at(2.2));
    assert_eq!(slow.shift(at(2.2)), Shift::Once);
}

#[test]
fn a_long_press_opens_the_accents_which_sliding_or_a_second_tap_chooses() {
    let held = || {
        let mut typist = Typist::default();
        typist.step(Finger::Down(Spot::Key(A)), at(0.0));
        typist.tick(at(LONG_PRESS - 0.01));
        assert!(matches!(typist.hand, Hand::Holding { .. }));
        typist.tick(at(LONG_PRESS));
        assert_eq!(typist.hand, Hand::Choosing { key: A, over: None, down: true });
        typist
    };
    let mut slid = held();
    slid.step(Finger::Move(Spot::Choice(2)), at(1.0));
    assert_eq!(slid.hand, Hand::Choosing { key: A, over: Some(2), down: true });
    slid.step(Finger::Up(Spot::Choice(2)), at(1.1));
    assert_eq!((taken(&mut slid), slid.hand), (vec![text("à")], Hand::Free));

    let mut tapped = held();
    tapped.step(Finger::Up(Spot::Key(A)), at(1.0));
    assert_eq!(tapped.hand, Hand::Choosing { key: A, over: None, down: false });
    tapped.step(Finger::Down(Spot::Choice(1)), at(2.0));
    tapped.step(Finger::Up(Spot::Choice(1)), at(2.1));
    assert_eq!(taken(&mut tapped), [text("á")]);

    for close in [Finger::Cancel, Finger::Down(Spot::Elsewhere), Finger::Down(Spot::Key(Key::Char('b')))] {
        let mut left = held();
        left.step(Finger::Up(Spot::Key(A)), at(1.0));
        left.step(close, at(2.0));
        left.step(Finger::Up(Spot::Key(Key::Char('b'))), at(2.1));
        assert_eq!((taken(&mut left), left.hand), (vec![], Hand::Free));
    }
}

#[test]
fn a_stall_does_not_make_a_tap_a_long_press() {
    let mut typist = Typist::default();
    typist.step(Finger::Down(Spot::Key(A)), at(0.0));
    typist.step(Finger::Up(Spot::Key(A)), at(3.0));
    assert_eq!(taken(&mut typist), [text("a")]);
}

#[test]
fn backspace_acts_at_once_and_repeats_but_never_in_a_burst() {
    let mut typist = Typist::default();
    typist.step(Finger::Down(Spot::Key(Key::Backspace)), at(0.0));
    assert_eq!(taken(&mut typist).len(), 1);
    typist.tick(at(REPEAT_AFTER - 0.01));
    assert_eq!(taken(&mut typist).len(), 0);
    typist.tick(at(REPEAT_AFTER + 10.0));
    typist.tick(at(REPEAT_AFTER + 10.0));
    assert_eq!(taken(&mut typist), [Output::Backspace]);
    typist.tick(at(REPEAT_AFTER + 10.0 + REPEAT_EVERY));
    assert_eq!(taken(&mut typist).len(), 1);
    typist.step(Finger::Up(Spot::Key(Key::Backspace)), at(20.0));
    typist.tick(at(30.0));
    assert_eq!(taken(&mut typist).len(), 0);
}

#[test]
fn a_second_finger_types_the_first_ones_letter() {
    let mut typist = Typist::default();
    typist.step(Finger::Down(Spot::Key(A)), at(0.0));
    typist.step(Finger::Down(Spot::Key(Key::Char('n'))), at(0.1));
    typist.step(Finger::Up(Spot::Key(Key::Char('n'))), at(0.2));
    assert_eq!(taken(&mut typist), ["a", "n"].map(text));
}

#[test]
fn sliding_off_a_key_types_nothing() {
    let mut typist = Typist::default();
    typist.step(Finger::Down(Spot::Key(A)), at(0.0));
    typist.step(Finger::Move(Spot::Elsewhere), at(0.1));
    typist.step(Finger::Up(Spot::Key(A)), at(0.2));
    assert_eq!(taken(&mut typist), []);
}

#[test]
fn a_space_leads_back_to_the_letters() {
    let mut typist = Typist::default();
    tap(&mut typist, Key::Page, at(0.0));
    assert_eq!(typist.page, Page::Symbols);
    tap(&mut typist, Key::Char('2'), at(0.0));
    assert_eq!(typist.page, Page::Symbols);
    tap(&mut typist, Key::Space, at(0.0));
    assert_eq!(typist.page, Page::Letters);
}

fn spots() -> impl Strategy<Value = Spot> {
    let keys = [A, Key::Char('1'), Key::Shift, Key::Backspace, Key::Page, Key::Snippet(".com"), Key::Enter];
    prop_oneof![
        4 => proptest::sample::select(keys.to_vec()).prop_map(Spot::Key),
        2 => (0usize..12).prop_map(Spot::Choice),
        1 => Just(Spot::Elsewhere),
    ]
}

fn fingers() -> impl Strategy<Value = Finger> {
    prop_oneof![
        4 => spots().prop_map(Finger::Down),
        2 => spots().prop_map(Finger::Move),
        4 => spots().prop_map(Finger::Up),
        1 => Just(Finger::Cancel),
    ]
}

proptest! {
    #[test]
    fn no_touch_types_without_a_finger_going_down_or_up_or_time_passing(
        events in proptest::collection::vec((fingers(), 0.0f64..1.0), 0..60)
    ) {
        let mut typist = Typist::default();
        let mut now = 0.0;
        for (finger, pause) in events {
            now += pause;
            typist.step(finger, at(now));
            let typed = taken(&mut typist).len();
            match finger {
                Finger::Move(_) | Finger::Cancel => prop_assert_eq!(typed, 0),
                // At most the letter of a finger that was there before, and what acts at once.
                Finger::Down(_) => prop_assert!(typed <= 2),
                Finger::Up(_) => {
                    prop_assert!(typed <= 1);
                    let rests = matches!(typist.hand, Hand::Free | Hand::Choosing { down: false, .. });
                    prop_assert!(rests, "{:?}", typist.hand);
                }
            }
            typist.tick(at(now));
            prop_assert!(typist.wait(now).is_none_or(|wait| wait <= REPEAT_AFTER + 1e-9));
            taken(&mut typist);
        }
    }
}
