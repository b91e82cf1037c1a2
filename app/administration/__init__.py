"""What admins look after: that letters leave, and the journal of everything that happened."""
