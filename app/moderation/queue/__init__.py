"""The board: what waits for whom, found in a breath whatever its length; who is reading what; many at once."""
