"""The pages of the usual sentences, for admins."""
