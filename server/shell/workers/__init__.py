"""Several nodes on one machine: a small supervisor that starts them, watches them, and starts them again."""
