"""EASY READ: help in easy-to-read French, after the European rules « L’information pour tous » (FALC)."""
