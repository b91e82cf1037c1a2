"""Figures: what the testimonials of an article tell together, for editors; and what of it may be printed."""
