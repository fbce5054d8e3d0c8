"""Tests of the curations of training examples."""
