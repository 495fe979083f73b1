//! What a screen consists of, for hands, eyes, and ears: its nodes, and its painted texts.

use egui::accesskit::{Action, Role};
use egui::epaint::Shape;
use egui::{Color32, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT as _};

/// A node that can be pressed or typed into, in points.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) rect: Rect,
    /// What of it is within its scroll area, as far as that can be told.
    pub(crate) seen: Rect,
    pub(crate) enabled: bool,
    pub(crate) focused: bool,
}

/// A painted text, in points.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) words: String,
    pub(crate) rect: Rect,
    pub(crate) clip: Rect,
    pub(crate) color: Color32,
}

/// All nodes, hidden ones left out.
pub(crate) fn nodes<'tree, S>(harness: &'tree Harness<'_, S>) -> impl Iterator<Item = AccessKitNode<'tree>> {
    harness.root().children_recursive().map(|node| node.accesskit_node()).filter(|node| !node.is_hidden())
}

/// What a screen reader says of a node.
pub(crate) fn name(node: &AccessKitNode<'_>) -> String {
    node.label().or_else(|| node.value()).unwrap_or_default()
}

fn bounds<S>(harness: &Harness<'_, S>, node: &AccessKitNode<'_>) -> Rect {
    let scale = harness.ctx.pixels_per_point();
    node.bounding_box().map_or(Rect::NOTHING, |found| {
        let at = |x: f64, y: f64| Pos2::new(x as f32 / scale, y as f32 / scale);
        Rect::from_min_max(at(found.x0, found.y0), at(found.x1, found.y1))
    })
}

/// What can be pressed or typed into.
pub(crate) fn targets<S>(harness: &Harness<'_, S>) -> Vec<Target> {
    let boxes = painted(harness, |shape| match shape {
        Shape::Rect(shape) => Some(shape.rect),
        _ => None,
    });
    let texts = texts(harness);
    nodes(harness)
        // What a scroll bar does, a finger does anywhere in its area, and keys do by themselves.
        .filter(|node| node.data().supports_action(Action::Click) && node.role() != Role::ScrollBar)
        .map(|node| {
            let rect = bounds(harness, &node);
            // Its own ground tells where it may be seen; where it has none, its text.
            let same = |other: &Rect| (other.min - rect.min).length() < 0.1 && (other.max - rect.max).length() < 0.1;
            let ground = boxes.iter().find(|(shape, _)| same(shape)).map(|(_, clip)| *clip);
            let clip = ground
                .or_else(|| texts.iter().find(|text| rect.contains_rect(text.rect.shrink(1.0))).map(|text| text.clip));
            Target {
                id: node.locate().0.0,
                name: name(&node),
                role: node.role(),
                rect,
                seen: rect.intersect(clip.unwrap_or(Rect::EVERYTHING)),
                enabled: !node.is_disabled(),
                focused: node.is_focused(),
            }
        })
        .collect()
}

/// Every text as it was painted, with what it was clipped to.
pub(crate) fn texts<S>(harness: &Harness<'_, S>) -> Vec<Text> {
    let mut all = vec![];
    for clipped in &harness.output().shapes {
        each(&clipped.shape, &mut |shape| {
            if let Shape::Text(text) = shape
                && !text.galley.text().trim().is_empty()
            {
                let rect = text.galley.rect.translate(text.pos.to_vec2());
                let own = text.galley.job.sections.first().map(|section| section.format.color);
                let own = own.filter(|color| *color != Color32::PLACEHOLDER).unwrap_or(text.fallback_color);
                let color = text.override_text_color.unwrap_or(own).gamma_multiply(text.opacity_factor);
                all.push(Text { words: text.galley.text().to_owned(), rect, clip: clipped.clip_rect, color });
            }
        });
    }
    all
}

fn painted<S>(harness: &Harness<'_, S>, wanted: impl Fn(&Shape) -> Option<Rect>) -> Vec<(Rect, Rect)> {
    let mut all = vec![];
    for clipped in &harness.output().shapes {
        each(&clipped.shape, &mut |shape| all.extend(wanted(shape).map(|rect| (rect, clipped.clip_rect))));
    }
    all
}

fn each(shape: &Shape, see: &mut impl FnMut(&Shape)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| each(shape, see)),
        shape => see(shape),
    }
}

/// What has the focus.
pub(crate) fn focused<S>(harness: &Harness<'_, S>) -> Option<Target> {
    targets(harness).into_iter().find(|target| target.focused)
}
