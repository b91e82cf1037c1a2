"""Exports for admins: the testimonials of a list of the queue, as a CSV or XLSX file, for one purpose at a time."""
