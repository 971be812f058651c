//! Pictures by their bytes: what is taken, what becomes of it, and what is refused in which words.

mod made;
mod refused;
mod shown;
mod taken;
