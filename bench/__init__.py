"""What the product is measured by; never a timed test."""
