//! The real program, killed at every point where it talks to somebody, and started again on the same file: nothing
//! is lost, nothing is doubled, no key is left behind.

mod cast;
mod matrix;
mod points;

const PROGRAM: &str = env!("CARGO_BIN_EXE_headscale-usher");
