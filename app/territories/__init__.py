"""Territories: régions, départements, and the referential of the CRPV."""
