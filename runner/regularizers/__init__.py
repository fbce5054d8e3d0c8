"""Penalties on what the network computes: (features (B, D), logits (B, K), labels (B,), index (B,)) -> ()."""
