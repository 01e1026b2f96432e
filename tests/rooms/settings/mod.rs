//! Settings as an operator meets them: the example file, the environment, secrets, and every refusal.

mod addresses;
mod example;
mod place;
mod problems;
mod secrets;
