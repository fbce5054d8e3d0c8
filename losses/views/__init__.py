"""Objectives of a batch's two views, (B, H) and (B, H), that are one number of the whole batch: see Loss.kind."""
