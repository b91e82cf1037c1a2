"""Admins' pages of articles: texts, themes, settings."""
