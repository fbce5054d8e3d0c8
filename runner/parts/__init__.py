"""What is chosen by name: each is imported by its name in a YAML alone."""
