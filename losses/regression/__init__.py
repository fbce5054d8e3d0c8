"""Objectives for real targets: one a file, each with a YAML of the same name in conf/loss.

They see standardised targets (B, D), and predictions (B, H) of as many numbers as `outputs` says, by default H = D.
`decode` says what these predict of the targets, one of the distributions of _predictive.py, by default a point.
"""
