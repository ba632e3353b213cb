"""The page in front: who is here, and the passphrase."""
