"""Penalties that are added to every loss, one a file: a runner.contracts.terms.Regularizer."""
