"""A question to a clinic's own record: whose rows answer it, from which visit, and how it ended for each."""
