"""Sources: which masters were delivered, and what each of them is."""
