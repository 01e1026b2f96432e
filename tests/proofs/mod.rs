//! Properties that are proved by trying every case.

mod model;
