//! What holds in every case, because every case is tried.

mod model;
