"""The assistant: hints at passages for an editor to check, with why. Local, pure; it decides nothing."""
