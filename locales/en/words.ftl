# Small phrases inside other messages.

revoked-by-bot = the bot (the member left the server)
revoked-by-bot-you = the bot (you left the server)

days = { $count ->
        [one] 1 day
       *[other] { $count } days
    }
hours = { $count ->
        [one] 1 hour
       *[other] { $count } hours
    }
minutes = { $count ->
        [one] 1 minute
       *[other] { $count } minutes
    }
seconds = { $count ->
        [one] 1 second
       *[other] { $count } seconds
    }
no-time = no time
