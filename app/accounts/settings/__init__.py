"""« Mon compte »: what an editor sees and changes of their own account."""
