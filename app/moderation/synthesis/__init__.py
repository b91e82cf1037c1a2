"""The synthesis of an article as editors write it, and the board of claims without a source."""
