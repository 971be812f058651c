//! The icons by name, and Tertulia's mark. The drawings themselves stand once in `index.html`; a name here points to one of them.

use leptos::prelude::*;

macro_rules! symbols {
    ($($name:ident = $id:literal),* $(,)?) => {
        /// An icon of 16 × 16 units, drawn in the colour of the text around it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is named after what it shows")]
        pub enum Symbol { $($name),* }

        impl Symbol {
            /// All of them.
            pub const ALL: &[Symbol] = &[$(Symbol::$name),*];

            /// Where the page keeps its drawing.
            pub fn href(self) -> &'static str {
                match self { $(Symbol::$name => concat!("#i-", $id)),* }
            }
        }
    };
}

symbols! {
    Alert = "alert", ArrowDown = "arrowd", ArrowRight = "arrowr", At = "at", Block = "block", Chat = "chat", Check = "check", Clip = "clip", Clock = "clock",
    Cloud = "cloud", Copy = "copy", Cup = "cup", Database = "db", Down = "down", Download = "dl", Enter = "enter", External = "ext", Eye = "eye",
    EyeOff = "eyeoff", File = "file", Globe = "globe", Grip = "grip", History = "history", Image = "image", Info = "info", Key = "key", Left = "left",
    Lock = "lock", Mail = "mail", Minus = "minus", Monitor = "monitor", Moon = "moon", More = "more", Offline = "offline", PanelLeft = "panell",
    PanelRight = "panelr", Pencil = "pencil", Plus = "plus", Queue = "queue", Refresh = "refresh", Retry = "retry", Right = "right", Search = "search", Send = "send",
    Server = "server", Sliders = "sliders", Spark = "spark", Stamp = "stamp", Stop = "stop", Sun = "sun", Table = "table", Terminal = "term",
    Thought = "thought", Tool = "tool", Trash = "trash", Up = "up", X = "x",
}

/// An icon. Never read aloud: what it means stands in text or in a label beside it.
#[component]
pub fn Icon(
    /// Which.
    symbol: Symbol,
    /// More classes: `s` for 14 px, `chev` for a chevron.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    let class = if class.is_empty() { "i".to_owned() } else { format!("i {class}") };
    view! { <svg class=class aria-hidden="true"><use href=symbol.href()></use></svg> }
}

/// Tertulia's mark: the table that is also a speech bubble.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
            <rect width="16" height="16" rx="3.75" class="mark-ground"></rect>
            <circle cx="8" cy="8" r="3.5" class="mark-paper"></circle>
            <path d="M7.71 11.28Q5.99 11.40 3.67 12.58Q3.39 12.61 3.42 12.33Q4.60 10.01 4.72 8.29Z" class="mark-paper"></path>
            <g fill="none" stroke-width="1.5" stroke-linecap="round">
                <path class="mark-1" d="M2.92 5.41A5.7 5.7 0 0 1 5.41 2.92"></path>
                <path class="mark-2" d="M10.59 2.92A5.7 5.7 0 0 1 13.08 5.41"></path>
                <path class="mark-3" d="M13.08 10.59A5.7 5.7 0 0 1 10.59 13.08"></path>
            </g>
        </svg>
    }
}

/// An agent's monogram in its colour.
#[component]
pub fn Monogram(
    /// One letter, or two.
    #[prop(into)]
    letters: String,
    /// 1 to 10.
    hue: u8,
    /// `xs`, `sm`, `lg` or nothing for 28 px.
    #[prop(default = "")]
    size: &'static str,
) -> impl IntoView {
    view! { <span class=format!("mg {} {size}", hue_class(hue)) aria-hidden="true">{letters}</span> }
}

/// The class that sets an agent's colours. A hue the design does not know becomes the first.
pub fn hue_class(hue: u8) -> String {
    format!("agent-{}", if (1..=10).contains(&hue) { hue } else { 1 })
}

/// Three bars that move: somebody speaks.
#[component]
pub fn Bars() -> impl IntoView {
    view! { <span class="bars3" aria-hidden="true"><b></b><b></b><b></b></span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[wasm_bindgen_test::wasm_bindgen_test]
    fn every_icon_is_drawn_in_the_page() {
        let page = include_str!("../index.html");
        for symbol in Symbol::ALL {
            let id = format!("id=\"{}\"", symbol.href().trim_start_matches('#'));
            assert!(page.contains(&id), "{symbol:?} has no drawing");
        }
    }
}
