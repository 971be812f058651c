//! What is kept on this computer. Being written.
