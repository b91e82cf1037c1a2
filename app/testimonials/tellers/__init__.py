"""Pages of who told a testimonial that an editor typed: signing it, and the code that opens the private page."""
