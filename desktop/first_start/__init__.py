"""The first pages: about the clinic, a passphrase, the recovery sheet."""
