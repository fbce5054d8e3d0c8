"""What holds of every calculation in conf/: a seed is its stream, and no other."""

from itertools import chain

import pytest

from runner.compose.calculated import known
from runner.compose.command_line import compose_cells
from runner.replication.claim_file import chosen
from runner.training.calculate import calculate
from runner.training.events import Row
from tests.parts.test_global_streams import disturb, states
from tests.zoo import ROOT

NAMES = sorted(file.stem for file in (ROOT / "conf" / "calculation").glob("*.yaml") if file.stem != "none")
SMALL: dict[str, list[str]] = {  # what makes those quick that take long
    "compressed_gradients": ["calculation.features=5"],
    "decision_margin": ["calculation.steps=5"],
    "flow_front": ["calculation.steps=5"],
    "flow_network": ["calculation.steps=10", "calculation.size=5"],
    "set_sums": ["calculation.steps=5", "calculation.tested=10"],
    "step_in_context": ["calculation.steps=20", "calculation.tested=1000"],
    "dice_levels": ["calculation.examples=400", "calculation.epochs=2"],
    "concept_directions": ["calculation.concepts=3", "calculation.steps=100"],
    "weight_matching": ["calculation.epochs=2"],
    "information_plane": ["calculation.steps=20", "calculation.times=3"],
    "data_mixture": ["calculation.steps=10", "calculation.symbols=6"],
    "entropy_attention": ["calculation.steps=5", "calculation.tested=20"],
    "masked_diffusion": ["calculation.steps=10", "calculation.length=3"],
    "uncertainty_in_context": ["calculation.steps=10", "calculation.tested=50"],
    "recovery_energy": ["calculation.steps=3"],
    "reward_ensembles": ["calculation.steps=5", "calculation.tested=300"],
    "rate_sensitivity": ["calculation.steps=5", "calculation.tested=20"],
    "guided_transport": ["calculation.steps=3", "calculation.tested=20"],
    "grokking_delay": ["calculation.samples=50", "calculation.features=5"],
    "bottleneck_generalization": ["calculation.epochs=1", "calculation.widths=[4,8]"],
    "contrastive_terms": ["calculation.epochs=1", "calculation.images=4", "calculation.seen=2"],
    "clipped_steps": ["calculation.steps=50"],
    "dual_ascent": ["calculation.width=4", "calculation.rounds=5", "calculation.examples=50"],
    "information_critics": ["calculation.steps=3", "calculation.train_size=300"],
    "scaling_law": ["calculation.steps=5", "calculation.tested=100"],
    "robust_risk": ["calculation.points=5", "calculation.steps=20"],
    "continual_classes": ["calculation.train_size=100", "calculation.hidden=8", "calculation.epochs=1"],
    "unlearning": ["calculation.train_size=100", "calculation.trained_epochs=3", "calculation.epochs=3"],
    "one_class_frames": ["calculation.steps=5"],
    "transport_map": ["calculation.steps=3", "calculation.tested=20"],
    "virtual_outliers": ["calculation.steps=10", "calculation.units=20", "calculation.moves=10"],
    "reconstruction_anomaly": ["calculation.steps=5"],
    "jko_steps": ["calculation.rounds=1", "calculation.steps=5"],
    "half_bayes": ["calculation.steps=20", "calculation.samples=3"],
    "deep_training": ["calculation.steps=5", "calculation.depth=2"],
    "tube_segmentation": ["calculation.size=6", "calculation.epochs=1"],
    "quantized_factors": ["calculation.steps=3", "calculation.latents=2"],
    "marginal_model": ["calculation.side=2", "calculation.steps=5"],
    "controlled_sampler": ["calculation.steps=3", "calculation.tested=200"],
    "score_distillation": ["calculation.steps=10", "calculation.tested=500"],
    "normalizer_estimates": ["calculation.steps=20", "calculation.rates=3"],
    "warm_distillation": ["calculation.outer_steps=20", "calculation.retrained=20"],
}


def rows(name, *seeds):
    """What is measured of each seed, but for the time."""
    (cell,) = compose_cells([f"calculation={name}", *SMALL.get(name, ())], multirun=False)
    found = [event.values for event in calculate(cell, seeds) if isinstance(event, Row)]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in found]


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_is_the_same_in_any_company_and_unlike_others(name):
    disturb(1)
    before = states()
    first, second = rows(name, 0, 1)
    assert states() == before
    disturb(2)
    assert rows(name, 1) == [second]
    assert first != second


@pytest.mark.parametrize("name", NAMES)
def test_each_is_the_subject_of_a_claim(name):
    assert any(f"calculation={name}" in [*claim.grid, *chain(*claim.arms.values())] for claim in chosen(["all"]))


@pytest.mark.parametrize("name", NAMES)
def test_its_metrics_can_be_asked_for(name):
    (cell,) = compose_cells([f"calculation={name}"], multirun=False)
    assert [known(f"test/{metric.name}", "metric") for metric in cell.task.quality]
