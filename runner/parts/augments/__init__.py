"""What happens to training images: a runner.contracts.training.Augmentation."""
