"""Updates: what became of a collaboration, asked of its author a year later (decision 0053)."""
