"""Forms to fill in, and how they are read."""
