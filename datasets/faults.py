"""What went wrong, said in one line; and was it asked for wrongly, or had the machine no more to give?"""

import errno

USED_UP = {errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EIO}
SAID = (
    "out of memory",
    "allocate memory",
    "not enough memory",
    "bad alloc",
    "bad_alloc",
    "alloc_failed",
)  # of a RuntimeError


def first_line(error: BaseException) -> str:
    """The first line that an error says; the name of its type where it says nothing, cannot say it, or is no Exception.

    >>> first_line(ValueError("\\n  a\\nb")), first_line(ValueError()), first_line(SystemExit(1))
    ('a', 'ValueError', 'SystemExit')
    """
    try:
        lines = str(error).split("\n")
    except Exception:  # of its __str__
        lines = []
    said = next(filter(None, map(str.strip, lines)), "") if isinstance(error, Exception) else ""
    return said or type(error).__name__


def exhausted(error: BaseException) -> bool:
    """Had the machine no more to give: memory, room on the disk, open files, depth of calls?

    Then the same request may be met another time, or elsewhere; what cannot be as asked, never.

    >>> exhausted(MemoryError()), exhausted(RuntimeError("CUDA out of memory")), exhausted(ValueError("memory"))
    (True, True, False)
    """
    if isinstance(error, OSError):
        return error.errno in USED_UP
    said = isinstance(error, RuntimeError) and any(words in first_line(error).lower() for words in SAID)
    return said or isinstance(error, MemoryError | RecursionError)
