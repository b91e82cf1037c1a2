"""Editors' accounts: sign-in, second factor, sessions, and the gate that checks permissions."""
