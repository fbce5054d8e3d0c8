"""Objectives of positive and unlabelled examples: class 1 is positive, class 0 holds positives and negatives."""
