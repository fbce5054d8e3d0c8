"""Penalties on what the network computes, or on its parameters: (features (B, D), logits (B, K), batch) -> ()."""
