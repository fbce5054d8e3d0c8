"""What each task declares, a file each; runner/tasks/families.py has them all."""
