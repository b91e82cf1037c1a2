"""Editors: who they are, how they sign in, and the gate that keeps everyone else out."""
