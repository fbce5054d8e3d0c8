"""What is calculated of a seed in place of training: see runner/contracts/calculation.py."""
