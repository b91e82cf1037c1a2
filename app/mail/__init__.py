"""E-mails: enqueued in the transaction that causes them, rendered and delivered later."""
