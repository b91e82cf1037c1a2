"""The queue: lists of testimonials by status, filtered and sorted along indexes; claims, bulk decline, undo."""
