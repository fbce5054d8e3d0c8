"""Where a file that a noise type names is."""

from pathlib import Path

from datasets.places import place


def found(file: str, data_root: str) -> Path:
    """The path of a file in the working directory or in data_root.

    Raises:
        FileNotFoundError: it is in neither.
    """
    path = place(file, data_root, Path.is_file)
    if path is None:
        raise FileNotFoundError(
            f"noise_type.file={file}: there is no such file, here or in {data_root} (exec.data_root)"
        )
    return path
