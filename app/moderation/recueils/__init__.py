"""Recueils: published testimonials whose authors agreed to reuse, as one document to print."""
