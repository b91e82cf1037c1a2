"""Where admins write articles, name their themes, and say what they take."""
