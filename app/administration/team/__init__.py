"""The team, for admins: who is in it, and with what rights."""
