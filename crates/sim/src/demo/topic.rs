//! What a typed message is about, by its words. No understanding: the demo says so itself.

/// Things the demo's people have something to say about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Greeting,
    Help,
    Thanks,
    Costs,
    /// Letters to two houses at once.
    Both,
    Figures,
    Layout,
    /// A page to look at.
    Proof,
    Code,
    Long,
    /// A reading through a tunnel, in which the line tears.
    Train,
}

const WORDS: [(Topic, &[&str]); 11] = [
    (Topic::Greeting, &["hello", "hi", "hey", "hallo", "hola", "olá", "ola", "bom", "morning", "evening", "greetings"]),
    (Topic::Help, &["help", "try", "demo", "who", "script", "scripted", "model"]),
    (Topic::Thanks, &["thanks", "thank", "obrigado", "obrigada", "great", "lovely", "perfect"]),
    (
        Topic::Costs,
        &[
            "cost", "costs", "price", "prices", "print", "prints", "printer", "printing", "quote", "offer", "budget",
            "euro", "euros", "money", "pay", "email", "mail", "send", "copies",
        ],
    ),
    (Topic::Both, &["both", "printers", "quotes", "offers", "compare"]),
    (Topic::Proof, &["proof", "proofs", "show", "spread"]),
    (Topic::Train, &["train", "tunnel", "torn", "tear", "tears", "disconnect", "connection"]),
    (
        Topic::Figures,
        &[
            "figure", "figures", "cork", "check", "checked", "fact", "facts", "number", "numbers", "source", "sources",
            "claim", "claims", "harvest", "true", "hold",
        ],
    ),
    (
        Topic::Layout,
        &[
            "layout", "cover", "page", "font", "fonts", "column", "columns", "grid", "photo", "photos", "picture",
            "design", "headline", "margin", "paper",
        ],
    ),
    (Topic::Code, &["code", "css", "html", "snippet", "style", "stylesheet"]),
    (Topic::Long, &["long", "story", "everything", "essay", "chapter", "article", "draft"]),
];

/// The topics of a text.
#[derive(Clone, Debug)]
pub(crate) struct Topics(Vec<Topic>);

impl Topics {
    pub(crate) fn of(text: &str) -> Self {
        let words: Vec<String> = text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase).collect();
        let about = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        Self(WORDS.iter().filter(|(_, list)| about(list)).map(|(topic, _)| *topic).collect())
    }

    /// The first of these, in the order of the one who asks: each of the four hears their own subject first.
    pub(crate) fn first_of(&self, order: &[Topic]) -> Option<Topic> {
        order.iter().copied().find(|topic| self.0.contains(topic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hears_their_own_subject_first() {
        let topics = Topics::of("We print on the 14th. What do 96 pages cost, and do the cork figures hold?");
        assert_eq!(topics.first_of(&[Topic::Costs, Topic::Figures]), Some(Topic::Costs));
        assert_eq!(topics.first_of(&[Topic::Figures, Topic::Costs]), Some(Topic::Figures));
        assert_eq!(topics.first_of(&[Topic::Layout]), None);
        assert_eq!(Topics::of("Hi!").first_of(&[Topic::Greeting]), Some(Topic::Greeting));
        assert_eq!(Topics::of("xyzzy").first_of(&[Topic::Greeting, Topic::Help]), None);
    }
}
