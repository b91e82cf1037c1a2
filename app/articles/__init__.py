"""What asks: the published texts, their themes, and the call for testimonials each carries."""
