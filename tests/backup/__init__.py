"""Backups, restores, and moving to PostgreSQL."""
