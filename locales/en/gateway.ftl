# Why the program ends for good. The operator reads it in the log.

fatal-token = Discord doesn't accept the bot's token. Put the current one into discord.token: Developer Portal, Bot, Reset Token
fatal-intents = Discord rejects the bot's gateway intents, although it asks for none. Check the application in the Developer Portal
