# The slash command, as Discord shows it while people type. At most 100 characters each.

command-description = Ask to add one of your devices to the network

option-device-name = device
option-device-description = What the device will be called, for example anna-laptop
option-platform-name = platform
option-platform-description = What the device runs, so you get the right instructions
option-reason-name = reason
option-reason-description = Why you need it; the approvers will read this
option-link-name = link
option-link-description = The sign-in link your phone or TV shows, if it shows one

platform-linux = Linux
platform-macos = macOS
platform-windows = Windows
platform-android = Android
platform-ios = iPhone or iPad
platform-tv = TV
platform-other = Other
