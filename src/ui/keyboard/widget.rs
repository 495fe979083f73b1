//! The keyboard as egui sees it: touches in, keys painted, focus kept.

use super::board::{self, Board, GAP};
use super::layout::{self, Key, Page};
use super::paint::{self, Face, Look};
use super::typist::{Context, Finger, Hand, Shift, Spot, Typist};
use super::{Keyboard, Output, Request};
use egui::accesskit::{Action, Role};
use egui::{
    Area, Event, Modifiers, Order, PointerButton, Pos2, Rect, Sense, TouchPhase, Ui, UiBuilder, WidgetInfo, vec2,
};

/// egui takes the focus in the pass of a release, which may be after our turn: we give it back in that and in the next.
const GUARD: u8 = 2;

impl Keyboard {
    /// The height it takes at a given width, in points.
    pub fn height(width: f32) -> f32 {
        board::height(width)
    }

    /// Shows it over the whole width of `ui`, at most 900 points in the middle, and tells what was typed.
    ///
    /// From 480 points of width on, each touch target is at least 48 points wide and high.
    pub fn show(&mut self, ui: &mut Ui, request: &Request<'_>) -> Option<Output> {
        let purpose = Some((request.layout, request.purpose));
        if self.chosen_for != purpose {
            (self.typist, self.chosen_for) = (Typist::default(), purpose);
        }
        let context = Context { now: ui.input(|i| i.time), purpose: request.purpose, before: request.before_cursor };
        let width = ui.available_width();
        let (_, space) = ui.allocate_space(vec2(width, board::height(width)));
        self.listen(ui, &self.board(space, request), context);
        self.typist.tick(context);

        let board = self.board(space, request);
        let builder = UiBuilder::new()
            .max_rect(board.rect)
            .accessibility_role(Role::Group)
            .accessibility_label(request.words.keyboard);
        let mut keys = ui.new_child(builder);
        let on_key = self.show_keys(&mut keys, &board, request, context);
        let on_choice = self.show_choices(&keys, &board, request, context);

        let output = self.typist.take();
        self.keep_focus(ui, on_key || on_choice, output.as_ref());
        if self.guard > 0 || self.typist.waiting() || output.is_some() {
            ui.request_repaint();
        } else if let Some(wait) = self.typist.wait(context.now) {
            ui.request_repaint_after_secs(wait as f32);
        }
        output
    }

    fn board(&self, space: Rect, request: &Request<'_>) -> Board {
        Board::new(space, layout::cells(request.layout, request.purpose, self.typist.page))
    }

