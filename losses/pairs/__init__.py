"""Objectives of two views of each example: of their embeddings (B, H) and (B, H), see Loss.kind."""
