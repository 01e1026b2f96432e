//! The sentences that people read, as Fluent messages in `locales/<language>/*.ftl`.
//!
//! [`text!`] formats one. It names the message by a literal, so `tests/rooms/i18n.rs` can compare the code with the
//! files: no message and no argument may be missing, and none may be left over. Text that a person typed must be escaped
//! for Discord before it becomes an argument.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// `text!("card-waiting", expires = relative(at))`, in English; `text!(in language, "card-waiting", …)` otherwise.
/// Numbers stay numbers, so a message can select by plural.
macro_rules! text {
    (in $language:expr, $id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::message($language, $id, [$((stringify!($name), $value.into())),*])
    };
    ($id:literal $($rest:tt)*) => {
        $crate::i18n::text!(in $crate::i18n::Language::English, $id $($rest)*)
    };
}
pub(crate) use text;

/// `localised!("option-device-name")`: the message in every language that has it, for what Discord translates itself.
macro_rules! localised {
    ($id:literal) => {
        $crate::i18n::Localised::new($id)
    };
}
pub(crate) use localised;

/// English has every message, the others have some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    French,
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| Language::ALL.map(Language::load));

impl Language {
    const ALL: [Self; 3] = [Self::English, Self::German, Self::French];

    /// The language's code in BCP 47 and at Discord.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    fn sources(self) -> &'static [&'static str] {
        match self {
            Self::English => &[
                include_str!("../locales/en/answer.ftl"),
                include_str!("../locales/en/backup.ftl"),
                include_str!("../locales/en/card.ftl"),
                include_str!("../locales/en/check.ftl"),
                include_str!("../locales/en/command.ftl"),
                include_str!("../locales/en/departure.ftl"),
                include_str!("../locales/en/gateway.ftl"),
                include_str!("../locales/en/key.ftl"),
                include_str!("../locales/en/letter.ftl"),
                include_str!("../locales/en/list.ftl"),
                include_str!("../locales/en/notice.ftl"),
                include_str!("../locales/en/problem.ftl"),
                include_str!("../locales/en/refusal.ftl"),
                include_str!("../locales/en/settings.ftl"),
                include_str!("../locales/en/steps.ftl"),
                include_str!("../locales/en/words.ftl"),
            ],
            Self::German => &[include_str!("../locales/de/command.ftl")],
            Self::French => &[include_str!("../locales/fr/command.ftl")],
        }
    }

    fn load(self) -> Bundle {
        let mut bundle = Bundle::new_concurrent(vec![self.code().parse().unwrap_or_default()]);
        // People would copy the isolation marks along with the text.
        bundle.set_use_isolating(false);
        for source in self.sources() {
            // A test finds whatever cannot be parsed; here it is left out.
            let resource = FluentResource::try_new((*source).to_owned());
            bundle.add_resource_overriding(resource.unwrap_or_else(|(rest, _)| rest));
        }
        bundle
    }

    fn find(self, id: &str, args: &FluentArgs<'_>) -> Option<String> {
        let bundle = &BUNDLES[self as usize];
        let pattern = bundle.get_message(id)?.value()?;
        let text = bundle.format_pattern(pattern, Some(args), &mut Vec::new());
        Some(text.into_owned())
    }
}

/// The message in that language, or else in English. A message that doesn't exist shows its name: ugly, but nothing
/// breaks.
pub(crate) fn message<const N: usize>(
    language: Language,
    id: &str,
    args: [(&'static str, FluentValue<'_>); N],
) -> String {
    let args = args.into_iter().collect();
    let found = language.find(id, &args);
    let found = found.or_else(|| Language::English.find(id, &args));
    found.unwrap_or_else(|| id.to_owned())
}

/// One message in every language that has it.
pub(crate) struct Localised {
    pub(crate) english: String,
    /// By Discord's code of the language.
    pub(crate) others: Vec<(&'static str, String)>,
}

impl Localised {
    pub(crate) fn new(id: &str) -> Self {
        let none = FluentArgs::new();
        let others = Language::ALL.into_iter().skip(1);
        let translated = |language: Language| Some((language.code(), language.find(id, &none)?));
        Self {
            english: message(Language::English, id, []),
            others: others.filter_map(translated).collect(),
        }
    }
}
