"""Invitations to testify: organisations that the network already writes to, asked once and reminded once."""
