"""The loop, and what is measured on the way."""
