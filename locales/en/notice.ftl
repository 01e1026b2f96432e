# Posted in public, where the requester asked. Names neither the device nor the decision.

notice-ready = { $who }, something is ready for you (request { $request }). Press the button; only you will see the answer.
notice-working = { $who }, request { $request } is being worked on.
notice-over = { $who }, there is nothing left to collect here (request { $request }).
