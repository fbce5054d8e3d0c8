"""From the losses of a batch to the number that a step minimises: (losses (B,), batch) -> ()."""
