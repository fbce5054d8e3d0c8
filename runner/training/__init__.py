"""The seed axis and the loop."""
