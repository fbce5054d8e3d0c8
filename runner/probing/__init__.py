"""What a probe sees of a seed: its network from the store, and its examples."""
