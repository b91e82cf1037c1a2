"""Admins' pages: undelivered e-mails, the audit log, the team, the articles."""
