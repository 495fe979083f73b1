//! Raw bindings of `<linux/videodev2.h>`, generated beforehand; see README.md.

#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, deref_nullptr, clippy::all)]

// Sizes and offsets were taken on x86_64 and are checked by the tests in the generated file.
#[cfg(all(target_os = "linux", not(target_pointer_width = "64")))]
compile_error!(
    "vendor/v4l2-sys-mit holds the layout of 64-bit Linux; for a 32-bit target run scripts/v4l2-bindings there, or \
     take the [patch.crates-io] section out of Cargo.toml and install libclang-dev"
);

include!("bindings.rs");
