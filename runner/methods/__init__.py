"""What a step minimises: one method a file.

A method is an nn.Module that holds the network and the loss. `forward(batch)` gives the (B,) losses of one seed's
batch, `predict(x)` the (M, K) logits that are evaluated. A method that needs random numbers names them in `draws`,
{name: function of (generator, B)}, and finds them in batch.draws: the loader draws, a step never does.
"""
