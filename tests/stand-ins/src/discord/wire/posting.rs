//! New messages and changes to old ones, wherever they come from.

use super::{error::ApiError, exchange::Exchange, mentions};
use crate::discord::{
    feed::Happening,
    journal::File,
    model::{
        Attachment, Id, MessageRecord, Pings,
        flags::{EPHEMERAL, LOADING},
    },
    rules::{AllowedMentions, AttachmentRef, MessageForm, Place},
};

/// A new message's place and readers.
pub(super) struct Address {
    pub(super) channel: Id,
    pub(super) interaction: Option<Id>,
    pub(super) seen_only_by: Option<Id>,
    pub(super) place: Place,
}

/// Stores a new message of the bot.
pub(super) fn post(exchange: &mut Exchange<'_>, form: MessageForm, address: &Address) -> Id {
    let content = form.content.unwrap_or_default();
    let pings = ping(
        exchange,
        address.channel,
        &content,
        form.allowed.as_ref(),
        address.place,
    );
    let files = exchange.incoming.body.files.clone();
    let attachments = upload(exchange, &files, form.attachments.as_deref());
    let world = exchange.world();
    let message = MessageRecord {
        id: world.fresh_id(),
        channel: address.channel,
        author: world.bot,
        content,
        embeds: form.embeds.unwrap_or_default(),
        components: form.components.unwrap_or_default(),
        attachments,
        flags: form.flags.unwrap_or_default(),
        nonce: form.nonce,
        tts: form.tts,
        created: world.now(),
        edited: None,
        mentions: pings.clone(),
        pings: if address.seen_only_by.is_some() {
            Pings::default()
        } else {
            pings
        },
        interaction: address.interaction,
        seen_only_by: address.seen_only_by,
    };
    let id = world.keep(message);
    exchange.state.tell(Happening::Posted(id));
    id
}

/// Changes a message: what the form does not mention stays.
pub(super) fn change(
    exchange: &mut Exchange<'_>,
    id: Id,
    form: MessageForm,
    place: Place,
) -> Result<(), ApiError> {
    let old = exchange
        .state
        .world
        .messages
        .get(&id)
        .ok_or_else(ApiError::unknown_message)?;
    let mut new = old.clone();
    let files = exchange.incoming.body.files.clone();
    if let Some(kept) = &form.attachments {
        keep_listed(&mut new, kept, &files)?;
    }
    let added = upload(exchange, &files, form.attachments.as_deref());
    new.attachments.extend(added);
    if new.attachments.len() > 10 {
        return Err(ApiError::too_many_files());
    }
    if let Some(content) = form.content {
        new.mentions = ping(
            exchange,
            new.channel,
            &content,
            form.allowed.as_ref(),
            place,
        );
        new.content = content;
    }
    new.embeds = form.embeds.unwrap_or(new.embeds);
    new.components = form.components.unwrap_or(new.components);
    // Answers keep what their first response decided.
    let fixed = EPHEMERAL | LOADING;
    new.flags = form
        .flags
        .map_or(new.flags, |flags| (new.flags & fixed) | (flags & !fixed));
    new.flags &= !LOADING;
    check_pictures(&new)?;
    if is_blank(&new) {
        return Err(ApiError::empty_message());
    }
    new.edited = Some(exchange.now());
    exchange.world().messages.insert(id, new);
    exchange.state.tell(Happening::Edited(id));
    Ok(())
}

/// The listed attachments stay, the others go; an entry may also name a new file.
fn keep_listed(
    message: &mut MessageRecord,
    listed: &[AttachmentRef],
    files: &[File],
) -> Result<(), ApiError> {
    for (n, entry) in listed.iter().enumerate() {
        let kept = message.attachments.iter().any(|file| file.id == entry.id);
        let added = files
            .iter()
            .any(|file| file.field == format!("files[{}]", entry.id));
        if !kept && !added {
            let path = format!("attachments.{n}");
            let message = "Attachment data cannot be found.";
            return Err(ApiError::form(&path, "ATTACHMENT_NOT_FOUND", message));
        }
    }
    message
        .attachments
        .retain(|file| listed.iter().any(|entry| entry.id == file.id));
    Ok(())
}

/// Files of the request become attachments.
fn upload(
    exchange: &mut Exchange<'_>,
    files: &[File],
    listed: Option<&[AttachmentRef]>,
) -> Vec<Attachment> {
    let attach = |file: &File| {
        let entry = listed
            .unwrap_or_default()
            .iter()
            .find(|entry| file.field == format!("files[{}]", entry.id));
        let named = entry.and_then(|entry| entry.filename.clone());
        Attachment {
            id: exchange.state.world.fresh_id(),
            filename: named.unwrap_or_else(|| file.filename.clone()),
            description: entry.and_then(|entry| entry.description.clone()),
            content_type: file.content_type.clone(),
            bytes: file.bytes.clone(),
        }
    };
    files.iter().map(attach).collect()
}

/// Every `attachment://name` of the embeds names a file of the message.
fn check_pictures(message: &MessageRecord) -> Result<(), ApiError> {
    for (n, embed) in message.embeds.iter().enumerate() {
        for slot in ["image", "thumbnail"] {
            let url = embed[slot]["url"].as_str().unwrap_or_default();
            if let Some(name) = url.strip_prefix("attachment://")
                && !message.attachments.iter().any(|file| file.filename == name)
            {
                let path = format!("embeds.{n}.{slot}.url");
                let text = "The referenced attachment is not part of this message.";
                let code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND";
                return Err(ApiError::form(&path, code, text));
            }
        }
    }
    Ok(())
}

fn is_blank(message: &MessageRecord) -> bool {
    message.content.trim().is_empty() && message.embeds.is_empty() && message.attachments.is_empty()
}

fn ping(
    exchange: &mut Exchange<'_>,
    channel: Id,
    content: &str,
    allowed: Option<&AllowedMentions>,
    place: Place,
) -> Pings {
    if let Some(doubt) = mentions::doubt(content, allowed) {
        exchange.complain(doubt);
    }
    let unsaid = AllowedMentions::unsaid(place.answers_interaction());
    let world = &exchange.state.world;
    world
        .channels
        .get(&channel)
        .map_or_else(Pings::default, |channel| {
            mentions::resolve(world, channel, content, allowed.unwrap_or(&unsaid))
        })
}
