//! Presentation attacks and living heads, rendered from the bundled portraits: for tests, for `mirilla eval pad`, and for whoever has
//! no camera. All of it is simulation. Geometry is as good as the ray caster; paper, screens, light and lenses are only hinted at.

mod head;
mod performer;
mod sheet;
mod stage;
mod trial;
mod visitors;

pub use head::{Head, Pose};
pub use performer::{Performer, Species};
pub use stage::{Canvas, HEIGHT, SimulationError, Stage, WIDTH};
pub use trial::{Presented, Trial, Verdict};
pub use visitors::{ACTORS, Actor, Director};
