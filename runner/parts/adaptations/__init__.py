"""What networks do while they are tested."""
