"""The exercises of the chapter on training."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake

_FALLING = (2.3, 1.1, 0.6, 0.5, 0.45)
_TURNING = (2.3, 1.1, 0.6, 0.7, 0.65, 0.8, 0.9, 0.5)
_LATE = (1.0, 0.9, 0.95, 0.85, 0.9, 0.88, 0.87, 0.2)

_TIES = (1.0, 0.5, 0.5, 0.6, 0.5, 0.7)
_RISING = (0.3, 0.4, 0.5, 0.6, 0.7)


def _momentum(w: float, v: float, grad: float, lr: float, momentum: float) -> tuple[float, float]:
    v = momentum * v + grad
    return w - lr * v, v


def _stop(losses: tuple[float, ...], patience: int) -> int:
    """Return the epoch, from 1, after which training stops."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return epoch + 1
    return len(losses)


def _stop_with_ties(losses: tuple[float, ...], patience: int) -> int:
    """Take an equal loss for a better one."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[best]:
            best = epoch
        if epoch - best == patience:
            return epoch + 1
    return len(losses)


def _stop_waiting_at_once(losses: tuple[float, ...], patience: int) -> int:
    """Count the first epoch as one without a better loss."""
    best, waited = losses[0], 0
    for epoch, loss in enumerate(losses):
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            return epoch + 1
    return len(losses)


def _stop_at_first_rise(losses: tuple[float, ...], patience: int) -> int:
    """Compare with the epoch before, `patience` times in a row."""
    rises = 0
    for epoch in range(1, len(losses)):
        rises = rises + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if rises == patience:
            return epoch + 1
    return len(losses)


def _best(losses: tuple[float, ...], patience: int) -> int:
    epoch = _stop(losses, patience)
    return int(np.argmin(losses[:epoch])) + 1


EXERCISES = {
    "untrained-loss": Exercise(
        solution=lambda: np.log(10),
        needs="a number, the loss of ten equal probabilities.",
        why="−log(1/10) = log 10 ≈ 2.303: the loss of a network that only guesses.",
        tolerance=0.003,
        mistakes=(
            Mistake("That is a probability. The loss is −log of it.", lambda: 0.1),
            Mistake("Check the sign: −log(1/10) is positive.", lambda: -np.log(10)),
            Mistake("That is the logarithm to base 10. The loss takes the natural one.", lambda: 1),
            Mistake("That is the logarithm to base 2.", lambda: np.log2(10)),
        ),
    ),
    "no-pooling": Exercise(
        solution=lambda: 3818 + 16 * (64 - 16) * 10,
        needs="a whole number, the parameters of the whole network.",
        why="The linear layer now sees 16 maps of 8×8: 80 + 1,168 + 10,240 + 10 = 11,498.",
        mistakes=(
            Mistake(
                "Pooling has no parameters, but the maps after it are larger now: the linear "
                "layer sees 8×8 cells of each.",
                lambda: 3818,
            ),
            Mistake("Those are only the linear layer's. Add both convolutions.", lambda: 10250),
            Mistake(
                "Your linear layer gets 512 numbers. Without pooling 16 maps of 8×8 reach it.",
                lambda: 3818 + 16 * (32 - 16) * 10,
            ),
            Mistake("The ten biases of the linear layer are missing.", lambda: 11488),
            Mistake(
                "Only the weights of the linear layer are four times as many. The convolutions "
                "keep theirs.",
                lambda: 4 * 3818,
            ),
        ),
    ),
    "momentum": Exercise(
        solution=_momentum,
        needs="a function of (w, v, grad, lr, momentum) that returns the new (w, v).",
        why="The velocity takes in the whole gradient, and the weight moves against the new "
        "velocity.",
        cases=(
            (1.0, 0.0, 2.0, 0.1, 0.9),
            (1.0, 0.5, -1.0, 0.1, 0.9),
            (0.3, -2.0, 0.4, 0.01, 0.5),
            (-2.0, 1.5, 0.0, 0.5, 0.0),
            (0.0, 0.25, 3.0, 1.0, 0.5),
        ),
        mistakes=(
            Mistake(
                "You go uphill. The step goes against the gradient.",
                lambda w, v, g, lr, m: (w + lr * (m * v + g), m * v + g),
            ),
            Mistake(
                "You step with the gradient alone: the velocity is computed, but not used.",
                lambda w, v, g, lr, m: (w - lr * g, m * v + g),
            ),
            Mistake(
                "You step with the old velocity. Update it first, then step.",
                lambda w, v, g, lr, m: (w - lr * v, m * v + g),
            ),
            Mistake(
                "You weight the gradient by 1 − momentum. PyTorch and cnnlib add the whole one.",
                lambda w, v, g, lr, m: (w - lr * (m * v + (1 - m) * g), m * v + (1 - m) * g),
            ),
            Mistake(
                "You put the rate into the velocity, as older papers do. In PyTorch and cnnlib it "
                "multiplies the whole step.",
                lambda w, v, g, lr, m: (w + m * v - lr * g, m * v - lr * g),
            ),
            Mistake(
                "That is Nesterov's step, which looks ahead once more. Step with the velocity.",
                lambda w, v, g, lr, m: (w - lr * (g + m * (m * v + g)), m * v + g),
            ),
            Mistake(
                "The order is (w, v).",
                lambda w, v, g, lr, m: (m * v + g, w - lr * (m * v + g)),
            ),
        ),
    ),
    "early-stopping": Exercise(
        solution=_stop,
        needs="a function of (losses, patience) that returns a whole number, the last epoch.",
        why="Only a loss below the best so far starts the count again.",
        cases=(
            (_FALLING, 2),
            (_TURNING, 3),
            (_TURNING, 2),
            (_LATE, 3),
            (_TURNING, 20),
            (_TIES, 2),
            (_RISING, 2),
            (_RISING, 1),
            (_FALLING, 1),
            (_TIES, 1),
            (_RISING[:1], 3),
        ),
        mistakes=(
            Mistake(
                "You compare each loss with the one before it. Compare with the best so far.",
                _stop_at_first_rise,
            ),
            Mistake(
                "That is the best epoch. The task asks for the one after which training stops.",
                _best,
            ),
            Mistake(
                "You count epochs from 0. The first one is epoch 1.",
                lambda losses, patience: _stop(losses, patience) - 1,
            ),
            Mistake(
                "You never stop. Stop after `patience` epochs without a better loss.",
                lambda losses, patience: len(losses),
            ),
            Mistake(
                "An equal loss is not a better one: compare with <, not <=.",
                _stop_with_ties,
            ),
            Mistake(
                "You count the first epoch as one without a better loss. It is the best so far.",
                _stop_waiting_at_once,
            ),
            Mistake(
                "You look for the best of all losses. Training cannot know the later ones: stop "
                "the first time patience runs out.",
                lambda losses, patience: min(int(np.argmin(losses)) + 1 + patience, len(losses)),
            ),
            Mistake(
                "You wait one epoch too long: stop as soon as `patience` epochs have gone by.",
                lambda losses, patience: _stop(losses, patience + 1),
            ),
        ),
    ),
    "indifferent": Exercise(
        solution=lambda: "FNN",
        needs='one of the words "FNN", "CNN", "both" and "neither".',
        why="A dense layer adds up the same products in another order; a convolution needs "
        "neighbours.",
        choices=("FNN", "CNN", "both", "neither"),
        mistakes=(
            Mistake(
                "Its windows look at neighbours, and after the shuffling neighbours have nothing "
                "to do with each other.",
                lambda: "CNN",
            ),
            Mistake("Look at the CNN's two rows in the chart: they differ.", lambda: "both"),
            Mistake(
                "A sum does not depend on the order of its terms: one of them only renames its "
                "inputs.",
                lambda: "neither",
            ),
        ),
    ),
}
