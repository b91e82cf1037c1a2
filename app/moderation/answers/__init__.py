"""Inviting an organisation to answer a published testimonial."""
