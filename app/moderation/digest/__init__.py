"""What the platform tells editors of what waits, and how often each wants to hear of it."""
