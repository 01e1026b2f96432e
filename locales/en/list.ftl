# The approvers' list of requests. Private.

list-title = { $status }, oldest first
list-member = Only those of { $who }.
list-line = **{ $request }** { $device } · { $who } · { $since } · { $card }
list-card = [card]({ $link })
list-no-card = no card yet
list-nothing = There are none.

button-older = ◀ Older
button-newer = Newer ▶
