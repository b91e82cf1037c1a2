"""The pages of the network's sites, for admins."""
