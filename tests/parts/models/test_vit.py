"""A vision transformer for small images."""

import pytest
import torch

from datasets.vision import torchvision
from runner.console.errors import ConfigError
from tests.parts.test_models import built

SIZES = {"width": 12, "depth": 2, "heads": 3}


def test_it_is_torchvisions_with_the_same_weights():
    ours = built("vit", (3, 16, 16), patch=4, **SIZES).double().eval()
    sizes = {"num_layers": 2, "num_heads": 3, "hidden_dim": 12, "mlp_dim": 48, "num_classes": 10}
    theirs = torchvision.models.VisionTransformer(image_size=16, patch_size=4, **sizes).double().eval()
    tokens, *blocks, end = ours.body
    state = {"class_token": tokens.token[None], "encoder.pos_embedding": tokens.position[None]}
    state |= named("conv_proj", tokens.project) | named("encoder.ln", end[0]) | named("heads.head", ours.head)
    for i, block in enumerate(blocks):
        place = f"encoder.layers.encoder_layer_{i}"
        state |= named(f"{place}.ln_1", block.before) | named(f"{place}.ln_2", block.between)
        state |= named(f"{place}.mlp.0", block.hidden[0]) | named(f"{place}.mlp.3", block.hidden[2])
        state |= named(f"{place}.self_attention.out_proj", block.attention.given)
        state |= {f"{place}.self_attention.in_proj_{k}": v for k, v in block.attention.taken.state_dict().items()}
    theirs.load_state_dict(state)
    x = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-10, atol=1e-12)


def named(place, module):
    return {f"{place}.{key}": value for key, value in module.state_dict().items()}


@pytest.mark.parametrize(("side", "tokens"), [(8, 17), (28, 50), (32, 65), (64, 65)])
def test_patches_follow_the_size_of_the_image(side, tokens):
    assert built("vit", (1, side, side), **SIZES).body[0](torch.zeros(1, 1, side, side)).shape == (1, tokens, 12)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"width": 10}, "width=10 is no multiple of heads=3"), ({"patch": 5}, "patch=5: images of 16x16 do not divide")],
)
def test_what_does_not_divide_is_refused(changed, said):
    with pytest.raises(ConfigError, match=said):
        built("vit", **(SIZES | changed))
