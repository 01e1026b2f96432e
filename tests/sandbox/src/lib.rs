//! Programs for people: a story to watch, stand-ins to drive the real program with, and a benchmark.

pub mod bench;
pub mod serve;
pub mod story;
