"""What admins look after: that e-mails leave, and the journal of everything that happened."""
