# `headscale-usher check`: one line for each thing that has to be right.

check-line = { $mark } { $subject }: { $text }
check-settings = Settings
check-settings-fine = complete
check-store = Store
check-store-in-use = { $path } is in use by a running bot
check-store-fine = { $path } can be written
check-store-open = { $cause }. Make database.url name a file in a directory that exists and that the bot's user may write to.
check-store-newer = { $cause }. Run that release, or restore a backup from before it.
check-store-foreign = { $cause }. Make database.url name a file of the bot's own.
check-store-no-backup = { $cause }. Before a migration there has to be a backup: make room for it, or set database.backups_kept = 0.
check-store-wrong = { $cause }.

check-discord = Discord
check-token = Discord token
check-token-fine = accepted, the bot is @{ $name }
check-token-wrong = Discord does not accept the bot's token. Put the current one into discord.token: Developer Portal, Bot, Reset Token.
check-discord-call = { $cause }. Check the network, discord.api_url and Discord's status page, then try again.
check-gateway = Discord gateway
check-gateway-fine = { $left } session starts left for today
check-gateway-few = Only { $left } session starts are left for today. Something keeps restarting the bot: stop it until tomorrow and look into its log.
check-application = Discord application
check-application-public = Anybody may add this bot to a server of theirs. Switch off Public Bot: Developer Portal, Bot.
check-server = Discord server
check-server-fine = the bot is in { $name }
check-server-absent = The bot is not in the server { $guild }. Check discord.guild_id, and invite the bot: Developer Portal, OAuth2, scopes bot and applications.commands.
check-channel = Admin channel
check-channel-fine = the bot may post cards in #{ $name }
check-channel-absent = The channel { $channel } does not exist, or the bot may not see it. Check discord.admin_channel_id, and give the bot View Channel there.
check-channel-foreign = The channel { $channel } belongs to another server. Set discord.admin_channel_id to a channel of the server in discord.guild_id.
check-channel-lacks = The bot lacks permissions in the channel: { $permissions }. Give them to the bot's role: channel settings, Permissions.
check-role = Approver role
check-role-fine = @{ $name } may approve
check-role-absent = The server has no role { $role }. Correct discord.approver_role_ids: Server Settings, Roles, Copy Role ID.
check-mention = Approver mention
check-mention-fine = new cards mention @{ $name }
check-mention-silent = The bot cannot mention the role @{ $name }, so new cards will notify nobody. Allow anyone to mention the role: Server Settings, Roles; or give the bot Mention Everyone in the channel.

check-headscale = Headscale
check-headscale-fine = { $name } runs { $release }
check-headscale-wrong = { $cause } ({ $name }). { $fix }
check-api-key = Headscale API key
check-api-key-fine = accepted, expires { $date }
check-api-key-forever = accepted, does not expire
check-api-key-unlisted = accepted, but Headscale does not say when it expires
check-api-key-unneeded = not needed
check-api-key-soon = accepted, but it expires soon: { $date }. Make a new one with `headscale apikeys create` in time.
check-user = Headscale user
check-user-fine = { $name } exists
check-user-later = { $name } will be created with the first key
check-user-absent = There is no user { $name }, and headscale.create_users = false. Create it with `headscale users create { $name }`.

fix-api-key = Make a new key with `headscale apikeys create` and put it into headscale.api_key or its file.
fix-key-file = Make headscale.api_key_file name a file that holds the key and that the bot's user can read.
fix-tls = Give Headscale a certificate that this machine trusts, or add its authority to this machine's.
fix-unknown-host = Check the host in headscale.url, and this machine's name servers.
fix-program = Check headscale.command: run it by hand, followed by `users list`.
fix-address = Check headscale.url: it is the address of Headscale itself, without a path unless a proxy adds one.
fix-too-old = Upgrade Headscale.
fix-ambiguous = Rename or remove one of them: `headscale users list`.
fix-server-log = Look into the log of Headscale and of the proxy in front of it, then try again.
fix-reach = Check headscale.url, that Headscale runs, and that this machine can reach it.
