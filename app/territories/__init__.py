"""Territories: régions, départements, and the referentials of partners."""
