"""What every method, regularizer and risk has to be: seeds apart, finite, resumable, documented and claimed."""

from dataclasses import replace

import pytest
import torch

from runner.catalog.objective_laws import descended, double
from runner.compose.fit import MisfitError
from runner.console.errors import ConfigError
from runner.nodes.signature import asks, choices
from runner.objective.assemble import stackable
from runner.training.dry_step import take_dry_step
from runner.training.run import automatic_stack, run
from runner.training.wiring import wire
from tests.objectives import CONF, NAMES, built, cell_of
from tests.parts.penalties import BAGS, OF_DOMAINS
from tests.training.test_resume import followed, restored

UNCLAIMED = {
    **dict.fromkeys(("byol", "simsiam", "wpc", "mlc", "amcl"), "one data set and one network tell little about them"),
    "next_state": "claims compare the losses that it trains by",
    "embedding": "claims compare the losses that it trains by",
    "self_consistency": "no other part has its ratios",
    "soi": "no other part estimates what it does",
    **dict.fromkeys(("greedy_ensemble", "rich_features"), "its members are stored cells, which no arm can train first"),
}
EVERY = [(group, name) for group, names in NAMES.items() for name in names]
IMAGES = ["dataset=digits", "classes=[0,1,2,3]"]
CRITICS = ["dataset=gaussian_pairs", "noise=0", "imbalance=1", "batch_size=16", "model.width=16"]
PLANE = [
    "dataset=planar",
    "dataset.num_train=200",
    "dataset.side=8",
    "dataset.deviation=0.5",
    "val_fraction=0",
    *CRITICS[1:],
]
VIEWED = [*IMAGES, "model=mlp", "augment=standard", "augment.padding=1"]
PLAIN = [*IMAGES, "model=mlp", "augment=none"]
METHODS_OF_DOMAINS = ("drm", "domain_mixup", "fish", "lisa")
SUITS = {  # what some need that blobs and the rest of the default configuration have not
    "iwrm_upgrad": ["batch_size=32"],
    "gjs": ["loss=gjs", *IMAGES, "augment=standard", "augment.padding=1"],
    "cutmix": IMAGES,
    "resizemix": IMAGES,
    "forward_forward": ["model.depth=2"],
    "two_views": ["loss=nt_xent", *IMAGES, "augment=standard", "augment.padding=1"],
    "embedding": ["task=retrieval", "dataset=digits"],
    "mopq": ["task=retrieval", "dataset=digits", "loss=ce"],
    "dimco": ["task=retrieval", "dataset=digits", "loss=dimco"],
    "byol": ["task=representation", "loss=cosine", *VIEWED],
    "simsiam": ["task=representation", "loss=cosine", *VIEWED],
    "mixed_barlow": ["loss=barlow", *VIEWED],
    "wpc": ["task=representation", "loss=infonce", *VIEWED],
    "amcl": ["task=representation", "loss=infonce", *VIEWED],
    "sepclr": [
        *("task=representation", "loss=uniformity", "dataset=pasted_digits", "classes=[0,1,2,3]", *VIEWED[2:]),
        *("sampler=domain_balanced", "method.width=4", "method.salient=1", "method.background=1"),
    ],
    "mlc": ["task=representation", "loss=cosine", *VIEWED, "batch_size=16", "method.width=4"],
    "depict": ["task=representation", *PLAIN, "loss=ce", "method.clusters=4", "method.hold=1"],
    "sela": ["task=representation", *PLAIN, "loss=ce", "method.clusters=4", "method.heads=2", "method.times=3"],
    "label_perturbation": ["method.start=1"],
    "rebias": [*IMAGES, "method.biased.width=2", "method.biased.depth=2"],
    "co_teaching": ["method.ramp_epochs=1"],
    "jocor": ["method.ramp_epochs=1"],
    "crosssplit": ["method.warm_up=1", "method.stages=[1,2]"],
    "small_loss": ["method.warm_up=1"],
    "attention_entropy": BAGS,
    "ssvi": ["method.every=1"],
    "stn": ["method.warm_up=0"],
    "pamal": ["dataset=biased_numbers", "method.per_domain=true"],
    "jtt": ["method.identification_share=0.4"],
    **{name: ["dataset=biased_numbers"] for name in (*OF_DOMAINS, *METHODS_OF_DOMAINS)},
    "aranyani": ["dataset=biased_numbers", "model=soft_forest"],
    "irm": ["dataset=biased_numbers", "regularizer.irm.weight=1"],
    **{name: ["dataset=biased_numbers", f"regularizer.{name}.steps=2"] for name in ("broad", "road")},
    "vrex": ["dataset=biased_numbers", "risk.weight=1"],
    "separable_critic": CRITICS,
    "self_consistency": CRITICS,
    "minde": [*CRITICS, "loss=reconstruction", "method.levels=4"],
    "soi": ["dataset=triples", "dataset.between=all", *CRITICS[1:], "loss=reconstruction", "method.levels=4"],
    "joint_critic": CRITICS,
    "diffusion": [*PLANE, "method.steps=3"],
    "consistency": [*PLANE, "loss=pseudo_huber", "method.last=20"],
    "noise_contrast": [*PLANE, "loss=logistic"],
    "momentum_distillation": ["dataset=halves", "loss=clip", "imbalance=1", "batch_size=512", "model.width=16"],
    "next_state": ["dataset=ornstein_uhlenbeck", "loss=barlow", *CRITICS[1:]],
}
ALONE = {
    "iwrm_upgrad",
    "spl_plus",
    "conflict_free",
    "mgda",
    "pcgrad",
    "paretoda",
}  # they need each example's gradient, and run one seed at a time
OF_PAIRS = {
    "separable_critic",
    "self_consistency",
    "joint_critic",
    "minde",
    "soi",
    "next_state",
    "momentum_distillation",
}  # of pairs, which are vectors without classes
OF_PLANE = {"diffusion", "consistency", "noise_contrast"}
OWN_NETWORK = {
    "attention_entropy",
    "stn",
    "vrex",
    "sepclr",
    "pamal",
    "aranyani",
    *METHODS_OF_DOMAINS,
    *OF_DOMAINS,
    *OF_PAIRS,
    *OF_PLANE,
}  # for one, or vectors
VIEWS = {"two_views", "byol", "simsiam", "mixed_barlow", "wpc", "mlc", "amcl", "sepclr"}
OWN_LOSS = {
    "gjs",
    "embedding",
    "mopq",
    "dimco",
    "sela",
    "depict",
    *VIEWS,
    *OF_PAIRS,
    *OF_PLANE,
}  # methods for one loss, or for losses of a kind of their own
LOSSES = ["ce", "gce", "nce_rce", "poly"]
OPTIMIZERS = {"sgd": ["optimizer.lr=0.01"], "adamw": ["optimizer=adamw", "optimizer.lr=0.001"]}
QUICK = ["noise=0.3", "val_fraction=0.2"]
OF_OWN_SIZE = {"dataset=digits", "dataset=halves", "dataset=pasted_digits", "dataset=planar"}  # small as they are
SMALL = ["dataset.num_train=200", "dataset.num_test=64"]  # three batches, of which the last is not full


