"""« Suivre ces retours »: the feed of some filters, and the letter about them, asked for, confirmed and left."""
