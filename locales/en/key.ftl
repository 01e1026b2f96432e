# The two messages that hold a key.

key-headline = 🔑 Your key for `{ $device }`:
    { $key }
key-gives = This key adds **{ $device }** to the private network. It works once and expires { $expires } ({ $moment }).
key-warning = -# Don't share it: whoever uses the key joins in your name. No approver will ever ask you for it.
key-picture = -# The QR code holds the same key as plain text; it isn't a login code. To get the key onto another device, scan the code with its camera app and copy the text.
key-letter-ends = -# The key is removed from this message once your device is online or the key expires.
key-answer-ends = -# Only you can see this, and Discord doesn't keep it: use the key now. **Get my key** makes a new one and ends this one.
key-picture-description = QR code with the key for { $device } as plain text. The message contains the same key. It isn't a login code.
