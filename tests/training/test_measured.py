"""What `measure` adds to rows."""

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.tasks.declared.classification import EXTRAS
from runner.training.run import run

ALL = f"measure=[{','.join(extra.name for extra in EXTRAS)}]"
KEYS = {extra.name: {f"{s}/{m.name}" for s in extra.splits for m in extra.metrics} for extra in EXTRAS}
KEYS["environments"] = {key for key in KEYS["environments"] if key[-2:] in ("_0", "_1")}  # there are two below
GROUPS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=100"]  # so that all can be measured
HELD = [*GROUPS, "val_fraction=0.3", "noise=0.2", "calibrator=temperature", "adaptation=unchanged"]


@pytest.fixture
def rows(compose, measured):
    return lambda *said, seeds=(0, 1): measured(run(**compose(*said, seeds=seeds)))


@pytest.mark.parametrize("name", KEYS)
def test_rows_keep_what_they_had_and_gain_what_is_asked_for(rows, name):
    plain, found = rows(*HELD), rows(*HELD, f"measure=[{name}]")
    for at, row in found.items():
        assert row.keys() - plain[at].keys() == KEYS[name]
        assert {key: row[key] for key in plain[at]} == plain[at]


@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_a_stack_is_its_seeds(rows, model):
    together = rows(*HELD, ALL, f"model={model}", seeds=[0, 1, 2])
    alone = rows(*HELD, ALL, f"model={model}", seeds=[2])
    for at, row in alone.items():
        for name in set().union(*KEYS.values()):
            assert together[at][name] == pytest.approx(row[name], rel=1e-3, abs=1e-5), name


def test_what_cannot_be_said_of_a_calibrator_is_left_out(rows):
    for row in rows(*GROUPS, "val_fraction=0.3", "calibrator=isotonic", ALL, seeds=[0]).values():
        after = {name.partition("/")[2] for name in row if name.startswith("calibrated/")}
        assert {"adaptive_ece", "confidence_gap", "accuracy_at_80"} <= after
        assert not {"classwise_ece", "margin", "margin_decile", "pass_at_4"} & after
    for row in rows(*GROUPS, "val_fraction=0.3", "calibrator=conformal", ALL, seeds=[0]).values():
        assert {name for name in row if name.startswith("calibrated/")} == {
            "calibrated/coverage",
            "calibrated/set_size",
        }


def test_a_last_layer_of_cosines_has_no_duality_to_measure(rows):
    (row,) = rows("model.head=cosine", "measure=[neural_collapse]", "epochs=1", seeds=[0]).values()
    assert {name for name in KEYS["neural_collapse"] if name not in row} == {"train/nc3"}


def test_an_average_of_weights_is_looked_into_where_it_is_evaluated(rows):
    plain, averaged = (rows("measure=[features]", f"average={name}", seeds=[0]) for name in ("none", "ema"))
    assert all(plain[at]["test/effective_rank"] != averaged[at]["test/effective_rank"] for at in plain)


def test_features_that_are_not_finite_are_nan():
    from runner.contracts.measures import Inside
    from runner.parts.measures.classification import Classification, outcomes

    g = torch.Generator().manual_seed(0)
    features, labels = torch.randn(2, 30, 6, generator=g), torch.arange(30).remainder(3).expand(2, 30)
    features[1, 4, 2] = torch.inf
    weight = torch.randn(2, 3, 6, generator=g)
    measures = Classification(3, None, 20, 100, ["features", "neural_collapse"])
    seen = outcomes(features @ weight.mT, labels)
    for split in measures.looks_inside:
        for values in measures.inside(split, Inside(features, weight), seen, labels).values():
            assert values.isnan().tolist() == [False, True]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (["measure=[neural_colapse]"], r"^measure=\[neural_colapse\]: .* did you mean neural_collapse\?"),
        (
            ["measure=[margins]", "dataset=diabetes", "loss=mse"],
            r"^measure=\[margins\] with dataset=diabetes: .*: calibration$",
        ),
        (
            ["measure=[neural_collapse]", "noise_type=candidates", "loss=cc"],
            r"^measure=\[neural_collapse\] with dataset=blobs noise_type=candidates: .*; what fits: calibration, sel",
        ),
        (["measure=margins"], "^measure=margins: must be a list"),
    ],
)
def test_what_cannot_be_measured_is_refused(said, line):
    with pytest.raises(ConfigError, match=line):
        compose_cells(["dataset=blobs", *said], multirun=False)


