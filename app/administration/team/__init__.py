"""The team's pages, for admins."""
