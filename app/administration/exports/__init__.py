"""Exports for admins: testimonials as a CSV, XLSX or JSON file, for one purpose at a time."""
