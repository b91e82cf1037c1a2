"""Signs that a submission is junk; none of them refuses it (docs/decisions/0008)."""
