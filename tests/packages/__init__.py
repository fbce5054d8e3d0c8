"""Objectives that other packages have too, on the same batch: what they give is kept in tests/values/packages/."""
