"""What is shown at the end of a command."""

from runner.compose.command_line import compose_cells
from runner.launch import plan, session, summary


def test_a_grid_over_calculations_has_a_table_of_each(tmp_path, capsys):
    said = ["seeds=2", f"store={tmp_path}", "exec.progress=none", "exec.wandb.mode=disabled"]
    cells = [
        compose_cells([f"calculation={name}", *said], multirun=False)[0]
        for name in ("best_of_n", "federated_disparity")
    ]
    for cell in cells:
        session.run_cell(cell, cell.title)
    assert summary.show(plan.plan(cells)) == 0
    printed = capsys.readouterr().out
    assert "kl_per_symbol" in printed
    assert "masked_disparity" in printed
