"""Words, errors, tables and drawings for people. It imports nothing else of ours."""
