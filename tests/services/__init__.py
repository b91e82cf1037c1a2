"""The real programs that tests talk to: each is found or started here, and never skipped."""
