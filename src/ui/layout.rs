//! Where things stand: the lens on one side and words on the other, beside each other or one above the other.

use egui::{Id, Layout, Pos2, Rect, Ui, UiBuilder, Vec2, vec2};

use super::theme::{GRID, TARGET};

/// Widest column of text that is read with ease.
const MEASURE: f32 = 560.0;

/// Beside a lens as wide as half of a place that is lower than this, the words would be cramped.
const LOW: f32 = 560.0;
/// What the way back takes of the top left corner: the ring stands clear of it.
const CORNER: Vec2 = vec2(15.0 * GRID, TARGET);
/// Between what is said and what can be done about it.
const BEFORE_ACTIONS: f32 = 2.0 * GRID;
/// Room for the focus ring, which would be cut off.
pub(super) const RING: f32 = 6.0;

/// A screen in two parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Halves {
    /// For the lens.
    pub picture: Rect,
    /// For the words.
    pub words: Rect,
}

/// The space within the margins of what is left of the screen. A keyboard that comes takes room from below: nothing
/// moves sideways.
pub(super) fn safe(screen: Rect, left: Rect) -> Rect {
    let margin = |of: Rect| if of.width().min(of.height()) < 600.0 { 2.0 * GRID } else { 4.0 * GRID };
    left.shrink2(vec2(margin(screen), margin(left)))
}

/// Lens and words: beside each other on a wide screen, one above the other on a high one. The lens is at the same
/// place on every screen that has one.
pub(super) fn halves(place: Rect) -> Halves {
    if place.width() > place.height() * 1.1 {
        let lens = place.height().min(place.width() * if place.height() < LOW { 0.44 } else { 0.5 });
        let gap = (place.width() * 0.05).clamp(3.0 * GRID, 9.0 * GRID);
        // A circle leaves its corners free; where that is not enough for the way back, it moves aside.
        let (apart, down) = (lens / 2.0 + GRID, (place.height() / 2.0 - CORNER.y).max(0.0));
        let aside = (CORNER.x + (apart * apart - down * down).max(0.0).sqrt() - lens / 2.0).max(0.0);
        let words = (place.width() - aside - lens - gap).min(MEASURE);
        let left = place.left() + ((place.width() - lens - gap - words) / 2.0).max(aside);
        let picture = Rect::from_min_size(Pos2::new(left, place.center().y - lens / 2.0), Vec2::splat(lens));
        let words = Rect::from_min_max(
            Pos2::new(picture.right() + gap, place.top()),
            Pos2::new(picture.right() + gap + words, place.bottom()),
        );
        Halves { picture, words }
    } else {
        // Below the way back and the languages.
        let above = (place.height() * 0.08).max(CORNER.y + 2.0 * GRID);
        let lens = (place.height() * 0.44).min(place.width());
        let corner = Pos2::new(place.center().x - lens / 2.0, place.top() + above);
        let picture = Rect::from_min_size(corner, Vec2::splat(lens));
        let width = place.width().min(MEASURE);
        let words = Rect::from_min_max(
            Pos2::new(place.center().x - width / 2.0, picture.bottom() + 4.0 * GRID),
            Pos2::new(place.center().x + width / 2.0, place.bottom()),
        );
        Halves { picture, words }
    }
}

/// What is left of a screen below its way back.
pub(super) fn below_back(place: Rect) -> Rect {
    Rect::from_min_max(Pos2::new(place.left(), place.top() + TARGET), place.max)
}

/// All of a place whose words begin and end where its edges are, the room for focus rings being outside.
pub(super) fn from_left(place: Rect) -> Rect {
    place.expand2(vec2(RING, 0.0))
}

/// A column in the middle of the screen.
pub(super) fn column(place: Rect, width: f32) -> Rect {
    let width = width.min(place.width());
    Rect::from_min_max(
        Pos2::new(place.center().x - width / 2.0, place.top()),
        Pos2::new(place.center().x + width / 2.0, place.bottom()),
    )
}

/// Shows `content` in the middle of `place`, scrolling when it needs more room.
pub(super) fn middle<R>(ui: &mut Ui, place: Rect, id: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    middle_below(ui, place, id, 0.0, content)
}

/// The same, but not within the first `least` points.
pub(super) fn middle_below<R>(ui: &mut Ui, place: Rect, id: &str, least: f32, content: impl FnOnce(&mut Ui) -> R) -> R {
    let share = middle_share(ui, place);
    placed(ui, place, id, Align { share, least }, content, None::<fn(&mut Ui)>).0
}

/// The same, from the top.
pub(super) fn top<R>(ui: &mut Ui, place: Rect, id: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    placed(ui, place, id, Align { share: 0.0, least: 0.0 }, content, None::<fn(&mut Ui)>).0
}

/// Words, and below them what can be done, together in the middle of `place`. Where there is no room for both the
/// words scroll: what can be done stays in sight.
pub(super) fn acting<R>(
    ui: &mut Ui,
    place: Rect,
    id: &str,
    content: impl FnOnce(&mut Ui) -> R,
    actions: impl FnOnce(&mut Ui) -> R,
) -> (R, Option<R>) {
    let share = middle_share(ui, place);
    placed(ui, place, id, Align { share, least: 0.0 }, content, Some(actions))
}

/// The same, from the top.
pub(super) fn acting_at_top<R>(
    ui: &mut Ui,
    place: Rect,
    id: &str,
    content: impl FnOnce(&mut Ui) -> R,
    actions: Option<impl FnOnce(&mut Ui) -> R>,
) -> (R, Option<R>) {
    placed(ui, place, id, Align { share: 0.0, least: 0.0 }, content, actions)
}

