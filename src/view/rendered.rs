//! One message as a person sees it, and the only place where it becomes one of serenity's builders.

use std::fmt;
use std::num::NonZeroU64;

use serenity::builder::{
    CreateActionRow, CreateAllowedMentions, CreateAttachment, CreateEmbed,
    CreateInteractionResponseMessage, CreateMessage, EditAttachments, EditInteractionResponse,
    EditMessage,
};

use super::embed::BoundedEmbed;
use crate::domain::{MemberId, RoleId};

/// A message, whole: showing it replaces everything that stood there before.
#[derive(Clone)]
#[must_use]
pub struct Rendered {
    /// None leaves the text as it is on an edit: only the card's mention of the approvers is kept that way.
    pub content: Option<String>,
    pub embed: Option<CreateEmbed>,
    pub components: Vec<CreateActionRow>,
    pub attachment: Option<CreateAttachment>,
    /// Nobody, but for the one role or member who is meant.
    pub mentions: CreateAllowedMentions,
}

impl Rendered {
    pub(super) fn text(content: String) -> Self {
        Self {
            content: Some(content),
            embed: None,
            components: Vec::new(),
            attachment: None,
            mentions: CreateAllowedMentions::new(),
        }
    }

    pub(super) fn embed(content: Option<String>, embed: BoundedEmbed) -> Self {
        Self {
            content,
            embed: Some(embed.into_embed()),
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

    /// A new message. The nonce is the sender's business.
    pub fn post(self) -> CreateMessage {
        let message = CreateMessage::new()
            .embeds(self.embed.into_iter().collect())
            .components(self.components)
            .allowed_mentions(self.mentions);
        let message = match self.content {
            Some(content) => message.content(content),
            None => message,
        };
        match self.attachment {
            Some(file) => message.add_file(file),
            None => message,
        }
    }

    /// Replaces embed, buttons and attachments: one without a picture removes the old picture.
    pub fn edit(self) -> EditMessage {
        let edit = EditMessage::new()
            .embeds(self.embed.into_iter().collect())
            .components(self.components)
            .allowed_mentions(self.mentions)
            .attachments(files(self.attachment));
        match self.content {
            Some(content) => edit.content(content),
            None => edit,
        }
    }

    /// The first answer to an interaction, for one person's eyes.
    pub fn answer(self) -> CreateInteractionResponseMessage {
        self.update().ephemeral(true)
    }

    /// Replaces the message whose button was pressed. Like every answer of that kind it replaces the attachments.
    pub fn update(self) -> CreateInteractionResponseMessage {
        let message = CreateInteractionResponseMessage::new()
            .embeds(self.embed.into_iter().collect())
            .components(self.components)
            .allowed_mentions(self.mentions);
        let message = match self.content {
            Some(content) => message.content(content),
            None => message,
        };
        match self.attachment {
            Some(file) => message.add_file(file),
            None => message,
        }
    }

    /// Replaces an earlier answer. serenity applies no default for mentions here, so that they must be said.
    pub fn edit_answer(self) -> EditInteractionResponse {
        let edit = EditInteractionResponse::new()
            .embeds(self.embed.into_iter().collect())
            .components(self.components)
            .allowed_mentions(self.mentions)
            .attachments(files(self.attachment));
        match self.content {
            Some(content) => edit.content(content),
            None => edit,
        }
    }
}

/// A message may hold a key, in its text and in its picture: nothing of either is printed.
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

/// Discord's ids are never zero, and serenity would panic on one.
fn snowflake(id: i64) -> Option<NonZeroU64> {
    u64::try_from(id).ok().and_then(NonZeroU64::new)
}
