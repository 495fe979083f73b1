//! Who is enrolled: search, sort, remove.

use std::hash::{DefaultHasher, Hash, Hasher};

use egui::{Align, Color32, Id, Layout, Rect, ScrollArea, Stroke, Ui, UiBuilder, accesskit, vec2};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::super::icons::Icon;
use super::super::theme::{GRID, TARGET, Type};
use super::super::widgets::{Button, Field, Weight, announced, name, text};
use super::super::{Action, Value, View, layout, profile};
use super::{ListedPerson, row};
use crate::biometrics::UserId;
use crate::session::Event;

/// What the orders take of the width.
const ORDERS: f32 = 72.0 * GRID;
/// What the last sign-in takes of a row.
const LAST: f32 = 24.0 * GRID;

/// The field for what is looked for.
pub(super) fn search_field() -> Id {
    Id::unique("field search")
}

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Order {
    #[default]
    Name,
    Enrolled,
    LastSignIn,
}

/// What was typed and chosen, and what came of it.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) search: String,
    order: Order,
    found: Found,
}

/// Who was found, as places in the list; and by what, so that nothing is searched and sorted again in each frame.
#[derive(Default)]
struct Found {
    by: Option<(u64, String, Order)>,
    places: Vec<usize>,
}

impl Found {
    fn look(&mut self, people: &[ListedPerson], search: &str, order: Order) {
        let by = (fingerprint(people), search.to_owned(), order);
        if self.by.as_ref() != Some(&by) {
            self.places = selected(people, search, order);
            self.by = Some(by);
        }
    }
}

/// Changes with whatever the order depends on. No name is kept for it.
fn fingerprint(people: &[ListedPerson]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for person in people {
        (person.user.0, &person.name, &person.email, person.enrolled_at, person.last_sign_in).hash(&mut hasher);
    }
    hasher.finish()
}

impl Memory {
    pub(super) fn show(&mut self, ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
        let place = layout::column(place, 1240.0);
        let wide = place.width() > 760.0;
        let search = row(place, place.top(), TARGET);
        // The orders have a row for themselves where they can.
        let width = (place.width() * 0.42).min(place.width() - ORDERS);
        let search = if wide { Rect::from_min_size(search.min, vec2(width, TARGET)) } else { search };
        let bottom = ui.scope_builder(UiBuilder::new().id_salt("search").max_rect(search), |ui| {
            let (label, hint) = (view.text("people-search"), view.text("people-search-hint"));
            let field = Field { id: search_field(), label: &label, hint: &hint, error: None, good: false, first: true };
            field.show(ui, view.palette, &mut self.search);
            ui.min_rect().bottom()
        });
        let bottom = bottom.inner;
        let sort = if wide {
            Rect::from_min_max(egui::pos2(search.right() + 3.0 * GRID, search.top()), egui::pos2(place.right(), bottom))
        } else {
            row(place, bottom + GRID, TARGET)
        };
        let sorted = ui.scope_builder(UiBuilder::new().id_salt("sort").max_rect(sort), |ui| {
            text(ui, &view.text("people-sort"), Type::Body, view.palette.ink);
            ui.add_space(-4.0); // as near as the field is to its name
            ui.horizontal_wrapped(|ui| {
                for (order, key) in [
                    (Order::Name, "people-by-name"),
                    (Order::Enrolled, "people-by-enrolled"),
                    (Order::LastSignIn, "people-by-sign-in"),
                ] {
                    if Button::choice(&view.text(key), order == self.order).show(ui, view.palette).clicked() {
                        self.order = order;
                    }
                }
            });
            ui.min_rect().bottom()
        });
        let list = Rect::from_min_max(egui::pos2(place.left(), sorted.inner.max(bottom) + 2.0 * GRID), place.max);
        self.list(ui, list, view)
    }

