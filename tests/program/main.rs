//! The real program as its own process, with the stand-ins around it.

mod crashes;
mod faults;
mod secrets;
mod serve;

const PROGRAM: &str = env!("CARGO_BIN_EXE_headscale-usher");