def said(group, name):
    own = SUITS.get(name, [])
    return [f"{group}={name}", *QUICK, *([] if OF_OWN_SIZE & {*own} else SMALL), *own]


STACKED = [(*each, ()) for each in EVERY if each[1] not in ALONE]
KEEPING = [("method", name, ("loss=elr",)) for name in NAMES["method"] if name not in OWN_LOSS]


@pytest.mark.parametrize(("group", "name", "loss"), STACKED + KEEPING)
def test_a_stack_is_its_seeds(group, name, loss):
    """In float64, through all phases of a short run: objectives, numbers and predictions of three seeds; and with a
    loss that keeps something of each example."""
    options = [*said(group, name), *loss, "epochs=4"]
    copies, loader = built(*options, seeds=[3, 4, 5])
    together, stack = descended(copies, loader, 4)
    for i, seed in enumerate([3, 4, 5]):
        single, own = descended(*built(*options, seeds=[seed]), 4)
        torch.testing.assert_close(together[:, i], single[:, 0], rtol=1e-8, atol=1e-8)
        ours, theirs = stack.copy(i), own.copy(0)
        for key, number in theirs.items():
            torch.testing.assert_close(ours.get(key, number), number, rtol=1e-7, atol=1e-7, msg=key)
        x = double(next(iter(loader))).x[i]
        x = x if own.only.method.views == 1 else x[:, 0]
        seen, alone = stack.predict(x, shared=True)[i], own.predict(x, shared=True)[0]
        torch.testing.assert_close(seen, alone, rtol=1e-7, atol=1e-7)


UNMET = (  # what other choices ask for beside themselves
    "has no environments", "teacher_cell=null: must name a cell where training=stored",
    "needs a loss that predicts one number for each number", "must be at least 1 where kind=extremile",
)  # fmt: skip


@pytest.mark.parametrize(("group", "name"), EVERY)
def test_every_other_choice_of_a_part_can_be_trained(group, name):
    """Of its keys that have a few values: under vmap, as a run tries it before the first step."""
    node = cell_of(*said(group, name)).config[group]
    key, node = (f"{group}.{name}", node.get(name)) if group == "regularizer" else (group, node)
    kinds = asks(node["_target_"]) if node else {}
    others = [
        f"{key}.{argument}={str(value).lower()}"
        for argument, kind in kinds.items()
        for value in ((True, False) if kind is bool else choices(kind))
        if node.get(argument) != value
    ]
    for other in others:
        cell = cell_of(*said(group, name), other, "epochs=6")
        try:
            wired = wire(cell, [0])
            take_dry_step(wired.objectives[0], cell.recipe, wired, cell.training.batch_size)
        except ConfigError as error:
            if all(why not in str(error) for why in UNMET):
                raise


