//! The store, over a real file: what it promises to the workflow and to the operator.

mod agreement;
mod audit;
mod backup;
mod cards;
mod departures;
mod due;
mod file;
mod held;
mod list;
mod plans;
mod restore;
mod scene;
mod submit;
mod swap;
