"""Claims and published tables, put to the test."""
