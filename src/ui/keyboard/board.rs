//! Where the keys lie on the screen, and which one a finger means.

use super::layout::{Cell, Key, QUARTERS, ROWS};
use super::typist::Spot;
use egui::{Pos2, Rect, pos2, vec2};

/// Between the drawn faces of two keys. Half of it belongs to the touch target on either side: no touch falls between.
pub(super) const GAP: f32 = 6.0;
/// A finger that slides so far off its key, or off the popup, still means it.
const SLACK: f32 = 24.0;
const MAX_WIDTH: f32 = 900.0;

pub(super) fn row_height(width: f32) -> f32 {
    // At least 48 for the face, and no higher than a fingertip needs.
    (width.min(MAX_WIDTH) * 0.072).clamp(48.0 + GAP, 66.0)
}

pub(super) fn height(width: f32) -> f32 {
    f32::from(ROWS) * row_height(width)
}

/// A page laid out on the screen.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) rect: Rect,
    pub(super) cells: Vec<Cell>,
}

impl Board {
    /// Lays `cells` out at the top of `space`, centered.
    pub(super) fn new(space: Rect, cells: Vec<Cell>) -> Self {
        let size = vec2(space.width().min(MAX_WIDTH), height(space.width()));
        Self { rect: Rect::from_min_size(pos2(space.center().x - size.x / 2.0, space.top()), size), cells }
    }

    pub(super) fn row_height(&self) -> f32 {
        row_height(self.rect.width())
    }

    /// The touch target of a key: its face and half the gap around it.
    pub(super) fn target(&self, cell: &Cell) -> Rect {
        let quarter = self.rect.width() / f32::from(QUARTERS);
        let corner = self.rect.min + vec2(f32::from(cell.start) * quarter, f32::from(cell.row) * self.row_height());
        Rect::from_min_size(corner, vec2(f32::from(cell.width) * quarter, self.row_height()))
    }

    /// The touch targets of `count` choices in a row above `key`, as near to its middle as the board's edges allow.
    pub(super) fn choices(&self, key: Key, count: usize) -> Vec<Rect> {
        let Some(cell) = self.cells.iter().find(|cell| cell.key == key) else { return vec![] };
        let target = self.target(cell);
        let width = (4.0 * self.rect.width() / f32::from(QUARTERS)).min(72.0);
        let whole = width * count as f32;
        let left = (target.center().x - width / 2.0).min(self.rect.right() - whole).max(self.rect.left());
        // Off the grid of the keys, so that it is not taken for one more row.
        let top = target.top() - self.row_height() - GAP;
        let size = vec2(width, self.row_height());
        (0..count).map(|at| Rect::from_min_size(pos2(left + width * at as f32, top), size)).collect()
    }

    /// What a finger at `pos` means, where `held` is the key it went down on and `open` the key of the open popup.
    pub(super) fn spot(&self, pos: Pos2, held: Option<Key>, open: Option<Key>) -> Spot {
        if let Some(key) = open {
            let choices = self.choices(key, key.choices().len());
            if let Some(at) = nearest(choices.iter().copied(), pos, SLACK / 2.0) {
                return Spot::Choice(at);
            }
        }
        let slack = |cell: &&Cell| held == Some(cell.key) && self.target(cell).distance_to_pos(pos) <= SLACK;
        if let Some(cell) = self.cells.iter().find(slack) {
            return Spot::Key(cell.key);
        }
        // Rows that are not full have margins, which belong to the key beside them.
        let all = self.cells.iter().map(|cell| self.target(cell));
        let at = if self.rect.contains(pos) { nearest(all, pos, f32::INFINITY) } else { None };
        at.and_then(|at| self.cells.get(at)).map_or(Spot::Elsewhere, |cell| Spot::Key(cell.key))
    }
}

fn nearest(targets: impl Iterator<Item = Rect>, pos: Pos2, within: f32) -> Option<usize> {
    let distances = targets.map(|target| target.distance_to_pos(pos)).enumerate();
    let near = distances.filter(|(_, distance)| *distance <= within);
    near.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::layout::{Layout, Page, Purpose, cells};
    use super::*;
    use proptest::prelude::*;

    fn board(width: f32, layout: Layout, purpose: Purpose, page: Page) -> Board {
        Board::new(Rect::from_min_size(pos2(10.0, 20.0), vec2(width, 400.0)), cells(layout, purpose, page))
    }

    fn boards(width: f32) -> Vec<Board> {
        let mut boards = vec![];
        for layout in [Layout::English, Layout::Spanish] {
            for purpose in [Purpose::Name, Purpose::Email] {
                boards.extend([Page::Letters, Page::Symbols].map(|page| board(width, layout, purpose, page)));
            }
        }
        boards
    }

    proptest! {
        #[test]
        fn targets_are_large_apart_and_inside_at_any_width(width in 480f32..2000.0) {
            for board in boards(width) {
                prop_assert!((board.rect.center().x - (10.0 + width / 2.0)).abs() < 0.01);
                for (i, cell) in board.cells.iter().enumerate() {
                    let target = board.target(cell);
                    prop_assert!(target.width() > 47.99 && target.height() > 47.99, "{cell:?} {target}");
                    prop_assert!(target.shrink(GAP / 2.0).height() > 47.99);
                    prop_assert!(board.rect.expand(0.01).contains_rect(target));
                    for other in &board.cells[..i] {
                        let shared = target.intersect(board.target(other));
                        prop_assert!(shared.width() < 0.01 || shared.height() < 0.01, "{cell:?} {other:?}");
                    }
                    let choices = board.choices(cell.key, cell.key.choices().len());
                    let near = board.rect.expand(GAP + 0.01);
                    prop_assert!(choices.iter().all(|choice| near.contains_rect(*choice)));
                    prop_assert!(choices.iter().all(|choice| choice.width() > 47.99));
                }
            }
        }

        #[test]
        fn every_point_of_the_board_means_a_key(x in 0.001f32..0.999, y in 0.001f32..0.999, width in 480f32..2000.0) {
            for board in boards(width) {
                let pos = board.rect.min + vec2(x, y) * board.rect.size();
                prop_assert!(matches!(board.spot(pos, None, None), Spot::Key(_)));
            }
        }
    }

    #[test]
    fn a_finger_may_slide_a_little() {
        let board = board(480.0, Layout::English, Purpose::Name, Page::Letters);
        let center = |key| board.target(board.cells.iter().find(|cell| cell.key == key).unwrap()).center();
        let (a, s) = (Key::Char('a'), Key::Char('s'));
        assert_eq!(board.spot(center(a) + vec2(40.0, 0.0), None, None), Spot::Key(s));
        assert_eq!(board.spot(center(a) + vec2(40.0, 0.0), Some(a), None), Spot::Key(a));
        assert_eq!(board.spot(center(a) + vec2(60.0, 0.0), Some(a), None), Spot::Key(s));
        // Up from the key, into the popup; still on the key, the popup is not meant.
        assert_eq!(board.spot(center(a), Some(a), Some(a)), Spot::Key(a));
        assert_eq!(board.spot(center(a) - vec2(0.0, 54.0), Some(a), Some(a)), Spot::Choice(0));
        assert_eq!(board.spot(pos2(-50.0, 0.0), None, None), Spot::Elsewhere);
    }
}
