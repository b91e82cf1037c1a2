"""Tests of the JSON API: responses, errors, description."""
