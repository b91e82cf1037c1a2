"""The JSON API: what it answers, what it refuses, and its description."""
