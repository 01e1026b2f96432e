//! The messenger against a strict Discord: what it writes, and what it makes of each refusal.

mod answers;
mod limits;
mod office;
mod refusals;
mod writing;
