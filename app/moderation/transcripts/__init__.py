"""The desk of testimonials told by voice: an editor types what someone told, who then answers for it."""
