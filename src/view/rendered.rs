//! A message as a person sees it, and the only place where it becomes one of serenity's builders.

use std::fmt;
use std::num::NonZeroU64;

use serenity::builder::{
    CreateActionRow, CreateAllowedMentions, CreateAttachment, CreateEmbed,
    CreateInteractionResponseMessage, CreateMessage, EditAttachments, EditInteractionResponse,
    EditMessage,
};

use super::embed::BoundedEmbed;
use crate::domain::{MemberId, RoleId};

/// Fills in what all of serenity's message builders have in common. Mentions are always given: some of the builders
/// would allow all of them by default.
macro_rules! filled {
    ($rendered:ident, $builder:expr) => {{
        let builder = $builder
            .embeds($rendered.embed.into_iter().collect())
            .components($rendered.components)
            .allowed_mentions($rendered.mentions);
        match $rendered.content {
            Some(content) => builder.content(content),
            None => builder,
        }
    }};
}

/// A whole message. Showing it replaces everything that was there before.
#[derive(Clone)]
#[must_use]
pub struct Rendered {
    /// On an edit, None leaves the text as it is. Only the card does that, to keep its mention of the approvers.
    pub content: Option<String>,
    pub embed: Option<CreateEmbed>,
    pub components: Vec<CreateActionRow>,
    pub attachment: Option<CreateAttachment>,
    /// Nobody, except for the one role or member who is meant.
    pub mentions: CreateAllowedMentions,
}

impl Rendered {
    pub(super) fn text(content: String) -> Self {
        Self::new(Some(content), None)
    }

    pub(super) fn embed(content: Option<String>, embed: BoundedEmbed) -> Self {
        Self::new(content, Some(embed.into_embed()))
    }

    fn new(content: Option<String>, embed: Option<CreateEmbed>) -> Self {
        Self {
            content,
            embed,
            components: Vec::new(),
            attachment: None,
            mentions: CreateAllowedMentions::new(),
        }
    }

    pub(super) fn buttons(mut self, components: Vec<CreateActionRow>) -> Self {
        self.components = components;
        self
    }

    pub(super) fn pinging_role(mut self, role: RoleId) -> Self {
        self.mentions = self.mentions.roles(snowflake(role.0));
        self
    }

    pub(super) fn pinging_member(mut self, member: MemberId) -> Self {
        self.mentions = self.mentions.users(snowflake(member.0));
        self
    }

    /// A new message. The sender adds the nonce.
    pub fn post(mut self) -> CreateMessage {
        let file = self.attachment.take();
        let message = filled!(self, CreateMessage::new());
        file.into_iter().fold(message, CreateMessage::add_file)
    }

    /// Replaces embed, buttons and attachments: one without a picture removes the old picture.
    pub(crate) fn edit(mut self) -> EditMessage {
        let files = files(self.attachment.take());
        filled!(self, EditMessage::new()).attachments(files)
    }

    /// The first answer to an interaction, which one person sees.
    pub(crate) fn answer(self) -> CreateInteractionResponseMessage {
        self.update().ephemeral(true)
    }

    /// Replaces the message whose button was pressed, attachments included.
    pub(crate) fn update(mut self) -> CreateInteractionResponseMessage {
        let file = self.attachment.take();
        let message = filled!(self, CreateInteractionResponseMessage::new());
        file.into_iter()
            .fold(message, CreateInteractionResponseMessage::add_file)
    }

    /// Replaces an earlier answer.
    pub(crate) fn edit_answer(mut self) -> EditInteractionResponse {
        let files = files(self.attachment.take());
        filled!(self, EditInteractionResponse::new()).attachments(files)
    }
}

/// Prints neither text nor picture, because both may contain a key.
impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            content: _,
            embed: _,
            components,
            attachment,
            mentions,
        } = self;
        f.debug_struct("Rendered")
            .field("components", components)
            .field("attachment", &attachment.is_some())
            .field("mentions", mentions)
            .finish_non_exhaustive()
    }
}

fn files(attachment: Option<CreateAttachment>) -> EditAttachments {
    attachment
        .into_iter()
        .fold(EditAttachments::new(), EditAttachments::add)
}

/// Discord's ids are never zero, and serenity would panic if one were.
fn snowflake(id: i64) -> Option<NonZeroU64> {
    u64::try_from(id).ok().and_then(NonZeroU64::new)
}
