//! Mirilla knows who stands before it: faces are enrolled with three frames and recognized with one.
//!
//! ```text
//! camera -> Frame -> detection -> alignment -> quality -> embedding -> comparison -> decision -> session -> screen
//! ```

pub mod geometry;
pub mod person;

pub mod error;

pub mod clock;

pub mod camera;

pub mod models;

pub mod biometrics;

pub mod store;

pub mod token;
