"""Comparing objectives, from stored results alone: statistics, tables, pictures, pages."""
