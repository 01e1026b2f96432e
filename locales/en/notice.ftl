# Posted in public, where the requester asked. Names neither the device nor the decision.

notice-ready = { $who }, something is ready for you (request { $request }). Press the button; only you will see the answer.
notice-last-call = { $who }, something is still waiting for you (request { $request }). The offer ends { $until }. Press the button; only you will see the answer.
notice-earlier = { $who }, there is a newer message about request { $request } below.
notice-working = { $who }, request { $request } is being worked on.
notice-over = { $who }, there is nothing left to collect here (request { $request }).

# For the approvers.
card-moved = ➡️ This card has moved to { $link }
request-failed = ❗ Request { $request } ({ $device }) was approved, but failed. Its card says why, and can retry it.
api-key-expires = ⚠️ The bot's API key for Headscale expires { $expires }. After that, approved requests wait until there is a new one. Make a new one with `headscale apikeys create` and put it where the bot's settings point. A key in a file is picked up without a restart.
