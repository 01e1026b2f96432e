//! An embed that keeps Discord's limits whatever is written into it. Its colour only underlines what the words say.

use serenity::builder::CreateEmbed;
use zeroize::Zeroizing;

use super::escape::{fit, units};

/// Discord's reference, "Embed limits".
const TITLE_MAX: usize = 256;
const DESCRIPTION_MAX: usize = 4096;
const FIELD_VALUE_MAX: usize = 1024;
const FIELDS_MAX: usize = 25;
const TOTAL_MAX: usize = 6000;

#[derive(Clone, Copy)]
pub(super) enum Tone {
    Waiting,
    Working,
    Handed,
    Good,
    Refused,
    Trouble,
    Over,
}

impl Tone {
    fn colour(self) -> u32 {
        match self {
            Self::Waiting => 0x00F0_B232,
            Self::Working => 0x0058_65F2,
            Self::Handed => 0x0000_A8FC,
            Self::Good => 0x0023_A55A,
            Self::Refused => 0x00DA_373C,
            Self::Trouble => 0x00E6_7E22,
            Self::Over => 0x0080_848E,
        }
    }
}

pub(super) struct BoundedEmbed {
    title: String,
    tone: Tone,
    /// Wiped, because they may contain a key.
    lines: Zeroizing<Vec<String>>,
    fields: Vec<(String, String)>,
    image: Option<&'static str>,
}

impl BoundedEmbed {
    pub(super) fn new(title: String, tone: Tone) -> Self {
        Self {
            title,
            tone,
            lines: Zeroizing::default(),
            fields: Vec::new(),
            image: None,
        }
    }

    pub(super) fn line(mut self, line: String) -> Self {
        self.lines.push(line);
        self
    }

    pub(super) fn lines(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// Leaves the field out when its value is empty, because Discord would refuse it.
    pub(super) fn field(mut self, name: String, value: String) -> Self {
        if !value.is_empty() {
            self.fields.push((name, value));
        }
        self
    }

    /// Shows the attached file with that name.
    pub(super) fn image(mut self, file_name: &'static str) -> Self {
        self.image = Some(file_name);
        self
    }

    pub(super) fn into_embed(self) -> CreateEmbed {
        let title = fit(&self.title, TITLE_MAX);
        let description = fit(&Zeroizing::new(self.lines.join("\n")), DESCRIPTION_MAX);
        let mut left = TOTAL_MAX - units(&title) - units(&description);
        let mut embed = CreateEmbed::new()
            .title(title)
            .description(description)
            .colour(self.tone.colour());
        for (name, value) in self.fields.into_iter().take(FIELDS_MAX) {
            left = left.saturating_sub(units(&name));
            if left == 0 {
                break;
            }
            let value = fit(&value, FIELD_VALUE_MAX.min(left));
            left -= units(&value);
            embed = embed.field(name, value, false);
        }
        match self.image {
            Some(file_name) => embed.attachment(file_name),
            None => embed,
        }
    }
}
