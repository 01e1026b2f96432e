# The requester's direct message, without a key. The first sentence is what a phone shows before the message is opened.

letter-title = Your device request { $request } · { $device }

letter-waiting = ⏳ Your request for { $device } is waiting for a decision.
letter-waiting-more = It expires { $expires }.

letter-approved = ✅ Your request for { $device } is approved.
letter-approved-key = Approved by { $by }. Your key is being made and will appear in this message.
letter-approved-link = Approved by { $by }. Your device is being added to the network.
letter-held-up = It's taking longer than usual. { $problem } The bot keeps trying; you don't need to do anything.

letter-key-sent = 📨 Your key for { $device } has been handed over.
letter-key-sent-more = A key is shown only once. This one expires { $expires }.
letter-collected = 📨 You've collected your key for { $device }.
letter-collected-more = It expires { $expires }. Lost it? Press **Get my key** for a new one; that ends the old one.
letter-used = 📨 Your key for { $device } has been used.
letter-used-more = It works only once, so it's gone from this message. Your device should be online in a moment.

letter-to-collect = 🔔 Your key for { $device } is waiting for you.
letter-dms-closed-more = It couldn't be sent to you in a direct message. Press **Get my key** once you're at your device: a new key is made then, and only you will see it. This offer ends { $until }.
letter-membership-lost-more = It wasn't made, because you weren't in the server any more, or had lost the role that's needed. Once that's put right, press **Get my key** at your device: a new key is made then, and only you will see it. This offer ends { $until }.
letter-key-lapsed = 🔔 Your key for { $device } expired before it was used.
letter-key-lapsed-more = It no longer works. Press **Get my key** once you're at your device: a new key is made then, and only you will see it. This offer ends { $until }.

letter-failed-key = ❗ Your request for { $device } is approved, but the key couldn't be made.
letter-failed-key-more = { $called ->
        [yes] The approvers have been told and can try again.
       *[no] The approvers will be told, and can try again.
    } You don't need to do anything.
letter-failed-link = ❗ Your request for { $device } is approved, but the device couldn't be added.
letter-failed-link-more = Open the app again to get a new link, then use `/request-device` with it. Links run out after 15 minutes.

letter-online = ✅ { $name } is online.
letter-online-as = ✅ { $name } is online as { $addresses }.
letter-online-key = The key has done its job and is gone from this message.
letter-lost = ❔ Your key for { $device } has been used, but the device wasn't found.
letter-lost-more = The bot no longer looks for it. If your device isn't in the network, you can ask again with `/request-device`.
letter-signed-out = 💤 { $name } was signed out { $since }.
letter-signed-out-more = Its time in the network is over. Ask for it again with `/request-device`.
letter-removed = 👋 { $name } was removed from the network { $since }.
letter-removed-more = If you still need it, ask again with `/request-device`.
letter-online-link = It joined with its sign-in link. You're all set.
letter-not-renamed = It couldn't be named { $device }. { $problem }

letter-denied = ⛔ Your request for { $device } was denied.
letter-denied-by = Denied by { $by }.
letter-denied-silently = Denied by { $by }. They didn't give a reason; you can ask them.
letter-ask-again = You can ask again at any time.
letter-ask-again-at = You can ask again { $at }.

letter-cancelled = ↩️ Your request for { $device } is cancelled.
letter-cancelled-more = You cancelled it. You can ask again with `/request-device`.

letter-expired = 💤 Your request for { $device } has expired.
letter-expired-undecided = Nobody decided in time. You can ask again with `/request-device`.
letter-expired-link = Its sign-in link ran out; links last 15 minutes. Open the app again to get a new one, then use `/request-device` with it.
letter-expired-unused = It was approved, but no device joined in time. You can ask again with `/request-device`.

letter-revoking = 🚫 Your access for { $device } is being revoked.
letter-revoking-more = Requested by { $by }.
letter-revoked = 🚫 Your access for { $device } has been revoked.
letter-revoked-key = Revoked by { $by } { $since }. Your access has ended: no key works any more, and if the device had joined, it has been { $effect ->
        [delete] removed from the network
       *[expire] signed out or removed from the network
    }.
letter-revoked-link = Revoked by { $by } { $since }. Your access has ended: if the device had joined, it has been { $effect ->
        [delete] removed from the network
       *[expire] signed out or removed from the network
    }.
