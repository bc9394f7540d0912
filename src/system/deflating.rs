//! Deflates in parallel: a file in blocks, each of which knows the end of the one before, so that little is lost.
//!
//! The blocks, and with them the bytes that come out, hang on what is packed alone and never on the number of threads.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use flate2::{Compress, FlushCompress};

/// How much one thread deflates at a time, in bytes.
pub(super) const BLOCK: usize = 512 << 10;
/// How far back deflate can look, in bytes (RFC 1951).
const WINDOW: usize = 32 << 10;
/// More threads than that would wait for the disk.
const MANY: usize = 8;

/// A piece of a stream.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub raw: Arc<Vec<u8>>,
    /// The piece before it in the same stream.
    pub before: Option<Arc<Vec<u8>>>,
    /// Whether the stream ends with it.
    pub last: bool,
    /// From 1 (fast) to 9 (small); `None` leaves it as it is.
    pub level: Option<u8>,
}

/// Cuts a stream into blocks. A full one stays until it is known whether it is the last.
#[derive(Debug)]
pub(super) struct Cutter {
    /// Of the blocks that are yet to be cut.
    pub level: Option<u8>,
    buffer: Vec<u8>,
    before: Option<Arc<Vec<u8>>>,
}

impl Cutter {
    /// For a stream of `size` bytes, as far as that is known.
    pub fn new(level: Option<u8>, size: u64) -> Self {
        Self { level, buffer: Vec::with_capacity(size.min(BLOCK as u64) as usize), before: None }
    }

    pub fn is_full(&self) -> bool {
        self.buffer.len() == BLOCK
    }

    /// Takes as many of the bytes as there is room for, and tells their number.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(BLOCK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        taken
    }

    /// What has been taken since the last cut.
    pub fn cut(&mut self, last: bool) -> Block {
        let next = Vec::with_capacity(if last { 0 } else { BLOCK });
        let raw = Arc::new(std::mem::replace(&mut self.buffer, next));
        let before = self.before.replace(Arc::clone(&raw));
        Block { raw, before, last, level: self.level }
    }
}

/// A block that has been deflated.
#[derive(Debug)]
pub(super) struct Deflated<T> {
    pub raw: Arc<Vec<u8>>,
    pub bytes: Vec<u8>,
    /// What it was handed in with.
    pub about: T,
}

/// A block, and where it goes when it is done.
type Job = (Block, SyncSender<Vec<u8>>);

/// A block that a thread has taken, or will.
#[derive(Debug)]
struct Waiting<T> {
    raw: Arc<Vec<u8>>,
    result: Receiver<Vec<u8>>,
    about: T,
}

/// Blocks on their way, which come out in the order in which they went in. Only so many are on their way at once, so that
/// memory stays bounded whatever is packed.
#[derive(Debug)]
pub(super) struct Line<T> {
    jobs: Sender<Job>,
    /// The blocks that no thread has taken yet.
    untaken: Arc<Mutex<Receiver<Job>>>,
    waiting: VecDeque<Waiting<T>>,
    length: usize,
}

impl<T> Line<T> {
    /// Hands a block in. Gives the oldest one once the line is full.
    pub fn push(&mut self, block: Block, about: T) -> Option<Deflated<T>> {
        let (done, result) = mpsc::sync_channel(1);
        let raw = Arc::clone(&block.raw);
        if block.level.is_none() {
            let _ = done.send(Vec::new());
        } else {
            // They are received as long as the line is there.
            let _ = self.jobs.send((block, done));
        }
        self.waiting.push_back(Waiting { raw, result, about });
        if self.waiting.len() > self.length { self.pop() } else { None }
    }

    /// The oldest block, as soon as it is done. Until then this thread works as the others do.
    pub fn pop(&mut self) -> Option<Deflated<T>> {
        let Waiting { raw, result, about } = self.waiting.pop_front()?;
        let bytes = loop {
            match result.try_recv() {
                Ok(bytes) => break bytes,
                Err(_) if self.deflate_one() => {}
                Err(_) => break result.recv().expect("a thread that takes a block deflates it"),
            }
        };
        Some(Deflated { raw, bytes, about })
    }

    /// Whether there was a block that no thread had taken. Where one holds the lock, it waits for such a block itself.
    fn deflate_one(&self) -> bool {
        let job = self.untaken.try_lock().ok().and_then(|untaken| untaken.try_recv().ok());
        job.map(finish).is_some()
    }
}

fn finish((block, done): Job) {
    // Nobody waits for it where an error has ended the work.
    let _ = done.send(deflated(&block));
}

/// How many threads may work, by what the machine has and what the user allows.
pub fn threads(allowed: Option<usize>) -> usize {
    let there = thread::available_parallelism().map_or(1, usize::from);
    allowed.unwrap_or(there).min(there).clamp(1, MANY)
}

