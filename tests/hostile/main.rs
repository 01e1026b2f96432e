//! People and services that mean ill: forged clicks, floods, texts made to mislead, answers made to break the reader.

mod answers;
mod flood;
mod forge;
mod ledger;
mod markup;
mod payloads;
#[path = "../view/people.rs"]
mod people;
mod scene;
mod texts;
