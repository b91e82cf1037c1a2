"""Submitting a testimonial: the form, the preview, the receipt."""
