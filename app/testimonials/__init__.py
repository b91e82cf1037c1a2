"""What a testimonial is, and its author's side of it."""