/// How much of the free height is above. On a high screen, less: there the eye takes a point above the middle for
/// the middle, and words below a lens belong to it.
fn middle_share(ui: &Ui, place: Rect) -> f32 {
    let screen = ui.ctx().content_rect();
    match (screen.height() > screen.width(), place.height() > place.width()) {
        (false, _) => 0.5,
        (true, true) => 0.38,
        (true, false) => 0.25,
    }
}

/// Where something stands in a place that has room to spare.
#[derive(Debug, Clone, Copy)]
struct Align {
    /// So much of the free height is above it.
    share: f32,
    /// And no less than this.
    least: f32,
}

/// Says that another screen is shown from this frame on.
pub(super) fn begin(ctx: &egui::Context) {
    let frame = ctx.cumulative_frame_nr();
    ctx.data_mut(|data| data.insert_temp(Id::unique("first frame of the screen"), frame));
}

/// Whether this is the first frame of a screen, which begins at its top: how far the last visitor had scrolled it is
/// not for the next one.
fn is_new(ctx: &egui::Context) -> bool {
    let began = ctx.data(|data| data.get_temp::<u64>(Id::unique("first frame of the screen")));
    began == Some(ctx.cumulative_frame_nr())
}

/// How high the words and the actions of a screen are, which is known once they were shown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Heights {
    content: f32,
    actions: f32,
}

fn placed<R, S>(
    ui: &mut Ui,
    place: Rect,
    id: &str,
    align: Align,
    content: impl FnOnce(&mut Ui) -> R,
    actions: Option<impl FnOnce(&mut Ui) -> S>,
) -> (R, Option<S>) {
    // The first frame of a screen is laid out twice.
    let memory = Id::unique(("heights of", id));
    let known: Option<Heights> = ui.ctx().data(|data| data.get_temp(memory));
    let before = known.unwrap_or_default();
    let below = if actions.is_some() { before.actions + BEFORE_ACTIONS } else { 0.0 };
    let free = place.height() - before.content - below;
    let above = (free * align.share).max(align.least);
    let room = if known.is_some() { before.content } else { place.height() };
    let view = Rect::from_min_size(
        Pos2::new(place.left(), place.top() + above),
        vec2(place.width(), room.min(place.height() - above - below).max(TARGET)),
    );
    let mut now = Heights::default();
    let builder = UiBuilder::new().id_salt(id).max_rect(view).layout(Layout::top_down(egui::Align::Min));
    let shown = ui.scope_builder(builder, |ui| {
        let scroll = egui::ScrollArea::vertical().id_salt(id).auto_shrink([false, false]).max_height(view.height());
        let scroll = if is_new(ui.ctx()) { scroll.vertical_scroll_offset(0.0) } else { scroll };
        scroll
            .show(ui, |ui| {
                ui.set_max_width(view.width());
                let inner = UiBuilder::new().max_rect(ui.max_rect().shrink2(vec2(RING, 0.0)));
                ui.scope_builder(inner, |ui| {
                    ui.add_space(RING);
                    let result = content(ui);
                    ui.add_space(RING);
                    // A scroll bar would come with the least that is missing.
                    now.content = ui.min_rect().height() + 1.0;
                    result
                })
                .inner
            })
            .inner
    });
    let acted = actions.map(|actions| {
        let top = Pos2::new(place.left() + RING, view.bottom() + BEFORE_ACTIONS);
        let rect = Rect::from_min_max(top, Pos2::new(place.right() - RING, place.bottom().max(top.y + TARGET)));
        let layout = Layout::top_down(egui::Align::Min);
        let builder = UiBuilder::new().id_salt((id, "actions")).max_rect(rect).layout(layout);
        ui.scope_builder(builder, |ui| {
            let result = actions(ui);
            now.actions = ui.min_rect().height();
            result
        })
        .inner
    });
    let changed = |one: f32, other: f32| (one - other).abs() > 0.5;
    if known.is_none_or(|known| changed(known.content, now.content) || changed(known.actions, now.actions)) {
        ui.ctx().data_mut(|data| data.insert_temp(memory, now));
        ui.ctx().request_discard("a screen finds its middle");
    }
    (shown.inner, acted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lens_leaves_the_way_back_and_the_words_alone() {
        for (width, height) in [(933.0, 560.0), (933.0, 488.0), (1152.0, 720.0), (1152.0, 648.0), (1229.0, 720.0)]
            .into_iter()
            .chain([(720.0, 1280.0), (720.0, 1208.0), (720.0, 1080.0), (1080.0, 810.0), (1680.0, 720.0)])
        {
            let screen = Rect::from_min_size(Pos2::ZERO, vec2(width, height));
            let place = safe(screen, screen);
            let Halves { picture, words } = halves(place);
            let at = format!("{width}x{height}: {picture:?} {words:?} in {place:?}");
            assert!(place.expand(0.1).contains_rect(picture) && place.expand(0.1).contains_rect(words), "{at}");
            assert!(!picture.intersects(words) && words.width() > 380.0, "{at}");
            let back = Rect::from_min_size(place.min, CORNER);
            let nearest = back.clamp(picture.center());
            assert!(nearest.distance(picture.center()) >= picture.width() / 2.0 + GRID - 0.1, "{at}");
        }
    }
}
