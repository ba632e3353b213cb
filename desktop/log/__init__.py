"""The log of the clinic as screens show it: read page by page, in words, as a table."""
