//! The screens as people use them: by keys alone, by touch alone, by a screen reader alone, on any screen, in
//! both languages, and when something goes wrong. The whole kiosk, or its screens in any state, without a window.

#[path = "../common/mod.rs"]
mod common;

mod kiosk;
mod places;
mod stand;
mod tree;

mod alone;
mod keys;
mod layout;
mod operator;
mod pictures;
mod reader;
mod touch;
mod visits;
mod walk;
