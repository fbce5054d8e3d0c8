"""Losses of boxes, one a file: of predictions (B, 4) and targets (B, 4), each x1, y1, x2, y2."""
