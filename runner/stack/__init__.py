"""Several copies of a module as one tensor program, and what makes it fast."""
