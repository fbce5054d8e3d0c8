"""Objectives: one a file, each with a YAML of the same name in conf/loss."""
