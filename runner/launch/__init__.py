"""Many cells, their processes and signals."""
