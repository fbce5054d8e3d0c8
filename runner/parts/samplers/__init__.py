"""Which examples an epoch has, one a file: a function as runner.contracts.training.Sampler."""
