"""Spelling: a text as words, a French word list, and which word is a near spelling of which."""