    fn list(&mut self, ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
        let people = &view.operator.people;
        self.found.look(people, &self.search, self.order);
        let found = &self.found.places;
        let mut action = None;
        ui.scope_builder(UiBuilder::new().id_salt("people").max_rect(place), |ui| {
            let counts = [("shown", Value::count(found.len())), ("all", Value::count(people.len()))];
            let count = view.words.with("people-count", &counts);
            ui.horizontal(|ui| {
                let response = announced(ui, &count, Type::Small, view.palette.soft);
                name(&response, accesskit::Role::Heading, &count);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let register = view.text("people-register");
                    let button = Button::new(&register, Weight::Secondary).icon(Icon::PersonAdd);
                    if button.show(ui, view.palette).clicked() {
                        action = Some(Event::RegistrationRequested.into());
                    }
                });
            });
            if people.is_empty() {
                ui.add_space(4.0 * GRID);
                text(ui, &view.text("people-none"), Type::Heading, view.palette.soft);
                text(ui, &view.text("people-none-try"), Type::Body, view.palette.soft);
                return;
            }
            if found.is_empty() {
                ui.add_space(4.0 * GRID);
                announced(ui, &view.text("people-no-match"), Type::Heading, view.palette.soft);
                ui.add_space(GRID);
                if Button::new(&view.text("people-show-all"), Weight::Secondary).show(ui, view.palette).clicked() {
                    self.search.clear();
                }
                return;
            }
            // Rows of one height, of which only those in sight are laid out: a list of thousands scrolls as one of ten.
            let height = TARGET + 2.0 * GRID;
            ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, height, found.len(), |ui, rows| {
                for person in found[rows].iter().filter_map(|place| people.get(*place)) {
                    if line(ui, view, person, height) {
                        action = Some(Event::OperatorRemoves(person.user).into());
                    }
                }
            });
        });
        action
    }
}

/// Whoever matches the search, in order, as places in the list.
fn selected(people: &[ListedPerson], search: &str, order: Order) -> Vec<usize> {
    let search = folded(search.trim());
    let mut found: Vec<(usize, String)> = people
        .iter()
        .enumerate()
        .map(|(place, person)| (place, folded(&person.name)))
        .filter(|(place, name)| name.contains(&search) || folded(&people[*place].email).contains(&search))
        .collect();
    let by_name = |one: &(usize, String), other: &(usize, String)| one.1.cmp(&other.1).then(one.0.cmp(&other.0));
    match order {
        Order::Name => found.sort_by(by_name),
        Order::Enrolled => found.sort_by_key(|(place, _)| std::cmp::Reverse(people[*place].enrolled_at)),
        // Whoever never came sorts last: no time is less than any.
        Order::LastSignIn => found.sort_by_key(|(place, _)| std::cmp::Reverse(people[*place].last_sign_in)),
    }
    found.into_iter().map(|(place, _)| place).collect()
}

/// Without accents and capitals: who types "jose" looks for José.
fn folded(words: &str) -> String {
    words.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// One person; true when asked to be removed.
fn line(ui: &mut Ui, view: &View<'_>, person: &ListedPerson, height: f32) -> bool {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height - GRID), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.bottom() + GRID / 2.0, Stroke::new(1.0, view.palette.hairline));
    let builder = UiBuilder::new()
        .id_salt(person.user.0)
        .max_rect(Rect::from_min_max(rect.min, rect.max - vec2(6.0, 0.0)))
        .layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        let remove = view.text("action-remove");
        let response = Button::new(&remove, Weight::Secondary).icon(Icon::Trash).show(ui, view.palette);
        let label = view.words.with("people-remove-name", &[("name", Value::Text(&person.name))]);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(label));
        ui.add_space(2.0 * GRID);
        if ui.available_width() > 480.0 {
            let last = person.last_sign_in.as_ref();
            let last = last.map_or_else(|| view.text("never"), |time| view.words.moment_in_short(time));
            let label = view.text("profile-last-sign-in");
            let at = ui.available_rect_before_wrap();
            let column =
                Rect::from_min_max(egui::pos2(at.right() - LAST, rect.top()), egui::pos2(at.right(), rect.bottom()));
            two_lines(ui, column, (&label, Type::Small, view.palette.soft), (&last, Type::Small, view.palette.ink));
            ui.add_space(LAST + 2.0 * GRID);
        }
        let left = ui.available_rect_before_wrap();
        let column = Rect::from_min_max(egui::pos2(left.left(), rect.top()), egui::pos2(left.right(), rect.bottom()));
        let below = match &person.looks_like {
            None => (person.email.clone(), view.palette.soft),
            Some(other) => {
                let alike = view.words.with("people-looks-like", &[("name", Value::Text(other))]);
                (format!("{alike} · {}", person.email), view.palette.bad)
            }
        };
        let (name, below) = ((&*person.name, Type::Body, view.palette.ink), (&*below.0, Type::Small, below.1));
        two_lines(ui, column, name, below);
        response.clicked()
    })
    .inner
}

