"""A colleague's question to the author of a testimonial: its form, and its sending once the address is confirmed."""
