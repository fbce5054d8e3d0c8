"""Disparities of small tables, the identities that tie them together, and splits of which the parts are known."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations._information import information
from runner.parts.calculations.federated_disparity import disparities, federated_disparity
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "federated_disparity.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_disparities_are_the_closed_forms(case):
    group_first, output = np.array(case["inputs"]["joint_z_yhat_s"]), case["output"]
    found = disparities(group_first.transpose(1, 2, 0))
    assert found["global_disparity"] == pytest.approx(output["I_Z_Yhat"], abs=1e-12)
    assert found["local_disparity"] == pytest.approx(output["I_Z_Yhat_given_S"], abs=1e-12)
    assert found["global_beyond_local"] == pytest.approx(output["difference"], abs=1e-12)
    client = information(group_first.sum(1))
    assert client == pytest.approx(output["I_Z_S"], abs=1e-12)
    both = output["I_Z_YhatS"]
    assert client + found["local_disparity"] == pytest.approx(both, abs=1e-9)  # the chain rule


@pytest.mark.parametrize("case", CASES)
def test_the_parts_add_up(case):
    found = disparities(np.array(case["inputs"]["joint_z_yhat_s"]).transpose(1, 2, 0))
    redundant, unique, masked = (found[f"{name}_disparity"] for name in ("redundant", "unique", "masked"))
    assert redundant + unique == pytest.approx(found["global_disparity"], abs=1e-9)
    assert masked + unique == pytest.approx(found["local_disparity"], abs=1e-9)
    assert min(redundant, unique, masked) > -1e-6


def measured(split, purity=1.0):
    return federated_disparity(numbers("calculation", 0), split=split, purity=purity, people=1000)


def test_where_clients_are_groups_nothing_is_local_and_all_is_redundant():
    found = measured("by_group")
    assert found["local_disparity"] == pytest.approx(0, abs=1e-9)
    assert found["redundant_disparity"] == pytest.approx(found["global_disparity"], abs=1e-6)


def test_within_a_client_that_is_group_xor_prediction_the_prediction_tells_the_group():
    found = measured("masking")
    assert found["local_disparity"] > 0.4
    assert found["masked_disparity"] > 0.9 * found["local_disparity"]


def test_people_are_the_same_in_all_splits():
    overall = measured("masking", 0.6)["global_disparity"]
    assert measured("by_group")["global_disparity"] == pytest.approx(overall, abs=1e-12)
