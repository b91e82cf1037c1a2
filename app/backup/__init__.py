"""Backups: one file with the database, the erasure journal and a manifest; moving from SQLite to PostgreSQL."""


class BackupRefused(Exception):
    """A file or a database that a command refuses: one sentence, which tells what to do. Nothing was changed."""
