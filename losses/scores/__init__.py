"""Objectives of a critic's scores (B, B) of B pairs, for mutual information: see Loss.kind."""
