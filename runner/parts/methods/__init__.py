"""What a step minimises, one a file: a runner.contracts.method.Method."""
