//! Which vectors the kernels are compiled for: chosen once, when a network is loaded.

use std::fmt;

use pulp::{Simd, WithSimd};

use super::quantized::Vnni;

/// The environment variable that forces a path, for tests and for measuring.
pub const VARIABLE: &str = "MIRILLA_KERNELS";

/// A kind of vectors, with or without products of bytes. A value exists only where the CPU has them: what is inside
/// proves it.
#[derive(Clone, Copy)]
pub struct Path {
    token: Token,
    vnni: Option<Vnni>,
}

#[derive(Clone, Copy)]
enum Token {
    /// 16 numbers at once, 32 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    /// 8 numbers at once, 16 registers, fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// 4 numbers at once, 16 registers (SSE4.2): small and older processors, such as many a mini PC's.
    #[cfg(target_arch = "x86_64")]
    Sse4(pulp::x86::V2),
    /// 4 numbers at once, 32 registers, fused multiply-add.
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// 4 numbers at once in plain Rust.
    Portable,
}

/// What [`VARIABLE`] may say. With `-f32` the embedder computes in single precision also where the CPU multiplies bytes.
const NAMES: [&str; 7] = ["avx512", "avx512-f32", "avx2", "avx2-f32", "sse4", "neon", "portable"];

/// A path that was asked for and cannot be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PathError {
    /// No such name.
    #[error("{VARIABLE} is {found:?}; expected one of {}, or nothing", NAMES.join(", "))]
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
        let known = NAMES.into_iter().find(|known| *known == name);
        let wanted = known.ok_or_else(|| PathError::Unknown { found: name.into() })?;
        // Without products of bytes, the plain name is already what `-f32` asks for.
        let fits = |path: &Self| path.name() == wanted || path.vnni.is_none() && wanted == format!("{path}-f32");
        Self::available().find(fits).ok_or(PathError::NotHere { wanted })
    }

    /// All that this CPU has, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let with_vectors = {
            let wide = pulp::x86::V4::try_new().map(Token::Avx512);
            let narrow = pulp::x86::V3::try_new().map(Token::Avx2);
            let least = pulp::x86::V2::try_new().map(Token::Sse4);
            [(wide, Vnni::wide()), (wide, None), (narrow, Vnni::narrow()), (narrow, None), (least, None)]
        };
        #[cfg(target_arch = "aarch64")]
        let with_vectors = [(pulp::aarch64::Neon::try_new().map(Token::Neon), None)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let with_vectors: [(Option<Token>, Option<Vnni>); 0] = [];
        let mut paths: Vec<Self> = vec![];
        for (token, vnni) in with_vectors {
            // What has no products of bytes is listed once.
            let again = vnni.is_none()
                && token.is_some_and(|token| paths.iter().any(|path| path.is(token) && path.vnni.is_none()));
            paths.extend(token.filter(|_| !again).map(|token| Self { token, vnni }));
        }
        paths.push(Self { token: Token::Portable, vnni: None });
        paths.into_iter()
    }

    fn widest() -> Self {
        Self::available().next().unwrap_or(Self { token: Token::Portable, vnni: None })
    }

    fn is(self, token: Token) -> bool {
        std::mem::discriminant(&self.token) == std::mem::discriminant(&token)
    }

    /// The products of bytes that this path has, if any.
    pub fn vnni(self) -> Option<Vnni> {
        self.vnni
    }

    /// As [`VARIABLE`] names it.
    pub fn name(self) -> &'static str {
        match (self.token, self.vnni) {
            #[cfg(target_arch = "x86_64")]
            (Token::Avx512(_), None) if Vnni::wide().is_some() => "avx512-f32",
            #[cfg(target_arch = "x86_64")]
            (Token::Avx512(_), _) => "avx512",
            #[cfg(target_arch = "x86_64")]
            (Token::Avx2(_), None) if Vnni::narrow().is_some() => "avx2-f32",
            #[cfg(target_arch = "x86_64")]
            (Token::Avx2(_), _) => "avx2",
            #[cfg(target_arch = "x86_64")]
            (Token::Sse4(_), _) => "sse4",
            #[cfg(target_arch = "aarch64")]
            (Token::Neon(_), _) => "neon",
            (Token::Portable, _) => "portable",
        }
    }

    /// Runs `job`, compiled for these vectors. What it calls must be `#[inline(always)]`, down to the innermost loop:
    /// a function of its own would be compiled for the plainest CPU.
    #[inline(always)]
    pub(super) fn run<J: WithSimd>(self, job: J) -> J::Output {
        match self.token {
            #[cfg(target_arch = "x86_64")]
            Token::Avx512(token) => Simd::vectorize(token, job),
            #[cfg(target_arch = "x86_64")]
            Token::Avx2(token) => Simd::vectorize(token, job),
            #[cfg(target_arch = "x86_64")]
            Token::Sse4(token) => Simd::vectorize(token, job),
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
