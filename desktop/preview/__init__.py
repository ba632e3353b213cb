"""Look at the pages of one person before they are printed."""
