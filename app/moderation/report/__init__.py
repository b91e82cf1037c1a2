"""The yearly moderation report: what is counted, what of it is told, and the pages on which admins publish it."""
