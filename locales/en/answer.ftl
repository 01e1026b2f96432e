# Private answers to a command or a click.

answer-name = Request { $request } ({ $device })

answer-saved = ⏳ { $name } is saved and goes straight to the approvers. You'll get a direct message once they've decided. It expires { $expires }.
answer-not-posted = ⏳ { $name } is saved, but I couldn't post it for the approvers yet. I'll keep trying; you don't need to do anything. It expires { $expires }.
answer-approved-key = ✅ { $name } is approved. Your key is coming in a direct message.
answer-approved-link = ✅ { $name } is approved. Your device is being added to the network.
answer-held-up = ✅ { $name } is approved, but it's taking longer than usual. { $problem } The bot keeps trying; you don't need to do anything.
answer-making-key = ✅ { $name } is approved. Your key is being made.
answer-key-sent = 📨 { $name } is approved. Your key is in your direct messages.
answer-key-used = 📨 { $name }: your key has been used. Your device should be online in a moment.
answer-key-collected = 📨 { $name }: you've collected your key. Lost it? Press **Get my key** for a new one.
answer-claimable = 🔔 { $name } is approved. Press **Get my key** once you're at your device. This offer ends { $until }.
answer-failed-key = ❗ { $name } is approved, but your key couldn't be made yet. { $called ->
        [yes] The approvers have been told.
       *[no] The approvers will be told.
    }
answer-failed-link = ❗ { $name } is approved, but your device couldn't be added. Get a new link from the app, and ask again with it.
answer-gone = 👋 { $name }: your device is no longer in the network.
answer-lost = ❔ { $name }: your key has been used, but the device wasn't found.
answer-online = ✅ { $name }: your device is online.
answer-denied = ⛔ { $name } was denied by { $by }.
answer-cancelled = ↩️ { $name } is cancelled.
answer-cancelling = ↩️ { $name } is being cancelled, unless it's done already.
answer-expired = 💤 { $name } has expired. You can ask again with `/request-device`.
answer-expired-link = 💤 { $name } has expired: its link ran out. Get a new link from the app, and ask again with it.
answer-revoking = 🚫 { $name } is being revoked.
answer-revoked = 🚫 { $name } was revoked by { $by }.

answer-not-claimed = Your key couldn't be made just now. { $problem } Press the button again in a minute.
answer-error = Something went wrong on our side (error id { $id }). Try again in a moment; if it keeps happening, tell an approver that id.

# -- For whoever came second: what happened, without blame.

decided-pending = Request { $request }: nobody has decided yet. Your click changed nothing.
decided-approved = Request { $request }: { $by } approved this { $since }. Your click changed nothing.
decided-failed = Request { $request }: this was approved, but failed { $since }. Your click changed nothing.
decided-lost = Request { $request }: its key was used, but the device wasn't found. The bot stopped looking { $since }. Your click changed nothing.
decided-denied = Request { $request }: { $by } denied this { $since }. Your click changed nothing.
decided-cancelled = Request { $request }: { $by } cancelled this { $since }. Your click changed nothing.
decided-expired = Request { $request }: this expired { $since }. Your click changed nothing.
decided-revoked = Request { $request }: { $by } revoked this { $since }. Your click changed nothing.
