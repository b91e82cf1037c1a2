"""E-mails: written in the transaction that causes them, rendered and delivered later."""
