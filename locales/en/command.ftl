# The slash commands, as Discord shows them while people type. At most 100 characters each.

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

requests-description = For approvers: see which requests wait, and find their cards

option-status-name = status
option-status-description = Which requests; if left out, those that wait for a decision
option-member-name = member
option-member-description = Only the requests of this member

status-pending = Waiting for a decision
status-approved = Approved
status-issuing = Being handed over
status-delivered = Key sent
status-claimable = Key to be collected
status-failed = Failed
status-joined = Joined
status-lost = Key used, device not found
status-denied = Denied
status-cancelled = Cancelled
status-expired = Expired
status-revoked = Revoked