    /// Reads touches itself: egui's clicks end where a finger slides six points or rests, and know one finger only.
    fn listen(&mut self, ui: &Ui, board: &Board, context: Context<'_>) {
        if !ui.is_enabled() {
            self.typist.step(Finger::Cancel, context);
            return;
        }
        if self.open().is_some() && ui.input_mut(|i| i.consume_key(Modifiers::NONE, egui::Key::Escape)) {
            self.typist.step(Finger::Cancel, context);
            // For this Escape egui has already taken the focus from the field.
            self.guard = GUARD;
        }
        for event in ui.input(|i| i.events.clone()) {
            match event {
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. } => {
                    let spot = self.reached(ui, board, pos);
                    self.finger = spot != Spot::Elsewhere;
                    self.typist.step(Finger::Down(spot), context);
                }
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: false, .. } => {
                    self.typist.step(Finger::Up(board.spot(pos, self.held(), self.open())), context);
                    self.guard = if self.finger { GUARD } else { self.guard };
                    self.finger = false;
                }
                // A second finger, while the first is still down. For egui it is no pointer.
                Event::Touch { phase: TouchPhase::Start, pos, .. }
                    if matches!(self.typist.hand, Hand::Holding { .. }) =>
                {
                    let spot = self.reached(ui, board, pos);
                    if matches!(spot, Spot::Key(_)) {
                        self.typist.step(Finger::Down(spot), context);
                        self.typist.step(Finger::Up(spot), context);
                    }
                }
                Event::PointerMoved(pos) => {
                    self.typist.step(Finger::Move(board.spot(pos, self.held(), self.open())), context);
                }
                Event::PointerGone | Event::WindowFocused(false) if self.finger => {
                    self.typist.step(Finger::Cancel, context);
                    self.finger = false;
                }
                _ => {}
            }
        }
    }

    /// What a new touch at `pos` means: nothing of ours where a dialog lies above.
    fn reached(&self, ui: &Ui, board: &Board, pos: Pos2) -> Spot {
        match board.spot(pos, None, self.open()) {
            Spot::Key(_) if ui.ctx().layer_id_at(pos).is_some_and(|layer| layer != ui.layer_id()) => Spot::Elsewhere,
            spot => spot,
        }
    }

    /// The key that a finger is on.
    fn held(&self) -> Option<Key> {
        match self.typist.hand {
            Hand::Holding { key, .. } | Hand::Choosing { key, down: true, .. } => Some(key),
            _ => None,
        }
    }

    /// The key whose accents are shown.
    fn open(&self) -> Option<Key> {
        match self.typist.hand {
            Hand::Choosing { key, .. } => Some(key),
            _ => None,
        }
    }

    /// Tells whether a key has the keyboard focus.
    fn show_keys(&mut self, ui: &mut Ui, board: &Board, request: &Request<'_>, context: Context<'_>) -> bool {
        let (shift, page, enabled) = (self.typist.shift(context), self.typist.page, ui.is_enabled());
        let mut any_focus = false;
        for cell in &board.cells {
            let key = cell.key;
            let face = Face::of(key, shift, page, request);
            let target = board.target(cell);
            let response = ui.interact(target, ui.unique_id().with(key), Sense::click());
            let name = name(&face, key, page, request);
            response.widget_info(|| match key {
                Key::Shift => WidgetInfo::selected(Role::Button, enabled, shift != Shift::Off, &name),
                _ => WidgetInfo::labeled(Role::Button, enabled, &name),
            });
            if !key.choices().is_empty() {
                ui.ctx().accesskit_node_builder(response.id, |node| node.add_action(Action::ShowContextMenu));
                if ui.input(|i| i.has_accesskit_action_request(response.id, Action::ShowContextMenu)) {
                    self.typist.open(key, false);
                }
            }
            if pressed_without_touch(ui, &response) {
                self.typist.press(key, context);
            }
            any_focus |= response.has_focus();
            let look =
                Look { pressed: self.held() == Some(key) || self.open() == Some(key), focused: response.has_focus() };
            paint::key(ui.painter(), target.shrink(GAP / 2.0), &face, look, &request.palette);
        }
        any_focus
    }

    /// Tells whether a choice has the keyboard focus.
    fn show_choices(&mut self, ui: &Ui, board: &Board, request: &Request<'_>, context: Context<'_>) -> bool {
        let Hand::Choosing { key, over, .. } = self.typist.hand else { return false };
        let capital = self.typist.shift(context) != Shift::Off;
        let letters: Vec<String> = key.choices().into_iter().map(|letter| layout::cased(letter, capital)).collect();
        let targets = board.choices(key, letters.len());
        let Some(whole) = targets.iter().copied().reduce(Rect::union) else { return false };
        let area = Area::new(ui.unique_id().with("accents"))
            .order(Order::Foreground)
            .fixed_pos(whole.min)
            .constrain(false)
            .fade_in(false)
            .role(Role::Group)
            .accessible_name((request.words.accents)(letters.first().map_or("", String::as_str)));
        let shown = area.show(ui.ctx(), |ui| {
            ui.allocate_space(whole.size());
            paint::popup(ui.painter(), whole, &request.palette);
            let mut any_focus = false;
            for (at, (letter, target)) in letters.into_iter().zip(targets).enumerate() {
                let response = ui.interact(target, ui.unique_id().with(at), Sense::click());
                response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &letter));
                if pressed_without_touch(ui, &response) {
                    self.typist.choose(key, at, context);
                }
                any_focus |= response.has_focus();
                let look = Look { pressed: over == Some(at), focused: response.has_focus() };
                paint::key(ui.painter(), target.shrink(GAP / 2.0), &Face::Letter(letter), look, &request.palette);
            }
            any_focus
        });
        shown.inner
    }

    /// Gives the focus back to the text field where a touch of ours has taken it away.
    fn keep_focus(&mut self, ui: &Ui, on_key: bool, output: Option<&Output>) {
        let focused = ui.memory(|memory| memory.focused());
        if output == Some(&Output::Hide) {
            self.guard = 0;
            self.field.take().into_iter().for_each(|field| ui.memory_mut(|memory| memory.surrender_focus(field)));
        } else if focused.is_some() && !on_key {
            self.field = focused;
        } else if let (None, Some(field)) = (focused, self.field)
            && (self.guard > 0 || self.finger)
        {
            ui.memory_mut(|memory| memory.request_focus(field));
        }
        self.guard = self.guard.saturating_sub(1);
    }
}

/// Whether a screen reader pressed this key, or Space or Enter while it has the focus.
fn pressed_without_touch(ui: &Ui, response: &egui::Response) -> bool {
    let pressed = response.clicked() && !response.clicked_by(PointerButton::Primary);
    if pressed && response.has_focus() {
        // Whoever looks for Enter after us shall not take it for the end of the input.
        ui.input_mut(|i| {
            i.consume_key(Modifiers::NONE, egui::Key::Enter);
            i.consume_key(Modifiers::NONE, egui::Key::Space);
        });
    }
    pressed
}

fn name(face: &Face<'_>, key: Key, page: Page, request: &Request<'_>) -> String {
    let words = request.words;
    match (face, key) {
        (Face::Letter(letter), _) => letter.as_str(),
        (Face::Shift(Shift::Lock), _) => words.caps_lock,
        (_, Key::Page) if page == Page::Symbols => words.letters,
        (_, Key::Page) => words.symbols,
        (Face::Word(word) | Face::Enter(word), _) => word,
        (Face::Shift(_), _) => words.shift,
        (Face::Backspace, _) => words.backspace,
        (Face::Space, _) => words.space,
        (Face::Hide, _) => words.hide,
        (Face::Left, _) => words.left,
        (Face::Right, _) => words.right,
    }
    .to_owned()
}