/// Two texts, one above the other in the middle of a row. Each ends with dots where there is no room for it; a
/// screen reader gets all of it.
fn two_lines(ui: &mut Ui, place: Rect, upper: (&str, Type, Color32), lower: (&str, Type, Color32)) {
    let layout = Layout::top_down(Align::Min);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = 0.0;
    let fonts = [upper, lower].map(|(_, kind, _)| kind.font());
    let height: f32 = ui.fonts_mut(|all| fonts.iter().map(|font| all.row_height(font)).sum());
    ui.add_space(((place.height() - height) / 2.0).max(0.0));
    for ((words, _, color), font) in [upper, lower].into_iter().zip(fonts) {
        ui.add(egui::Label::new(egui::RichText::new(words).font(font).color(color)).truncate());
    }
}

/// "Really?"
pub(super) fn confirm(ui: &mut Ui, place: Rect, view: &View<'_>, user: UserId) -> Option<Action> {
    let person = view.operator.people.iter().find(|person| person.user == user);
    let name = person.map_or("?", |person| person.name.as_str());
    let title = view.words.with("remove-title", &[("name", Value::Text(name))]);
    let [what, back, deed] = ["remove-what", "action-keep", "action-delete-for-good"].map(|key| view.text(key));
    // Two people may have one name; they do not have one address.
    let who = person.map(|person| person.email.as_str());
    let question = profile::Question { id: "operator removes", title, who, what, back, deed, icon: Icon::Trash };
    profile::removal(question.show(ui, place, view))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, email: &str, enrolled: i8, last: Option<i8>) -> ListedPerson {
        let day = |day| jiff::civil::date(2026, 11, day).at(9, 0, 0, 0);
        ListedPerson {
            user: UserId(uuid::Uuid::from_u128(enrolled as u128)),
            name: name.into(),
            email: email.into(),
            enrolled_at: day(enrolled),
            last_sign_in: last.map(day),
            looks_like: None,
        }
    }

    #[test]
    fn people_are_found_by_name_and_address_and_sorted() {
        let people = [
            person("Ángela", "ana@example.org", 3, None),
            person("bruno", "b@example.org", 1, Some(9)),
            person("Carla", "carla@ANA.org", 2, Some(5)),
        ];
        let names = |search: &str, order| {
            selected(&people, search, order).iter().map(|place| people[*place].name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("", Order::Enrolled), ["Ángela", "Carla", "bruno"], "newest first");
        assert_eq!(names("", Order::LastSignIn), ["bruno", "Carla", "Ángela"], "never comes last");
        assert_eq!(
            names("", Order::Name),
            ["Ángela", "bruno", "Carla"],
            "an accent does not count, nor does a capital"
        );
        assert_eq!(names(" ANA ", Order::Name), ["Ángela", "Carla"]);
        for search in ["ángel", "angel", "ÁNGEL", "a\u{301}ngel"] {
            assert_eq!(names(search, Order::Name), ["Ángela"], "{search}");
        }
        assert!(names("zoe", Order::Name).is_empty());
    }

    #[test]
    fn the_list_is_sorted_again_when_anything_in_it_changes_and_only_then() {
        let mut people = vec![person("Ana", "a@x.org", 1, None), person("Bea", "b@x.org", 2, None)];
        let mut found = Found::default();
        found.look(&people, "", Order::Name);
        assert_eq!(found.places, [0, 1]);
        found.places.reverse(); // a mark: nothing is done anew
        found.look(&people, "", Order::Name);
        assert_eq!(found.places, [1, 0]);
        people[0].name = "Zoe".into();
        found.places.clear();
        found.look(&people, "", Order::Name);
        assert_eq!(found.places, [1, 0]);
        found.look(&people, "zo", Order::Name);
        assert_eq!(found.places, [0]);
        people.pop();
        people.pop();
        found.look(&people, "zo", Order::Name);
        assert!(found.places.is_empty());
    }
}
