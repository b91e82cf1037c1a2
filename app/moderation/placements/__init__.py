"""Placements: the testimonials that editors set beside each passage of an article (stored by `catalog.placements`)."""