def test_the_order_of_names_asks_nothing_else():
    one, other, usual = (
        compose_cells([f"measure=[{names}]"], multirun=False)[0].identity
        for names in ("margins,selective", "selective,margins,selective", "")
    )
    assert one == other
    assert "measure" not in usual


def test_what_is_of_environments_is_refused_without_them(compose):
    with pytest.raises(ConfigError, match=r"measure=\[fairness\]: this data set says of no test example which"):
        list(run(**compose("measure=[fairness]", "dataset=blobs")))


IMAGES = ["dataset=textured_digits", "dataset@dataset.source=digits", "model=linear"]


@pytest.mark.parametrize("said", [HELD, [*IMAGES, "val_fraction=0.3", "eval_flips=true"]])
def test_the_volume_below_one_network_is_the_product_of_its_accuracies(rows, said):
    for row in rows(*said, "measure=[front,environments]").values():
        for split in ("val", "test"):
            product = row[f"{split}/accuracy_in_0"] * row[f"{split}/accuracy_in_1"]
            assert row[f"{split}/hypervolume"] == pytest.approx(product, abs=1e-9)
            assert row[f"{split}/front_spread"] == 0


def test_the_volume_below_several_networks_is_of_all_and_a_stack_is_its_seeds(rows):
    several = [*HELD, "method=pamal", "method.per_domain=true", "measure=[front,environments]"]
    together, alone = rows(*several, seeds=[0, 1, 2]), rows(*several, seeds=[2])
    beyond = [
        row["test/hypervolume"] - row["test/accuracy_in_0"] * row["test/accuracy_in_1"] for row in together.values()
    ]
    assert min(beyond) > -1e-9
    assert max(beyond) > 0.005
    assert all(row["test/front_spread"] > 0 for row in together.values())
    for at, row in alone.items():
        mine, its = ({name: each[name] for name in KEYS["front"]} for each in (together[at], row))
        assert mine == pytest.approx(its, rel=1e-3, abs=1e-5)


def test_outcomes_of_several_networks_are_for_the_targets_of_their_seed(rows, monkeypatch):
    """By the NLL of the first of the networks, which is the one that predicts."""

    def nll(self, seen, targets, domain, points):
        assert len(targets) == len(domain) == 2 * points == 8
        return {"hypervolume": seen.nll[::points].double().mean(1)}

    monkeypatch.setattr("runner.parts.measures.classification.Classification.front", nll)
    for row in rows(*HELD, "method=pamal", "method.per_domain=true", "method.steps=2", "measure=[front]").values():
        for split in ("val", "test"):
            assert row[f"{split}/hypervolume"] == pytest.approx(row[f"{split}/nll"], rel=1e-6)


def test_the_volume_below_a_seed_that_knows_nothing_is_not_known():
    from runner.parts.measures.classification import Classification, outcomes

    logits = torch.randn(4, 20, 3, generator=torch.Generator().manual_seed(0))  # of two seeds, two networks each
    logits[3, 5] = torch.nan
    labels, domain = torch.arange(20).remainder(3).expand(4, 20), torch.arange(20).remainder(2).expand(4, 20)
    found = Classification(3, None, 20, 100, ["front"]).front(outcomes(logits, labels), labels, domain, 2)
    assert {name: values.isnan().tolist() for name, values in found.items()} == {
        "hypervolume": [False, True],
        "front_spread": [False, True],
    }


def test_a_front_of_many_environments_is_refused(compose):
    with pytest.raises(
        ConfigError, match=r"measure=\[front\]: must be of at most 4 environments; this data set has 21"
    ):
        list(run(**compose("measure=[front]", "dataset=corrupted", "dataset@dataset.source=digits")))
