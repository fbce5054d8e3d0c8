"""What a part must do and may do: one class a group, `python -m runner.cards contracts` prints them all."""
