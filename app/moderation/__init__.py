"""What editors decide, and the desk they decide at."""
