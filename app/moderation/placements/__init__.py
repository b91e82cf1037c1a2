"""Where editors choose what stands beside each passage of an article."""
