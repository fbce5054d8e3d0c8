"""From a node of a configuration to the part that it names."""
