"""Spam signals of a submission; none of them refuses it (docs/decisions/0008)."""
