# `headscale-usher backup`.

backup-made = Backed up { $database } to { $file }.
