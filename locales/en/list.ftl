# The approvers' list of requests. Private.

list-title = { $status }, oldest first
list-member = Only those of { $who }.
list-line = **{ $request }** { $device } · { $who } · { $since } · { $card }
list-card = [card]({ $link })
list-no-card = no card yet
list-nothing = There are none.
list-hint = -# 🔁 posts a request's card again, at the end of the approvers' channel.
list-posting-again = 🔁 The card of request { $request } is being posted again. If the old one is still there, it will lead to the new one.

button-post-again = 🔁 { $request }
button-older = ◀ Older
button-newer = Newer ▶