/// Lets `work` use a line with a number of threads behind it, of which the calling one is the first.
pub(super) fn in_line<T, R>(threads: usize, work: impl FnOnce(&mut Line<T>) -> R) -> R {
    let (jobs, untaken) = mpsc::channel::<Job>();
    let untaken = Arc::new(Mutex::new(untaken));
    thread::scope(|scope| {
        for _ in 1..threads {
            let untaken = Arc::clone(&untaken);
            scope.spawn(move || {
                loop {
                    let job = untaken.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(job) = job else { return };
                    finish(job);
                }
            });
        }
        // While this thread deflates a block, there must be another one for each of the others.
        let mut line = Line { jobs, untaken, waiting: VecDeque::new(), length: 2 * threads };
        work(&mut line)
        // The line ends here, and with it the threads.
    })
}

/// Deflates one block, by a state of its own: that of zlib-rs, when it is reset, still lets earlier blocks show.
fn deflated(block: &Block) -> Vec<u8> {
    let level = flate2::Compression::new(block.level.unwrap_or_default().min(9).into());
    let mut state = Compress::new_with_window_bits(level, false, window_bits(block));
    if let Some(before) = &block.before {
        let known = &before[before.len().saturating_sub(WINDOW)..];
        state.set_dictionary(known).expect("a raw stream that has just begun takes a dictionary");
    }
    let flush = if block.last { FlushCompress::Finish } else { FlushCompress::Sync };
    let mut bytes = Vec::with_capacity(block.raw.len() + 64);
    loop {
        let read = state.total_in() as usize;
        let full = bytes.capacity();
        state.compress_vec(&block.raw[read..], &mut bytes, flush).expect("deflating takes any bytes");
        // Room that is left shows that all is said.
        if bytes.len() < full && state.total_in() as usize == block.raw.len() {
            return bytes;
        }
        bytes.reserve(block.raw.len() / 4 + 64);
    }
}

/// How large a window the block needs, as a power of two. A small file's state is small too: to make one takes longer
/// than to deflate a little.
fn window_bits(block: &Block) -> u8 {
    // Deflate does not look back over the whole of its window.
    const UNUSED: usize = 262;
    let whole = block.before.is_none() && block.last;
    let needed = (block.raw.len() + UNUSED).next_power_of_two().min(WINDOW);
    if whole { (needed.ilog2() as u8).max(9) } else { WINDOW.ilog2() as u8 }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn stream(pieces: &[Arc<Vec<u8>>], threads: usize) -> Vec<u8> {
        in_line(threads, |line| {
            let mut bytes = Vec::new();
            for (at, raw) in pieces.iter().enumerate() {
                let before = at.checked_sub(1).map(|at| Arc::clone(&pieces[at]));
                let block = Block { raw: Arc::clone(raw), before, last: at + 1 == pieces.len(), level: Some(6) };
                bytes.extend(line.push(block, at).into_iter().flat_map(|done| done.bytes));
            }
            while let Some(done) = line.pop() {
                bytes.extend(done.bytes);
            }
            bytes
        })
    }

    /// Text, repetition and noise, a piece for each length.
    fn pieces(lengths: &[usize]) -> Vec<Arc<Vec<u8>>> {
        let byte = |at: usize, piece: usize| match piece % 3 {
            0 => b"the quick brown fox "[at % 20],
            1 => 7,
            _ => (at.wrapping_mul(2_654_435_761) >> 13) as u8,
        };
        let piece = |(piece, length): (usize, &usize)| Arc::new((0..*length).map(|at| byte(at, piece)).collect());
        lengths.iter().enumerate().map(piece).collect()
    }

    #[test]
    fn one_stream_comes_out_whatever_the_number_of_threads_and_the_history() {
        let lengths = [BLOCK, BLOCK, BLOCK, 5, BLOCK, BLOCK - 1, 0, BLOCK, BLOCK, 70_000];
        let pieces = pieces(&lengths);
        let once = stream(&pieces, 1);
        for threads in [1, 2, 3, 8] {
            assert!(stream(&pieces, threads) == once);
            // After other work.
            let reversed: Vec<_> = pieces.iter().rev().cloned().collect();
            assert!(stream(&reversed, threads) != once && stream(&pieces, threads) == once);
        }
        let mut read = Vec::new();
        flate2::read::DeflateDecoder::new(&*once).read_to_end(&mut read).unwrap();
        assert!(read == pieces.iter().flat_map(|piece| piece.iter().copied()).collect::<Vec<_>>());
    }

    #[test]
    fn what_a_block_repeats_of_the_one_before_costs_little() {
        let noise = pieces(&[0, 0, WINDOW / 2]).remove(2);
        let twice = stream(&[Arc::clone(&noise), Arc::clone(&noise)], 2).len();
        assert!(twice < noise.len() + noise.len() / 10, "{twice}");
    }

    #[test]
    fn nothing_gives_an_empty_stream() {
        assert_eq!(stream(&pieces(&[0]), 1), [3, 0]);
    }

    #[test]
    fn threads_are_as_many_as_there_are_and_may_be() {
        assert_eq!(threads(Some(1)), 1);
        assert!((1..=MANY).contains(&threads(None)) && threads(Some(usize::MAX)) == threads(None));
    }
}
