//! Feature maps, cut into groups of 16 channels: (group, row, column, 16).
//!
//! One group of a map is a small picture of its own with a cache line a pixel. A 3x3 window over it reads whole lines,
//! and 14 neighbouring positions of a matrix product lie at fixed distances, so that the kernels need neither
//! gathering nor address arithmetic, and the compiler can see that no index leaves its slice.

use std::borrow::Cow;

use bytemuck::{Pod, Zeroable};
use pulp::Simd;

/// Channels that are computed together. Every layer of our networks has a multiple of it.
pub const LANES: usize = 16;

/// One group of channels at one place, on a cache line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Lanes(pub [f32; LANES]);

impl Lanes {
    /// Nothing.
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// Numbers that a layer was made with: those in the binary as they lie there, or a copy.
pub type Numbers = Cow<'static, [Lanes]>;

/// A feature map. Its memory is kept when its size changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    groups: usize,
    rows: usize,
    columns: usize,
    values: Vec<Lanes>,
}

impl Map {
    /// Makes room for another extent. What is in it afterwards is of no meaning.
    pub fn resize(&mut self, groups: usize, rows: usize, columns: usize) {
        (self.groups, self.rows, self.columns) = (groups, rows, columns);
        self.values.resize(groups * rows * columns, Lanes::ZERO);
    }

    /// Groups of [`LANES`] channels.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Places of one group.
    pub fn positions(&self) -> usize {
        self.rows * self.columns
    }

    /// All of it.
    pub fn values(&self) -> &[Lanes] {
        &self.values
    }

    /// All of it, to be written.
    pub fn values_mut(&mut self) -> &mut [Lanes] {
        &mut self.values
    }

    /// One group, row by row.
    pub fn group(&self, group: usize) -> &[Lanes] {
        &self.values[group * self.positions()..][..self.positions()]
    }
}

/// The groups as the vectors of `S`: one, two or four for each.
#[inline(always)]
pub(super) fn vectors<S: Simd>(lanes: &[Lanes]) -> &[S::f32s] {
    S::as_simd_f32s(bytemuck::must_cast_slice(lanes)).0
}

/// The same, to be written.
#[inline(always)]
pub(super) fn vectors_mut<S: Simd>(lanes: &mut [Lanes]) -> &mut [S::f32s] {
    S::as_mut_simd_f32s(bytemuck::must_cast_slice_mut(lanes)).0
}

/// Vectors of `S` in a group.
#[inline(always)]
pub(super) const fn vectors_a_group<S: Simd>() -> usize {
    LANES / S::F32_LANES
}

/// `a * b + c`: fused where the CPU does it in one step. In plain Rust `mul_add` would be a call of the C library.
#[inline(always)]
pub(super) fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if S::F32_LANES > 4 || cfg!(target_arch = "aarch64") {
        simd.mul_add_e_f32s(a, b, c)
    } else {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    }
}
