//! What joins the two ways through a residual block.

use pulp::{Simd, WithSimd};

use super::activation::{Activation, Epilogue};
use super::map::{Lanes, Map, Numbers, vectors, vectors_a_group, vectors_mut};
use super::{Path, Unfit};

/// A PReLU of the sum of two maps.
#[derive(Debug, Clone)]
pub struct Shortcut {
    /// Its bias is zero.
    epilogue: Epilogue,
}

impl Shortcut {
    /// A slope for each channel.
    ///
    /// # Errors
    /// [`Unfit`] when there are none.
    pub fn new(slope: Numbers) -> Result<Self, Unfit> {
        let bias = vec![Lanes::ZERO; slope.len()].into();
        Ok(Self { epilogue: Epilogue::new(bias, Activation::PRelu(slope))? })
    }

    /// `map = PReLU(map + around)`. Where `around` has fewer channels, the missing ones, at the end, are zeros.
    ///
    /// # Errors
    /// [`Unfit`] when the maps have other extents than each other, or other channels than the slopes.
    pub fn run(&self, path: Path, around: &Map, map: &mut Map) -> Result<(), Unfit> {
        Unfit::unless_channels(self.epilogue.groups(), map)?;
        let extent = |map: &Map| (map.rows(), map.columns());
        if extent(around) != extent(map) || around.groups() > map.groups() {
            let (found, expected) = (extent(around), extent(map));
            return Err(Unfit(format!("a map of {found:?} cannot be added to one of {expected:?}")));
        }
        let positions = map.positions();
        path.run(Run { layer: self, around: around.values(), positions, map: map.values_mut() });
        Ok(())
    }
}

struct Run<'a> {
    layer: &'a Shortcut,
    around: &'a [Lanes],
    positions: usize,
    map: &'a mut [Lanes],
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let each = vectors_a_group::<S>();
        let mut around = self.around.chunks_exact(self.positions.max(1));
        for (group, places) in self.map.chunks_exact_mut(self.positions.max(1)).enumerate() {
            let other = around.next().unwrap_or_default();
            for v in 0..each {
                let activation = self.layer.epilogue.loaded::<S, 1>(simd, group * each + v);
                let (places, other) = (vectors_mut::<S>(places), vectors::<S>(other));
                for (i, place) in places.iter_mut().skip(v).step_by(each).enumerate() {
                    let mut sums = [[*place]];
                    if let Some(other) = other.get(i * each + v) {
                        sums[0][0] = simd.add_f32s(*place, *other);
                    }
                    activation.finish(simd, &mut sums);
                    *place = sums[0][0];
                }
            }
        }
    }
}
