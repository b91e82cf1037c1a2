"""Choosing when an author is asked what became of a project."""
