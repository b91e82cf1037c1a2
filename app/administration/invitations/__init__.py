"""Admins invite organisations that the network already writes to, and see which have answered."""
