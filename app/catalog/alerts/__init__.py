"""Alerts: readers who asked for a weekly letter about an article's new testimonials, or those of some filters."""
