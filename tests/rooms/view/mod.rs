//! Messages as people read them: one snapshot for each status of the card, the letter and the answers.

mod answers;
mod cards;
mod departures;
mod keys;
mod letters;
mod limits;
mod list;
pub(crate) mod people;
mod problems;
mod reading;
mod refusals;
mod terms;
