# What went wrong, on cards, in letters and in private answers. Whole sentences.

problem-headscale-unreachable = Headscale can't be reached: { $why ->
        [connection-refused] the connection was refused
        [connect-timed-out] connecting took too long
        [unknown-host] its host name is unknown
        [tls] its TLS certificate wasn't accepted
        [not-tls] it doesn't speak TLS, although its address begins with https
       *[other] no connection
    }.
problem-headscale-slow = Headscale took too long to answer.
problem-headscale-interrupted = The connection to Headscale broke before the answer came.
problem-headscale-busy = Headscale is rate-limiting us.
problem-headscale-unavailable = Headscale is unavailable at the moment (status { $status }).
problem-api-key-refused = Headscale refused the bot's API key: it's wrong, expired or revoked.
problem-api-key-unreadable = The bot can't read its API key for Headscale.
problem-headscale-failed = Headscale reported an internal error.
problem-headscale-refused = Headscale refused the request.
problem-headscale-not-found = Headscale couldn't find what it was asked for.
problem-headscale-conflict = The name is already taken in Headscale.
problem-headscale-strange = Headscale's answer made no sense. It may be a release that this bot doesn't know.
problem-not-headscale = The server at Headscale's address isn't Headscale.
problem-headscale-too-old = Headscale { $release } is too old for this bot.
problem-headscale-program = The headscale program can't be started.
problem-key-not-expired = Headscale hasn't expired the key.
# After another sentence.
problem-said = Headscale said: “{ $said }”.

problem-user-ambiguous = Headscale has more than one user called { $user }.
problem-user-missing = Headscale has no user { $user }, and the bot's settings don't allow creating it.
problem-user-not-theirs = Headscale already has a user { $user }, and it wasn't created for this member. The operator can choose a template with {"{id}"} in it.
problem-user-taken = The Headscale user { $user } already belongs to another member.
problem-user-unusable = The Headscale user's name can't be used.

problem-link-unknown = The link isn't one that Headscale { $release } makes.
problem-link-refused = The device wasn't accepted. If its link has been used or has run out, it has to show a new one.
problem-no-links = Sign-in links aren't taken any more. The device needs a new request, without a link.
problem-tags-refused = The device couldn't be given its tags, so it was removed again. The operator has to allow them in Headscale's policy.

problem-device-removed = The device couldn't be given its tags: it's no longer in Headscale.
problem-may-not-ask = Whoever asked has left the server, or no longer has the role that's needed.
problem-direct-messages-closed = The member doesn't accept direct messages from this bot.
problem-discord-busy = Discord is rate-limiting the bot.
problem-discord-unreachable = Discord can't be reached, or isn't answering properly.
problem-discord-failed = Discord isn't working at the moment (status { $status }).
problem-discord-refused = Discord rejected the message (code { $code }).
problem-message-gone = The message was deleted, or its channel is gone.
problem-key-not-showable = The key doesn't fit into a message.

problem-not-stored = The request couldn't be saved.
problem-overtaken = The request has changed in the meantime.
