//! Stories of people over real sockets, with the real store: the bot inside this process, the stand-ins of the sandbox
//! around it. Each ends with `finish`, which fails on anything that a careful observer would complain about.

mod asking;
#[path = "../support/audit.rs"]
mod audit;
mod cards;
mod claiming;
mod clicks;
mod deciding;
mod delivering;
mod hostile;
mod late_keys;
mod leaving;
mod leaving_decided;
mod leaving_many;
mod links;
mod links_lost;
mod links_read;
mod links_renewed;
mod links_tagged;
mod listing;
mod network;
mod operator;
mod owners;
mod restarts;
mod revoking;
mod steps;
mod troubles;
