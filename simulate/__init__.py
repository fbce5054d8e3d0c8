"""How often tests, intervals and marks are wrong, where the truth is known."""
