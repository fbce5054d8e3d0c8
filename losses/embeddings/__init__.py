"""Objectives of a batch's embeddings (B, D) and labels (B,): see Loss.kind."""
