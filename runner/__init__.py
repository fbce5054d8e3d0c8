"""Is this objective really better than that one, or was it the seed?"""
