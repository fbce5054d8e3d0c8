"""How predictions are measured: a class a task."""
