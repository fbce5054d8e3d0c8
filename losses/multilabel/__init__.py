"""Objectives of several labels at once: each label of an example is present (1), absent (0) or not known (-1)."""
