"""Questions of colleagues to the author of a testimonial: one message each, forgotten after a month (decision 0054)."""
