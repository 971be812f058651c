//! What a message can be made of. There is no case for HTML, styles, scripts or anything that would load something by being drawn.

/// A block of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        content: Vec<Inline>,
    },
    /// A list.
    List {
        /// The number of the first item; none for a list with bullets.
        start: Option<u64>,
        /// No blank lines between the items: no space between them either.
        tight: bool,
        /// In order.
        items: Vec<ListItem>,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// Code, whether fenced or indented.
    Code {
        /// The first word after the fence; may be empty.
        language: String,
        /// Without the last line's end.
        text: String,
    },
    /// A table. Every row has as many cells as the head.
    Table {
        /// One a column.
        alignments: Vec<Alignment>,
        /// The first row.
        head: Vec<Cell>,
        /// The others.
        rows: Vec<Vec<Cell>>,
    },
    /// A line across.
    Rule,
    /// A note at the foot, where the text has it.
    Footnote {
        /// As in `[^label]`.
        label: String,
        /// What it says.
        blocks: Vec<Block>,
    },
}

/// An item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListItem {
    /// Done or not, for a task.
    pub task: Option<bool>,
    /// What it says. Text in a tight list is a paragraph too.
    pub blocks: Vec<Block>,
}

/// What stands in one cell.
pub type Cell = Vec<Inline>;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Not said.
    None,
    /// To the left.
    Left,
    /// In the middle.
    Center,
    /// To the right.
    Right,
}

/// A piece of running text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain text. Never empty, never two in a row.
    Text(String),
    /// Bold.
    Strong(Vec<Inline>),
    /// Italic.
    Emphasis(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Code within a line.
    Code(String),
    /// A link that may be opened outside: http, https or mailto, without a user name before the host.
    Link {
        /// Where, as written.
        url: String,
        /// As given; may be empty.
        title: String,
        /// What is shown.
        content: Vec<Inline>,
    },
    /// A picture that is not loaded.
    Image {
        /// Where, as written. Of any kind: never to be handed to the page.
        url: String,
        /// What it shows, by the author.
        alt: String,
    },
    /// A line end in the source that is none on the page.
    SoftBreak,
    /// A line end.
    HardBreak,
}
