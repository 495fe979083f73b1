//! What was seen in pictures, kept in a file: an evaluation that was stopped goes on where it was.
//!
//! Features can be inverted into faces: the file is for its owner only, and there is none unless a folder is given.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::pictures::Way;
use crate::biometrics::{Features, Quality};
use crate::cli::output::{Exit, Failure};
use crate::eval::dataset::Seen;
use crate::models::kernels;
use crate::models::sface::{EMBEDDING_SIZE, NETWORK_ID};
use crate::store::data_dir;

/// SHA-256 of a picture's file.
pub(super) type Key = [u8; 32];

const QUALITIES: usize = 8;
const NUMBERS: usize = QUALITIES + EMBEDDING_SIZE;
/// The key, whether there is a face, and the numbers.
const RECORD: usize = 32 + 1 + 4 * NUMBERS;

/// What is known of pictures, by their files' content.
pub(super) struct Cache {
    known: HashMap<Key, Option<Seen>>,
    file: Option<Mutex<File>>,
}

/// The key of a picture.
pub(super) fn key(file: &[u8]) -> Key {
    Sha256::digest(file).into()
}

impl Cache {
    /// Without a folder nothing is known and nothing is kept.
    pub(super) fn open(folder: Option<&Path>, path: kernels::Path, way: Way) -> Result<Self, Failure> {
        let Some(folder) = folder else { return Ok(Self { known: HashMap::new(), file: None }) };
        data_dir::create(folder)?;
        // Whatever changes the numbers is in the name, so that old ones are never taken for new ones.
        let way = if way == Way::Plain { "plain-" } else { "" };
        let name = format!("{way}{NETWORK_ID}-{path}.features").replace('/', "-");
        let failed = |error: std::io::Error| {
            Failure::new(
                Exit::Machine,
                "file_unusable",
                format!("cannot use the cache: {error} ({})", folder.display()),
            )
        };
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(folder.join(name)).map_err(failed)?;
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(failed)?;
        let (records, cut_short) = bytes.as_chunks::<RECORD>();
        file.set_len((bytes.len() - cut_short.len()) as u64).map_err(failed)?;
        Ok(Self { known: records.iter().filter_map(read).collect(), file: Some(Mutex::new(file)) })
    }

    /// What was seen in the picture; `None` where it was not looked at yet.
    pub(super) fn get(&self, key: &Key) -> Option<Option<Seen>> {
        self.known.get(key).cloned()
    }

    /// Keeps what was seen.
    pub(super) fn put(&self, key: &Key, seen: Option<&Seen>) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&written(key, seen))
    }
}

fn written(key: &Key, seen: Option<&Seen>) -> Vec<u8> {
    let mut record = key.to_vec();
    record.push(u8::from(seen.is_some()));
    if let Some(Seen { quality, features }) = seen {
        let numbers = qualities(quality).into_iter().chain(*features.values());
        record.extend(numbers.flat_map(f32::to_le_bytes));
    }
    record.resize(RECORD, 0);
    record
}

fn read(record: &[u8; RECORD]) -> Option<(Key, Option<Seen>)> {
    let (key, rest) = record.split_first_chunk::<32>()?;
    let (has_face, rest) = rest.split_first()?;
    let mut numbers = rest.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let mut next = || numbers.next().unwrap_or_default();
    let mut quality = Quality {
        face_width_px: next(),
        yaw_deg: next(),
        pitch_deg: next(),
        sharpness: next(),
        bright_luma: next(),
        dark_luma: next(),
        inside: next(),
        detection_score: next(),
        norm: None,
    };
    let features = Features::from_values(std::array::from_fn(|_| next()));
    quality.norm = Some(features.norm());
    Some((*key, (*has_face == 1).then_some(Seen { quality, features })))
}

fn qualities(quality: &Quality) -> [f32; QUALITIES] {
    [
        quality.face_width_px,
        quality.yaw_deg,
        quality.pitch_deg,
        quality.sharpness,
        quality.bright_luma,
        quality.dark_luma,
        quality.inside,
        quality.detection_score,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_known_again_and_a_record_cut_short_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = kernels::Path::choose().unwrap();
        let open = || Cache::open(Some(folder.path()), path, Way::OfTheKiosk).map_err(|_| ()).unwrap();
        let record: [u8; RECORD] = std::array::from_fn(|i| match i {
            32 => 1,
            33.. if i % 4 == 0 => 0x3F,
            i => i as u8 / 4,
        });
        let (one, seen) = read(&record).unwrap();
        let other = key(b"another picture");
        let cache = open();
        assert_eq!(cache.get(&one), None);
        cache.put(&one, seen.as_ref()).unwrap();
        cache.put(&other, None).unwrap();
        drop(cache);
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        OpenOptions::new().append(true).open(file).unwrap().write_all(&record[..100]).unwrap();
        let cache = open();
        assert_eq!((cache.get(&one), cache.get(&other)), (Some(seen), Some(None)));
        cache.put(&[7; 32], None).unwrap();
        assert_eq!(open().get(&[7; 32]), Some(None), "the rest of the record is gone");
    }
}
