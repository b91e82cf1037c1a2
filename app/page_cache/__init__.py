"""The page cache: public pages as encoded bytes, valid while the stamp of what they show has not moved."""
