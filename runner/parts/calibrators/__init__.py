"""What happens to predictions after training."""
