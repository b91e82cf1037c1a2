"""What the platform keeps of people, for how long, and how they have a say in it."""
