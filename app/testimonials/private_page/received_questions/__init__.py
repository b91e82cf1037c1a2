"""The questions of colleagues that an author has received, behind the private link."""
