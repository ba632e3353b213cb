"""The page of security: the people of the clinic, what they may do, the backup, the log."""
