# `headscale-usher backup` and `restore`.

backup-made = Backed up { $database } to { $file }.
restore-in-use = a bot is using { $database }: stop it first
restore-question = Restore { $database } from { $file }? The bot forgets whatever happened after that backup.
restore-aside = The database as it is now will be kept as { $aside }.
restore-choices = Restore? [y/N]
restore-needs-yes = there is no terminal to ask on: add --yes to restore without asking
restore-declined = nothing was changed
restore-done = Restored { $database } from { $file }. You can start the bot.
restore-kept = The database that it replaced is kept as { $aside }.
