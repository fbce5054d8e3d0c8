"""What `make test-quick` runs."""

from types import SimpleNamespace

import pytest

from tests import quick


def near(*files):
    found, names = quick.chosen(files)
    return {str(file.relative_to(quick.ROOT)) for file in found}, names


@pytest.mark.parametrize("file", ["losses/gce.py", "conf/loss/gce.yaml"])
def test_of_a_part_its_docstring_and_the_cases_of_its_name(file):
    found, names = near(file)
    assert "losses/gce.py" in found
    assert names == {"gce"}


def test_of_a_module_the_tests_of_its_name_and_no_more_than_a_few_others():
    found, names = near("runner/store/store.py")
    assert {"runner/store/store.py", "tests/store/test_store.py"} <= found
    assert len(found) <= quick.FILES + 1
    assert names == set()


def test_of_a_module_that_no_test_imports_those_of_what_imports_it():
    lonely = [
        file
        for file in quick.ROOT.glob("runner/*/*.py")
        if not any(map(quick.is_test, quick.importers()[quick.module_of(file)]))
    ]
    assert any(map(quick.nearest, lonely))
    assert near("tests/pool_tasks.py")[0] == {"tests/pool_tasks.py", "tests/launch/test_pool.py"}


def test_of_a_page_the_tests_that_say_its_name():
    assert "tests/compose/test_numbers.py" in near("CHANGELOG.md")[0]


def kept(*ids, named="", near=""):
    items = [SimpleNamespace(nodeid=each) for each in ids]
    config = SimpleNamespace(
        getoption={"named": named, "near": near}.__getitem__,
        hook=SimpleNamespace(pytest_deselected=lambda items: None),
    )
    quick.pytest_collection_modifyitems(config, items)
    return [item.nodeid for item in items]


def test_cases_of_a_name_run_alone_and_of_others_a_few():
    losses = [f"tests/a.py::test_law[{loss}-{law}]" for loss in ("ce", "gce", "nce") for law in ("one", "two", "three")]
    assert kept(*losses, named="gce", near="tests/a.py") == losses[3:6]
    assert kept(*losses, named="poly", near="tests/a.py") == losses[::3]
    assert kept(*losses, named="poly") == []
    assert kept("tests/a.py::test_one", near="tests/a.py") == ["tests/a.py::test_one"]
