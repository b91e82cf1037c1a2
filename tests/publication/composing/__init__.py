"""Admins write articles, name their themes and set what they take; readers have it on the next request."""
