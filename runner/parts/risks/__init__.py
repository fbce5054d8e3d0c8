"""From the losses of a batch to one number, one a file: a runner.contracts.terms.Risk."""
