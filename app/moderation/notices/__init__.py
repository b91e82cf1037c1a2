"""Rights of reply that readers ask for, accepted or refused one by one."""
