"""What a seed minimises."""
