"""The desk's view of colleagues' questions: how many were passed on, and those that an author reported."""
