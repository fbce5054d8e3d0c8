"""Objectives of partial labels: an example has several candidates, one of which is its class."""
