"""Losses of preferences between responses."""
