"""Networks: features(x) is (B, ...) -> (B, D), and forward(x) = head(features(x)) is (B, K). One a file.

No bias before BatchNorm: its true gradient is zero, and adaptive optimizers turn the rounding noise there into steps.
"""
