# The question to the approvers about a member who left the server, and what became of it.

departure-title = Departure { $departure } · { $name }

departure-missed = ⏳ { $who } wasn't found in the server
departure-asking = ❓ { $who } left the server but still has **{ departure-devices }**. Expire all, or keep?
departure-braked = ⚠️ The settings say to expire without asking, but more members than usual are missing. Before you decide, make sure that `discord.guild_id` is right.
departure-kept = 📌 **Kept** by { $by } { $since } · you'll be asked again if they come back and leave, or get another device
departure-expiring = ⚙️ **Expiring { departure-devices }** · { $asked } · each request's own card says when it's done
departure-expired = 🚫 **Expired { departure-devices }** { $since } · { $asked }
departure-expired-some = 🚫 **Expired { $done } of { departure-devices }** { $since } · { $asked }
departure-back = ↩️ **Back** · { $who } was seen in the server again { $since }
departure-back-kept = ↩️ **Back** · { $who } was seen in the server again { $since } · kept by { $by }
departure-over = 💤 **Over** { $since } · { $who } had nothing left

departure-devices = { $count ->
        [one] 1 device
       *[other] { $count } devices
    }
departure-asked-by = requested by { $by }
departure-by-rule = without asking, as the settings say

departure-who = Who
departure-missing-since = Missing since { $since }
departure-list = Devices
departure-more = and { $count } more
departure-expire-all = Expire all
departure-effect = { $effect ->
        [delete] Removes their devices from the network
       *[expire] Signs their devices out until a new request is approved (before Headscale 0.29: removes them)
    }, and makes their unused keys useless

departure-decided-pending = Departure { $departure }: nobody has decided yet. Your click changed nothing.
departure-decided-kept = Departure { $departure }: { $by } kept everything { $since }. Your click changed nothing.
departure-decided-expired = Departure { $departure }: { $by } had everything expired { $since }. Your click changed nothing.
departure-decided-back = Departure { $departure }: the member came back { $since }. Your click changed nothing.
departure-decided-over = Departure { $departure }: nothing was left { $since }. Your click changed nothing.
