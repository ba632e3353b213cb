"""Records of other systems: read by a reader into items, taken for fields and list entries, planned for the store."""
