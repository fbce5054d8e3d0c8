"""What a command imports: no more than it needs, for a default run trains no longer than some packages take to load."""

import subprocess
import sys

import pytest

COMPILER = ("torch._dynamo", "torch._inductor", "sympy")
PACKAGES = ("matplotlib", "pandas", "scipy", "sklearn", "statsmodels", "torchvision", "wandb")
CODE = """
import sys
from runner.__main__ import main
try:
    main()
except SystemExit as ended:
    print(ended.code, [name for name in {names!r} if name in sys.modules])
"""


@pytest.fixture
def imported(tmp_path):
    def run(names, *said):
        command = [sys.executable, "-c", CODE.format(names=names), f"store={tmp_path}"]
        done = subprocess.run([*command, "epochs=1", *said], capture_output=True, text=True, timeout=300)
        return done.stdout.splitlines()[-1]

    return run


@pytest.mark.parametrize(
    "said", [["seeds=1"], ["seeds=2"], ["model=cnn", "optimizer=adamw"], ["exec.wandb.mode=offline"]]
)
def test_a_run_imports_what_it_uses_and_a_second_one_less(imported, said):
    assert imported((*COMPILER, *PACKAGES, "torch"), *said) == "0 ['torch']"
    assert imported((*COMPILER, *PACKAGES, "torch"), *said) == "0 []"


def test_what_training_imports_is_not_looked_through_for_garbage():
    code = """
import gc, sys
looks = []
gc.callbacks.append(lambda phase, its: looks.append(its["generation"]))
from runner.launch.job import uncollected
looks.clear()
with uncollected():
    import runner.launch.session
print(looks, gc.isenabled(), gc.get_freeze_count() > 100_000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout == "[] True True\n"


def test_nothing_is_looked_through_as_a_program_ends():
    code = """
import atexit, gc, sys
atexit.register(lambda: print(gc.get_freeze_count() > 10_000))
from runner.__main__ import main
sys.argv[1:] = ["--help"]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines()[-1] == "True"
