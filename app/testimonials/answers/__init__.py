"""Answering a testimonial: the invitation, the form, its preview; what is sent is a `Testimonial` about another."""
