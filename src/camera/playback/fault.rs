//! A played camera that breaks on demand, in every way that a real one does.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::camera::{Frame, FrameSource, SourceOpener};
use crate::error::CameraError;

/// How long a source waits for a picture before it says that there is none yet.
const WAIT: Duration = Duration::from_millis(50);

/// What is wrong with the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It is pulled out; until the fault is over there is no camera.
    Unplugged,
    /// Another program has it.
    InUse,
    /// This user may not open it.
    NoPermission,
    /// It is there, and sends nothing.
    Frozen,
    /// As frozen, and its driver does not return until the fault is over.
    Hung,
    /// Its shutter is closed.
    Black,
    /// Its pictures cannot be decoded.
    Garbage,
    /// It fails in a way of its own.
    Failing,
}

/// Breaks and mends cameras from another thread. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub struct FaultSwitch(Arc<(Mutex<Fault>, Condvar)>);

impl FaultSwitch {
    /// From now on this is wrong.
    pub fn set(&self, fault: Fault) {
        *self.lock() = fault;
        self.0.1.notify_all();
    }

    /// The opener of a camera that works as long as this switch lets it.
    pub fn over(&self, open: SourceOpener) -> SourceOpener {
        let switch = self.clone();
        Arc::new(move || {
            switch.refusal(CameraError::NotFound { wanted: None })?;
            Ok(Box::new(Faulty { source: open()?, switch: switch.clone() }))
        })
    }

    fn lock(&self) -> MutexGuard<'_, Fault> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner) // every change is one assignment
    }

    /// The error of a fault that lets nothing through.
    fn refusal(&self, unplugged: CameraError) -> Result<(), CameraError> {
        match *self.lock() {
            Fault::Unplugged => Err(unplugged),
            Fault::InUse => Err(CameraError::InUse),
            Fault::NoPermission => Err(CameraError::NoPermission { camera: "that is played".into() }),
            Fault::Failing => Err(CameraError::Device { action: "be read", detail: "it was told to fail".into() }),
            _ => Ok(()),
        }
    }

    /// Waits while this is wrong; what is wrong then.
    fn wait_while(&self, fault: Fault, limit: Option<Duration>) -> Fault {
        let same = |now: &mut Fault| *now == fault;
        match limit {
            Some(limit) => {
                *self.0.1.wait_timeout_while(self.lock(), limit, same).unwrap_or_else(PoisonError::into_inner).0
            }
            None => *self.0.1.wait_while(self.lock(), same).unwrap_or_else(PoisonError::into_inner),
        }
    }
}

struct Faulty {
    source: Box<dyn FrameSource>,
    switch: FaultSwitch,
}

impl FrameSource for Faulty {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        self.switch.wait_while(Fault::Hung, None);
        if self.switch.wait_while(Fault::Frozen, Some(WAIT)) == Fault::Frozen {
            return Err(CameraError::NoFrame { waited_ms: WAIT.as_millis() as u64 });
        }
        self.switch.refusal(CameraError::Unplugged)?;
        let frame = self.source.next_frame(now)?;
        let fault = *self.switch.lock();
        match fault {
            Fault::Black => Frame::new(frame.width(), frame.height(), vec![0; frame.rgb().len()], frame.captured_at()),
            Fault::Garbage => Err(CameraError::BadFrame { detail: "it was told to send garbage".into() }),
            _ => Ok(frame),
        }
    }

    fn describe(&self) -> String {
        self.source.describe()
    }
}
