//! Mirilla knows who stands before it: faces are enrolled with three frames and recognized with one.
//!
//! ```text
//! camera -> Frame -> detection -> alignment -> quality -> embedding -> comparison -> decision -> session -> screen
//! ```
//!
//! Data moves from left to right, once. Scores are computed in [`biometrics`]; decisions are made in
//! [`session`]; things happen (disk, camera, clock, threads) in the shell around them. `ARCHITECTURE.md` tells
//! which module may use which, and a test holds it.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]

// Numbers and words.
pub mod error;
pub mod geometry;
pub mod person;

// The flow.
pub mod biometrics;
pub mod camera;
pub mod keys;
pub mod models;
pub mod session;
pub mod settings;
pub mod store;
pub mod token;

// The shell: where things happen.
pub mod app;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod desk;
pub mod eval;
pub mod selftest;
pub mod simulation;
pub mod ui;
pub mod window;
pub mod worker;
