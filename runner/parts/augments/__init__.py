"""What happens to training inputs: a runner.contracts.training.Augmentation."""
