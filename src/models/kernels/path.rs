//! Which vectors the kernels are compiled for: chosen once, when a network is loaded.

use std::fmt;

use pulp::{Simd, WithSimd};

/// The environment variable that forces a path, for tests and for measuring.
pub const VARIABLE: &str = "MIRILLA_KERNELS";

/// A kind of vectors. A value exists only where the CPU has them: the tokens inside prove it.
#[derive(Clone, Copy)]
pub struct Path(Token);

#[derive(Clone, Copy)]
enum Token {
    /// 16 numbers at once, 32 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    /// 8 numbers at once, 16 registers, fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// 4 numbers at once, 32 registers, fused multiply-add.
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// 4 numbers at once in plain Rust, as whatever the target has by itself (SSE2 on x86-64).
    Portable,
}

/// A path that was asked for and cannot be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PathError {
    /// No such name.
    #[error("{VARIABLE} is {found:?}; expected one of avx512, avx2, neon, portable, or nothing")]
    Unknown {
        /// What was given.
        found: String,
    },
    /// The CPU cannot run it.
    #[error("{VARIABLE} asks for {wanted}, which this CPU does not have; it has: {}", Path::available().map(|path| path.to_string()).collect::<Vec<_>>().join(", "))]
    NotHere {
        /// What was given.
        wanted: &'static str,
    },
}

impl Path {
    /// The one that [`VARIABLE`] names, else the widest that this CPU has.
    ///
    /// # Errors
    /// [`PathError`] when the variable names something else.
    pub fn choose() -> Result<Self, PathError> {
        match std::env::var(VARIABLE) {
            Ok(name) if !name.is_empty() => Self::named(&name),
            Err(std::env::VarError::NotUnicode(name)) => {
                Err(PathError::Unknown { found: name.to_string_lossy().into_owned() })
            }
            _ => Ok(Self::widest()),
        }
    }

    /// The path of this name.
    ///
    /// # Errors
    /// [`PathError`] for another word, or one that this CPU does not have.
    pub fn named(name: &str) -> Result<Self, PathError> {
        let known = ["avx512", "avx2", "neon", "portable"].into_iter().find(|known| *known == name);
        let wanted = known.ok_or_else(|| PathError::Unknown { found: name.into() })?;
        Self::available().find(|path| path.name() == wanted).ok_or(PathError::NotHere { wanted })
    }

    /// All that this CPU has, the widest first.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let with_vectors = [pulp::x86::V4::try_new().map(Token::Avx512), pulp::x86::V3::try_new().map(Token::Avx2)];
        #[cfg(target_arch = "aarch64")]
        let with_vectors = [pulp::aarch64::Neon::try_new().map(Token::Neon)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let with_vectors: [Option<Token>; 0] = [];
        with_vectors.into_iter().flatten().chain([Token::Portable]).map(Self)
    }

    fn widest() -> Self {
        Self::available().next().unwrap_or(Self(Token::Portable))
    }

    /// As [`VARIABLE`] names it.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Token::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Token::Avx2(_) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Token::Neon(_) => "neon",
            Token::Portable => "portable",
        }
    }

    /// Runs `job`, compiled for these vectors. What it calls must be `#[inline(always)]`, down to the innermost loop:
    /// a function of its own would be compiled for the plainest CPU.
    #[inline(always)]
    pub(super) fn run<J: WithSimd>(self, job: J) -> J::Output {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Token::Avx512(token) => Simd::vectorize(token, job),
            #[cfg(target_arch = "x86_64")]
            Token::Avx2(token) => Simd::vectorize(token, job),
            #[cfg(target_arch = "aarch64")]
            Token::Neon(token) => Simd::vectorize(token, job),
            Token::Portable => Simd::vectorize(pulp::Scalar128b, job),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
