//! The demo's two pictures, drawn for it: a harvest, and a page of the issue.

use serde_json::Value;

use crate::picture;

/// Three stripped cork oaks, a ladder, and planks of bark.
pub(crate) fn harvest() -> Value {
    picture("image/png", include_bytes!("pictures/trunks.png"))
}

/// Page 17 as it is set.
pub(crate) fn proof() -> Value {
    picture("image/png", include_bytes!("pictures/proof.png"))
}
