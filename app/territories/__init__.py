"""Where people speak from: régions, départements, and the referential of the CRPV."""
