//! Puts text on the clipboard.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Copies text; false where the page may not. Must be called from a click or a key.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    // Not there outside secure pages, whatever the binding says.
    let has_clipboard =
        js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_falsy());
    if has_clipboard && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok() {
        return true;
    }
    copy_by_selection(text).unwrap_or(false)
}

/// The old way: select it in a field and let the page copy the selection.
fn copy_by_selection(text: &str) -> Option<bool> {
    let document = document();
    let before = document.active_element().and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    let field: web_sys::HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    field.set_class_name("vh");
    document.body()?.append_child(&field).ok()?;
    field.select();
    let copied = document.unchecked_ref::<web_sys::HtmlDocument>().exec_command("copy").ok();
    field.remove();
    if let Some(before) = before {
        before.focus().ok();
    }
    copied
}
