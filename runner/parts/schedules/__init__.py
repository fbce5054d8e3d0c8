"""Learning rates, one a file: a function as runner.contracts.training.Schedule."""
