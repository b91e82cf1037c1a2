class BackupRefused(Exception):
    """A file or a database that a command refuses: one sentence, which tells what to do. Nothing was changed."""
