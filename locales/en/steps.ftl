# What to do on each platform. Menu names stand exactly as Tailscale's apps show them. $server and $command come as code
# blocks to copy.

steps-linux =
    1. Install Tailscale: https://tailscale.com/download/linux
    2. Open a terminal and run:
    { $command }
    -# Already in another Tailscale network? Use `tailscale login` instead of `tailscale up`.

steps-macos =
    1. Install Tailscale: https://tailscale.com/download/mac
    2. Open Terminal and run:
    { $command }
    -# If Terminal doesn't know `tailscale`, use `/Applications/Tailscale.app/Contents/MacOS/Tailscale` instead.

steps-windows =
    1. Install Tailscale: https://tailscale.com/download/windows. Close the sign-in window that opens.
    2. Open Command Prompt or PowerShell and run:
    { $command }

steps-android =
    1. Install Tailscale from Google Play or F-Droid, and open it.
    2. Tap the settings menu (top right) → **Accounts** → ⋮ → **Use an alternate server**, and enter this network's address:
    { $server }
    3. If a login page opens, close it.
    4. Tap the settings menu → **Accounts** → ⋮ → **Use an auth key**, and paste the key above.
    5. If the main screen still shows **Log in**, tap it.

steps-ios =
    1. Install Tailscale from the App Store, and open it.
    2. Tap the account icon (top right) → **Log in…** → the options menu (top right) → **Use custom coordination server**, and enter this network's address:
    { $server }
    3. If a login page opens, close it.
    4. Tap the account icon → **Accounts** → the options menu → **Use an auth key**, and paste the key above.

steps-tv =
    1. Install Tailscale on the TV.
    2. Enter this network's address. Apple TV: **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**. Android TV: ⋮ → **Use an alternate server**.
    { $server }
    3. If the app asks for an auth key, type the key above.

steps-other =
    1. In your Tailscale client, set this network's address. The setting may be called login, control or coordination server.
    { $server }
    2. Sign in with the key above, which the client may call an auth key. On a command line, do both at once:
    { $command }

# How a device shows its own sign-in link. Suggested to whoever asked without one, while there is no key.

link-android =
    💡 The easiest way on Android is the app's own sign-in link:
    1. In the Tailscale app, tap the settings menu (top right) → **Accounts** → ⋮ → **Use an alternate server**, and enter { $server }
    2. Copy the link from the page that opens.
    3. Use `/request-device` again, with the same device name and that link as `link`.

link-ios =
    💡 The easiest way on an iPhone or iPad is the app's own sign-in link:
    1. In the Tailscale app, tap the account icon (top right) → **Log in…** → the options menu (top right) → **Use custom coordination server**, enter { $server } and log in.
    2. Copy the link from the page that opens.
    3. Use `/request-device` again, with the same device name and that link as `link`.

link-tv =
    💡 The easiest way on a TV is the app's own sign-in link:
    1. On the TV, go to **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**, and enter { $server }
    2. Open the app and scan its code with your phone to get the link.
    3. Use `/request-device` again, with the same device name and that link as `link`.
