//! Input that means ill: texts made to mislead, payloads and answers made to break the reader.

mod answers;
mod markup;
mod payloads;
mod texts;
