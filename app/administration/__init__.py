"""What admins look after: that letters leave."""
