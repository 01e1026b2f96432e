//! The store, over a real file: what it promises to the workflow and to the operator.

mod audit;
mod departures;
mod due;
mod file;
#[path = "../support/rules.rs"]
mod rules;
mod scene;
#[path = "../states/mod.rs"]
mod states;
mod submit;
mod swap;
