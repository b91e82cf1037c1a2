"""Everything kept about an e-mail address: shown, taken away and erased by its owner, or by `flask privacy find`."""
