"""States of a process and those one step later, whose leading eigenvalues are known."""
