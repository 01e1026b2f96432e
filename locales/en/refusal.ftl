# A rule says no. Private answers: each says which rule, and what would be allowed.

refusal-device-name = device: { $typed } can't be a device name. Use 2-63 lowercase letters, digits or hyphens, not starting or ending with a hyphen.
refusal-device-name-suggestion = How about { $name }?
refusal-platform = platform: choose one from the list.
refusal-link = link: { $cause ->
        [not-a-link] that isn't a whole link
        [other-server] that link leads to another server
       *[not-a-sign-in] that isn't a sign-in link
    }. Paste the whole link that your device shows, such as { $example }.
refusal-no-links = link: sign-in links aren't taken here{ $because ->
        [ephemeral] , because devices are only added for as long as they stay online
       *[off] {""}
    }. Ask again without one, and you'll get a key.
refusal-reason-too-long = reason: { $length } characters are too many; the limit is { $limit }.

refusal-wrong-guild = You can only request devices, or decide about them, in the server this bot serves.
refusal-may-not-ask = To request devices and collect keys here, you need one of the roles chosen by the operator.
refusal-may-not-decide = Only approvers can do that. Nothing was changed.
refusal-self-approval = You can't approve your own request; another approver has to.
refusal-not-a-member = You're no longer a member of the server this bot serves, so you can't collect a key.
refusal-not-the-requester = Only the person who made the request can do that. Nothing was changed.

refusal-too-many-open = You already have { $open ->
        [one] 1 open request
       *[other] { $open } open requests
    }, and the limit is { $limit }. Cancel one, or wait for a decision.
refusal-too-many-today = You've made { $made ->
        [one] 1 request
       *[other] { $made } requests
    } in the last 24 hours, and the limit is { $limit }. Try again later.
refusal-cooling-down = Your last request was denied. You can ask again { $until }.
refusal-already-open = You already have an open request for { $device }: { $request }.

refusal-unknown-request = I don't know this request any more.
refusal-card-moves = This card is being moved. Try again in a minute.
refusal-stale-card = This card is out of date; use the latest one: { $link }
refusal-stale-letter = This button is out of date. Use the one in my latest message to you.
refusal-not-now = You can't do that now: { $status ->
        [pending] it's still waiting for a decision
        [approved] it's approved and being worked on
        [issuing] it's approved and being worked on
        [delivered] the key has been handed over
        [claimable] it's approved, and the key is waiting to be collected
        [failed] it failed, and is waiting for an approver
        [joined] the device has joined
        [lost] its key has been used, but the device wasn't found
        [denied] it was denied
        [cancelled] it was cancelled
        [expired] it has expired
       *[revoked] it was revoked
    }.
refusal-claim-over = It's too late to collect this key. Make a new request with `/request-device`.
refusal-too-many-keys = This request has already given you { $limit } keys, which is the most. If the last one no longer works, ask an approver to revoke the request, then ask again.
refusal-busy = A key for this request is being made right now. Try again in a few seconds.
refusal-too-fast = You're doing that too often. Nothing was changed; try again { $until }.