UNPENALISED = {"frozen", "forward_forward"}


@pytest.mark.parametrize("name", NAMES["method"])
def test_every_method_minimises_penalties_too_or_refuses_them(name):
    """In its last epoch at the latest: before, a phase may be a teacher's, which has none."""
    if name in UNPENALISED:
        with pytest.raises(
            MisfitError, match=rf"regularizer=\[l2\] with method={name}: {name} minimises its loss alone"
        ):
            built(*said("method", name), "regularizer=l2")
        return
    with_, without = (
        descended(*built(*said("method", name), "epochs=3", "regularizer=l2", f"regularizer.l2.weight={weight}"), 3)[0]
        for weight in (1, 0)
    )
    steps = len(with_) // 3
    assert (with_[-steps:] != without[-steps:]).all()


@pytest.mark.parametrize(("group", "name"), EVERY)
def test_a_stack_is_of_one_where_a_part_says_so(compose, group, name):
    arguments = compose(*said(group, name), "exec.stack=5")
    cell = arguments["cell"]
    assert stackable(cell.recipe) == (name not in ALONE)
    assert automatic_stack(cell, 5) == (1 if name in ALONE else 5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", [name for name in NAMES["method"] if name not in OWN_LOSS])
def test_every_method_trains_with_losses_and_optimizers(compose, measured, name, loss, optimizer):
    cell = compose(*said("method", name))["cell"]
    for group, words in {"loss": [f"loss={loss}"], "optimizer": OPTIMIZERS[optimizer]}.items():
        part = compose(*words)["cell"].config[group]  # composed once for all methods
        cell = replace(cell, config={**cell.config, group: part})
    rows = measured(run(cell, [0, 1]))
    assert {seed for seed, epoch in rows if epoch == 2} == {0, 1}  # a seed that diverges has no row
    assert all(value == value and abs(value) < 1e30 for row in rows.values() for value in row.values())


ELSEWHERE = {
    "half precision": ["precision=bf16", "model.norm=batch"],
    "convolutions": [*IMAGES, "model=cnn", "model.width=4", "sampler=shuffle"],
}


@pytest.mark.parametrize("extra", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize(("group", "name"), EVERY)
def test_every_part_trains_other_networks(compose, measured, group, name, extra):
    """BatchNorm under vmap, autocast, layers of feature maps."""
    extra = [o for o in extra if o.startswith("precision=")] if name in OWN_NETWORK else extra
    others = ["model.depth=2", *SMALL] if "model=cnn" in extra else []  # which digits and convolutions have not
    keys = {o.partition("=")[0] for o in [*extra, *others]}
    options = [o for o in said(group, name) if o.partition("=")[0] not in keys]
    seeds = [0] if name in ALONE else [0, 1]
    rows = measured(run(**compose(*options, *extra, "optimizer.lr=0.01", seeds=seeds)))
    assert {seed for seed, epoch in rows if epoch == 2} == set(seeds)
    assert all(value == value for row in rows.values() for value in row.values())


@pytest.mark.parametrize(("group", "name"), EVERY)
def test_every_part_goes_on_after_a_checkpoint(compose, group, name):
    arguments = compose(*said(group, name), "epochs=4", "exec.checkpoint_every=1", seeds=[0, 1])
    if name in ALONE:
        arguments["seeds"] = [0]
    rows, ends, states = followed(run(**arguments))
    assert set(ends.values()) == {"done"}
    for cut in (1, 3):
        again, _, _ = followed(run(**arguments, resume=restored(states[cut])))
        assert again == [(seed, row) for seed, row in rows if row["epoch"] > cut]


@pytest.mark.parametrize(
    "file", [CONF / g / f"{n}.yaml" for g, n in EVERY if n not in ("none", "erm", "mean")], ids=str
)
def test_every_part_is_named_where_it_belongs_and_nowhere_else(file):
    """One file of code, one of numbers, a claim; nothing else of the runner knows of it."""
    group, name = file.parent.name, file.stem
    said = [f"{group}={name}", f"{group}=[{name}"]
    claimed = any(s in claim.read_text() for claim in (CONF / "claim").glob("*.yaml") for s in said)
    assert claimed != (name in UNCLAIMED), "a claim file, or why there is none"
    home = CONF.parent / "runner"
    history = home / "numbers.py"  # which cells have changed their numbers
    others = [code for code in home.rglob("*.py") if code.parent.name != f"{group}s" and code != history]
    assert [code.name for code in others if f"{group}s.{name}" in code.read_text()] == []
