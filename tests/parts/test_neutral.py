"""A method whose settings take away what it adds is ERM."""

import pytest

from tests.objectives import first, same, values

NEUTRAL = {
    "nested_dropout": ["method=nested_dropout", "method.sigma=null", "method.keep=null"],
    "feature_dropout": ["method=feature_dropout", "method.rate=0"],
    "oko, hard": ["method=oko", "method.pair=1", "method.odd=0"],
    "oko, soft": ["method=oko", "method.pair=1", "method.odd=0", "method.target=soft"],
    "deep_supervision": ["method=deep_supervision", "method.weight=0", "model.depth=3"],
}


@pytest.mark.parametrize("said", NEUTRAL.values(), ids=NEUTRAL)
@pytest.mark.parametrize("loss", ["ce", "gce"])
def test_the_neutral_setting_is_erm(said, loss):
    more = [f"loss={loss}", "noise=0.3", "regularizer=spectral_decoupling"]
    depth = [word for word in said if word.startswith("model")]
    (one, batch), (plain, same_batch) = first(*said, *more), first("method=erm", *more, *depth)
    same(batch.x, same_batch.x)
    (losses, gradients), (losses_of_erm, gradients_of_erm) = values(one, batch), values(plain, batch)
    same(losses, losses_of_erm)
    for name, gradient in gradients_of_erm.items():
        (found,) = (g for n, g in gradients.items() if n.replace("erm.", "") == name)
        same(found, gradient)
    same(one.predict(batch.x), plain.predict(batch.x))
