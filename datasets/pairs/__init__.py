"""Pairs of vectors or images whose mutual information is to be estimated."""
