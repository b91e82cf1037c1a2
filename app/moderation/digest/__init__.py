"""Digests: e-mails to editors that count the waiting texts, and how often each editor gets one."""
