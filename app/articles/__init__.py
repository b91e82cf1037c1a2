"""Articles: published texts, their themes, and their call for testimonials."""
