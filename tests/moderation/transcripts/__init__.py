"""Tests of the desk of texts told by voice."""
