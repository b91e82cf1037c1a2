"""« Mon compte »: an editor's own password, address, second factor and sessions."""
