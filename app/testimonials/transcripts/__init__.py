"""Testimonials told by voice, which an editor typed: the record, its code, its teller's answer."""
