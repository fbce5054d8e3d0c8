"""What a person sees: words, errors, tables and drawings; nothing of ours is imported."""
