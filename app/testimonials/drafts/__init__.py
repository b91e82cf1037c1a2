"""Drafts over HTTP: saving, resuming and erasing an unfinished form. The model is testimonials/draft.py."""
