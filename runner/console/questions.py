"""Questions on a command line, as of `python -m bench` and `python -m simulate`."""

import sys
from collections.abc import Sequence

from runner.console.errors import HELP, nearest
from runner.console.say import complain, say


def asked(about: str | None, questions: Sequence[str]) -> Sequence[str]:
    """The questions that the command line names; all of them where it names none.

    --help is answered by `about`, and ends the process. An unknown question is one line on stderr and exit status 2.
    """
    words = sys.argv[1:]
    if HELP & set(words):
        say(f"{about}\nQuestions: {', '.join(questions)}", lines=True)
        sys.exit()
    for word in words:
        if word not in questions:
            complain(f"{word}: there is no such question; {nearest(word, questions)}")
            sys.exit(2)
    return words or questions
