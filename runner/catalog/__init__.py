"""Pages about parts."""
