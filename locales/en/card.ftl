# The approvers' message: one for each request, edited for life. Terse, and in nobody's voice.

card-title = Device request { $request } · { $device }

card-who = Who
card-what = What
card-if-approved = If approved
card-why = Why
card-history = History
card-requested = Requested
card-approved = Approved
card-denied = Denied
card-problem = Problem

# -- The first line: an emoji and a word, so a glance is enough.

card-is-waiting = ⏳ **Waiting** · expires { $expires }
card-is-held-up = ⚠️ **Held up** · { $trouble }
card-is-working = ⚙️ **Working** · approved by { $by }
card-is-adding = ⚙️ **Working** · approved by { $by }, adding the device
card-is-collecting = ⚙️ **Working** · { $who } is collecting the key
card-key-sent = 📨 **Key sent** to { $who } · expires { $expires }
card-key-collected = 📨 **Key collected** by { $who } · expires { $expires }
card-key-used = 📨 **Key used** · waiting for the device to appear
card-dms-closed = 🔔 **Approved** · direct messages are closed, waiting for { $who } to collect the key · expires { $expires }
card-membership-lost = 🔔 **Approved** · no key was made: { $who } had left the server or lost the role, and can collect the key once that's put right · expires { $expires }
card-key-lapsed = 🔔 **Approved** · the key expired unused, waiting for { $who } to collect a new one · expires { $expires }
card-has-failed = ❗ **Failed** · { $problem }
    Retry once it's fixed · expires { $expires }
card-has-joined = ✅ **Joined** as { $name }
card-signed-out = 💤 **Signed out** { $since } · { $name } has to sign in again
card-removed = 👋 **Removed** from Headscale { $since } · it was { $name }
card-lost = ❔ **Not found** · the key was used, but the device wasn't found in Headscale, and the bot stopped looking { $since }
card-is-revoking = ⚙️ **Revoking** · requested by { $by }
card-was-denied = ⛔ **Denied** by { $by } { $since }
card-was-cancelled = ↩️ **Cancelled** by { $who } { $since }
card-expired = 💤 **Expired** { $since } · { $decided ->
        [no] nobody decided in time
       *[yes] approved, but no device joined in time
    }
card-expired-link = 💤 **Expired** { $since } · { $decided ->
        [no] nobody decided before the sign-in link ran out
       *[yes] approved, but the sign-in link ran out
    }
card-was-revoked = 🚫 **Revoked** by { $by } { $since }

card-addresses = { $count ->
        [one] Address
       *[other] Addresses
    }: { $addresses }
card-other-owner = ⚠️ It belongs to the Headscale user { $user }, not to the one it was meant for
card-renaming = Being renamed to { $device }
card-not-renamed = ❗ Couldn't be renamed to { $device }. { $problem }

# -- The facts.

card-account = Account created { $created }
card-account-joined = Account created { $created } · joined the server { $joined }

card-link-waiting = Waiting with a sign-in link that runs out { $end }; after that, it's too late to approve
card-link = Asked with a sign-in link

card-gives-user = Headscale user { $user }, { $mapping ->
        [shared] shared by everyone
       *[own] their own
    } ({ $creates ->
        [yes] **created** if it doesn't exist yet
       *[no] must already exist
    })
card-gives-own-user = Headscale user { $user }, which they already have
card-gives-key = A key that works once and lasts { $life }
card-gives-ephemeral = Ephemeral: the device is removed soon after it goes offline
card-gives-lasting = The device stays until it is removed
card-gives-access = The device that shows { $who }'s link joins at once; no key is made
card-gives-tags = Tags: { $tags }
card-gives-more-tags = Tags: { $tags } and { $more } more

card-first-request = First request
card-earlier = { $requests ->
        [one] 1 earlier request
       *[other] { $requests } earlier requests
    }{ $denials ->
        [0] {""}
       *[other] {" "}· { $denials } denied
    } · { $devices ->
        [one] 1 device
       *[other] { $devices } devices
    }

card-approved-by = { $by }, { $at }
card-self-approval = ⚠️ Self-approval: requester and approver are the same person
card-denied-silently = { $by }, without giving a reason

card-next-attempt = Next attempt { $at }.
card-not-told-closed = { $who } couldn't be told: their direct messages are closed.
card-not-told-yet = { $who } couldn't be told yet: Discord didn't take the message.

# -- The buttons, here and below other messages.

button-approve = Approve
button-deny = Deny…
button-retry = Retry
button-cancel = Cancel request
button-claim = Get my key
button-revoke = Revoke…
button-revoke-now = Revoke now
button-expire-all = Expire all
button-keep = Keep

# -- The form behind *Deny…*. At most 45 characters each.

deny-title = Deny device request { $request }
deny-reason = Why? The requester will read this
deny-placeholder = Optional

# -- The question behind *Revoke…*.

revoke-removes = Revoking request { $request } removes { $who }'s { $device } from the network. They'll be told.
revoke-signs-out = Revoking request { $request } signs { $who }'s { $device } out of the network until a new request is approved; before Headscale 0.29, it removes it. They'll be told.
revoke-ends-key = Revoking request { $request } makes { $who }'s key for { $device } useless. They'll be told.
revoke-stops = Revoking request { $request } withdraws the approval of { $who }'s { $device } as long as nothing was handed over, and takes back what was. They'll be told.
revoke-stops-link = Revoking request { $request } keeps { $who }'s { $device } out of the network. They'll be told.
revoke-started = Request { $request } is being revoked. Its card will say when it's done.
