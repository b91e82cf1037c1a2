"""The pages of the referentials, for admins: lists of partners, their entries, a file of them."""
