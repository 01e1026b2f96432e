# What is wrong with the settings. The operator reads "section.key: " and then one of these.

settings-problems = { $count ->
    [one] 1 problem
   *[other] { $count } problems
} in the settings ({ $source }):
settings-source-file = { $file } and the environment
settings-source-environment = from the environment; there is no settings file
settings-first-steps = There are no settings yet. Copy config.example.toml to config.toml and fill in [discord] and [headscale],
    or set the same keys in the environment, such as USHER__DISCORD__TOKEN and USHER__HEADSCALE__URL.
    Then run `headscale-usher check`: it tells you what is missing and how to fix it.

settings-from-variable = { $key } (from { $variable })
settings-unknown-section = is not a section that exists
settings-unknown-key = is unknown; [{ $section }] has { $known }
settings-not-a-table = must be a table with keys of its own
settings-not-a-value = must be a single value
settings-both-set = is set, and so is { $other }: keep one of them
settings-missing = is missing: { $what }
settings-missing-secret = is missing: { $what }; set it here, in { $file } or in { $variable }
settings-needs-section = must name a section and a key, as USHER__SECTION__KEY
settings-unreadable-file = cannot be read: { $cause }
settings-unclear = cannot be understood
settings-not-toml = is not TOML: { $cause }
settings-not-toml-line = line { $line } is not TOML: { $cause }

settings-what-token = the bot's token, from Discord's developer portal
settings-what-guild = the id of your Discord server
settings-what-admin-channel = the id of the channel where the approvers decide
settings-what-url = the address of Headscale's API
settings-what-api-key = made by `headscale apikeys create`

settings-flag = must be true or false
settings-number = must be a whole number from { $least } to { $most }
settings-duration = must be a duration from { $least } to { $most }, such as "90s", "1h 30m" or "7d"
settings-id = must be a Discord id, a number such as "112233445566778899" (Developer Mode, then Copy ID)
settings-one-of = must be { $words }
settings-listen = must be an IP address and a port, such as "127.0.0.1:8787", or "off"
settings-log-filter = must be a log filter, such as "info" or "info,headscale_usher=debug"
settings-longest = must not be shorter than retries.first

settings-secret-empty = is empty
settings-secret-long = is longer than { $longest } characters
settings-secret-odd = must be the bare secret: one word of plain letters, digits and signs
settings-in-file = { $file }: { $rule }

settings-database-scheme = must begin with sqlite://; other databases are not supported
settings-database-file = must name a file, such as sqlite://headscale-usher.db
settings-database-memory = must name a file, because requests have to survive a restart
settings-database-options = must not have options after a `?`

settings-address = must be an address such as https://headscale.example.org ({ $cause })
settings-address-scheme = must begin with https:// or http://
settings-address-credentials = must not contain a user name or a password
settings-address-query = must end before any `?` or `#`
settings-address-exposed = must begin with https://; plain http:// is for loopback and private hosts, unless headscale.allow_insecure_http = true
settings-discord-exposed = must begin with https://, except for loopback and private hosts

settings-user-name = must be 2 to 32 of a-z, 0-9 and -, starting with a letter and not ending with -
settings-tag = must be tags such as "tag:member": a letter, then up to 62 of a-z, 0-9 and -
settings-template-alike = must contain {"{"}id{"}"} or {"{"}username{"}"}; use `fixed` for one user for everybody
settings-template-repeats = must contain {"{"}id{"}"} and {"{"}username{"}"} at most once each
settings-template-odd = may contain {"{"}id{"}"}, {"{"}username{"}"} and otherwise only a-z, 0-9 and -
settings-template-start = must start with a letter or with {"{"}username{"}"}
settings-template-end = must not end with -
settings-template-long = is too long: a name has at most 32 characters, and {"{"}id{"}"} takes up to 19 of them
settings-template-order = must have {"{"}id{"}"} before {"{"}username{"}"}, with a - between them

settings-no-approvers = must name at least one role; without one nobody can approve
settings-everyone = must not contain guild_id: that is @everyone, which Discord never lists as a member's role
settings-mention-off = is set, but mention_approvers = false: keep one of them
settings-login-server = is missing: with headscale.command, nothing else says where devices sign in
settings-beside-command = must not be set together with headscale.command, which replaces it

# Warnings: the bot runs all the same.

settings-warn-readable = { $key }: every user of this machine can read { $file }; `chmod o-r { $file }` stops that
settings-warn-readable-settings = { $file } holds { $keys }, and every user of this machine can read it; `chmod o-r { $file }` stops that
settings-warn-plain = headscale.url: the API key travels to { $url } unencrypted
settings-warn-neighbours = headscale.login_server is not set: members will be given { $url }, which their devices cannot reach
