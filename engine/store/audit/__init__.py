"""The audit: a signed chain of entries, what ties the rows of the record to it, and the anchor beside the database."""
