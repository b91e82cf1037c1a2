"""The assistant: passages an editor should look at, and why. Local, pure, and deciding nothing."""
