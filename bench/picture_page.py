"""How long does a page for the browser take, with its tables and pictures?

A store of 24 cells (six losses by four rates of noise) with 10 seeds of five epochs on the handwritten digits; from the
command as a user types it.
"""

from pathlib import Path

from bench.measure import Figure, command

GRID = ("loss=ce,gce,sce,nce_rce,mae,elr", "noise=0,0.2,0.4,0.6", "seeds=10", "epochs=5")


def measure(folder: Path) -> list[Figure]:
    store = folder / "store"
    command(["runner", "-m", *GRID, "exec.wandb.mode=disabled", f"store={store}"], folder / "log")
    page = command(["runner.report", f"store={store}", f"page={folder / 'page'}"], folder / "log")
    return [Figure("a page with pictures of 24 cells", page.wall, "s", ("at most", 6))]
