"""What a step minimises: one method a file.

A method is an nn.Module that holds the network and the loss.

    forward(batch) -> (B,)      the losses of one seed's batch; a stack runs it under torch.vmap
    predict(x) -> (M, K)        the logits that are evaluated

What else it may have, each of them optional:

    draws                       {name: function of (generator, B)}: random numbers, found in batch.draws. The loader
                                draws, a step never does; a name is the method's own, such as "mixup_share"
    begin(epoch, epochs)        called before each epoch, counted from 1, of so many of its phase; sets attributes that
                                depend on these alone (a ramp) and may change buffers
    starts                      (0, e, ...): epochs after which a phase begins, and all schedules anew with it: the
                                learning rate's, and what parts do in begin
    enter(phase)                called before each epoch of a phase, counted from 0, before any begin
    views                       how often each input is augmented: batch.x is (B, views, ...)
    stackable                   False: one seed at a time

A parameter that a step does not use has no gradient, and is left alone by the optimizer.
Of the second and further networks and layers, initial weights come from a stream of their own.
"""
