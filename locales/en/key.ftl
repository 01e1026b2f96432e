# The two messages with a key, and how to use it on each platform. The names of menus are those in Tailscale's apps.

key-content = 🔑 Your key for { $device }:
key-gives = This one-time key adds { $device } to the private network (the VPN):
key-qr = QR code
key-qr-more = It's the same key as plain text, not a login code. On a phone, scan it with the camera, copy the text and paste it where the app asks for the auth key.
key-private = Keep it to yourself
key-private-more = The key works once, until { $moment } ({ $expires }). Anyone who has it can join the network in your name, so never share it. No approver will ask you for it.
key-then = Afterwards
key-then-letter = The key is removed from this message once your device is online or the key expires.
key-then-claim = Only you can see this message, and it isn't kept. Use the key now, or press **Get my key** again for a new one; that ends this one.
key-picture = QR code of the key for { $device }, as plain text. The message contains the same key. It isn't a login code.

steps-linux-install = **1.** Install Tailscale: https://tailscale.com/download/linux
steps-linux-run = **2.** Open a terminal and run:
steps-linux-note = -# Already in another Tailscale network? Use `tailscale login` instead of `tailscale up`.

steps-macos-install = **1.** Install Tailscale: https://tailscale.com/download/mac
steps-macos-run = **2.** Open Terminal and run:
steps-macos-note = -# Terminal can't find `tailscale`? Use `/Applications/Tailscale.app/Contents/MacOS/Tailscale` instead.

steps-windows-install = **1.** Install Tailscale: https://tailscale.com/download/windows (close the sign-in window that opens)
steps-windows-run = **2.** Open Command Prompt or PowerShell and run:

steps-android-install = **1.** Install Tailscale from Google Play or F-Droid and open it.
steps-android-server = **2.** Open the settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**, and enter our address:
steps-android-key = **3.** Go to the settings menu → **Accounts** → ⋮ → **Use an auth key**, and paste the key.
steps-android-login = **4.** If the main screen still says **Log in**, tap it.

steps-ios-install = **1.** Install Tailscale from the App Store and open it.
steps-ios-server = **2.** Tap the account icon (top right) → **Log in…** → the options menu (top right) → **Use custom coordination server**, and enter our address:
steps-ios-key = **3.** Tap the account icon → **Accounts** → the options menu → **Use an auth key**, and paste the key.

steps-tv-install = **1.** Install Tailscale on the TV.
steps-tv-server = **2.** On Apple TV, go to **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**. On Android TV, go to ⋮ → **Use an alternate server**. Enter our address:
steps-tv-key = **3.** When the app asks for an auth key, type in the key.

steps-other-server = **1.** In your Tailscale client, set the login server (also called control or coordination server):
steps-other-key = **2.** Sign in with the key as the auth key. On a command line, one command does both:

steps-close-login = If a login page opens, close it.
steps-no-key-entry = -# No place for a key in your app? Copy the link it shows when you log in, then use `/request-device` again with the `link` option.

# -- Shown before a decision, to whoever has a phone or a TV and asked without a link.

tip-link = 💡 This is easier with the sign-in link that your device can show. Cancel this request, then:
tip-android = **1.** In the app, open the settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**, and enter { $server }
tip-ios = **1.** In the app, tap the account icon (top right) → **Log in…** → the options menu (top right) → **Use custom coordination server**, enter { $server } and log in.
tip-copy = **2.** Copy the link of the page that opens.
tip-tv = **1.** On the TV, go to **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**, and enter { $server }
tip-tv-scan = **2.** Open the app on the TV and scan its code with your phone: that's the link.
tip-ask = **3.** Use `/request-device` again, and paste the link into the `link` option.
