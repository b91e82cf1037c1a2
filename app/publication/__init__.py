"""Everything the public reads."""
