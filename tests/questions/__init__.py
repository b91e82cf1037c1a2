"""Questions of colleagues to an author."""
