"""Where a file that a noise type names is."""

from pathlib import Path


def found(file: str, data_root: str) -> Path:
    """The path of a file in the working directory or in data_root.

    Raises:
        FileNotFoundError: it is in neither.
    """
    for path in (Path(file), Path(data_root, file)):
        if path.is_file():
            return path
    raise FileNotFoundError(f"noise_type.file={file}: there is no such file, here or in {data_root} (exec.data_root)")
