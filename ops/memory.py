"""What a process that stays does about its memory when it is up."""

import gc

# the batches of a channel's lanes are some ten thousand objects, nearly all of them gone soon after
YOUNG = 50_000


def settled() -> None:
    """Say that the start is over: what it made lives as long as the process.

    Python's collector looks through everything that has lived long whenever a quarter as much again has been made,
    and nothing else runs meanwhile: 40 ms and more for the program's own modules, models and statements, which
    never go. From here on it leaves them alone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
