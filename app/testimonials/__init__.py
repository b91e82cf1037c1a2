"""Testimonials: the model of a testimonial, and its author's side."""
