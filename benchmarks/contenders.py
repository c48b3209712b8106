"""What each contender of `compare.py` does, and the process in which it waits for its turn.

    python benchmarks/contenders.py torch    answers requests of `compare.py`, one a line

`cnnlib` is whatever code the path of Python finds, so that old code is one more contender.
"""

import json
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Case, find
from rivals import RIVALS

TURN = 0.06  # seconds that one turn takes, about
SLOW = 0.5  # seconds a call from which on one call is a turn


def arrays(case: Case) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(case.x, dtype=np.float32)
    w = rng.standard_normal(case.w, dtype=np.float32) if case.kind != "pool" else np.float32(0)
    return [x, np.asarray(w)]


def ours(case: Case, passes: str) -> Callable[[], object]:
    import cnnlib

    x, w = arrays(case)
    s, p, d, g = case.stride, case.padding, case.dilation, case.groups
    if case.kind == "train":
        return our_training(x)
    if case.kind == "pool":
        kernel = case.w
        if passes == "forward":
            return lambda: cnnlib.max_pool2d(x, kernel, s)

        def pool_both():
            y = cnnlib.max_pool2d(x, kernel, s)
            return cnnlib.max_pool2d_backward(y, x, kernel, s, output=y)

        return pool_both
    if case.kind == "transposed":
        return lambda: cnnlib.conv_transpose2d(x, w, None, s, p)
    if case.kind == "conv3d":
        return lambda: cnnlib.conv3d(x, w, None, s, p)
    bias = np.zeros(len(w), np.float32)
    if passes == "forward":
        return lambda: cnnlib.conv2d(x, w, bias, s, p, d, g)

    def both():
        y = cnnlib.conv2d(x, w, bias, s, p, d, g)
        return cnnlib.conv2d_backward(y, x, w, s, p, d, g)

    return both


def our_training(x: np.ndarray) -> Callable[[], object]:
    from cnnlib import (
        SGD,
        Conv2d,
        Flatten,
        Linear,
        MaxPool2d,
        ReLU,
        Sequential,
        cross_entropy,
        cross_entropy_backward,
    )

    model = Sequential(
        Conv2d(1, 8, 3, padding=1, rng=0),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 16, 3, padding=1, rng=1),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(784, 10, rng=2),
    )
    optimizer = SGD(model.parameters(), lr=0.01, momentum=0.9)
    labels = np.arange(len(x)) % 10

    def step():
        optimizer.zero_grad()
        logits = model(x)
        loss = cross_entropy(logits, labels)
        model.backward(cross_entropy_backward(logits, labels), need_input=False)
        optimizer.step()
        return loss

    return step


def theirs(case: Case, passes: str) -> Callable[[], object]:
    """PyTorch."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    x, w = (torch.from_numpy(a) for a in arrays(case))
    s, p, d, g = case.stride, case.padding, case.dilation, case.groups
    if case.kind == "train":
        return torch_training(torch, x)
    if case.kind == "pool" and passes == "both":
        x.requires_grad_()

        def pool_both():
            y = functional.max_pool2d(x, case.w, s)
            return torch.autograd.grad(y, x, y.detach())

        return pool_both
    calls = {
        "pool": lambda: functional.max_pool2d(x, case.w, s),
        "transposed": lambda: functional.conv_transpose2d(x, w, None, s, p),
        "conv3d": lambda: functional.conv3d(x, w, None, s, p),
    }
    bias = torch.zeros(len(w)) if case.kind == "conv" else None

    def forward():
        with torch.no_grad():
            if case.kind == "conv":
                return functional.conv2d(x, w, bias, s, p, d, g)
            return calls[case.kind]()

    if passes == "forward":
        return forward
    leaves = [t.requires_grad_() for t in (x, w, bias)]

    def both():
        y = functional.conv2d(x, w, bias, s, p, d, g)
        return torch.autograd.grad(y, leaves, y.detach())

    return both


def torch_training(torch: Any, x: Any) -> Callable[[], object]:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(784, 10),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    labels = torch.arange(len(x)) % 10

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def rival(name: str, case: Case, passes: str) -> Callable[[], object]:
    code = RIVALS[name]()
    x, w = arrays(case)
    if case.kind == "train":
        return rival_training(code, x)
    if case.kind == "pool":
        if passes == "forward":
            return lambda: code.pool(x, case.w[0], case.stride)

        def pool_both():
            output, cache = code.pool(x, case.w[0], case.stride)
            return code.pool_backward(output, cache)

        return pool_both
    bias = np.zeros(len(w), np.float32)
    if passes == "forward":
        return lambda: code.conv(x, w, bias, case.stride, case.padding)

    def both():
        output, cache = code.conv(x, w, bias, case.stride, case.padding)
        return code.conv_backward(output, cache)

    return both


def rival_training(code: Any, x: np.ndarray) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    values = [
        rng.standard_normal(shape, dtype=np.float32) * np.float32(0.1)
        for shape in ((8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (784, 10), (10,))
    ]
    w1, b1, w2, b2, w3, b3 = values
    labels = np.arange(len(x)) % 10
    velocity = [np.zeros_like(v) for v in values]

    def step():
        a1, c1 = code.conv(x, w1, b1, 1, 1)
        r1 = np.maximum(a1, 0)
        m1, p1 = code.pool(r1, 2, 2)
        a2, c2 = code.conv(m1, w2, b2, 1, 1)
        r2 = np.maximum(a2, 0)
        m2, p2 = code.pool(r2, 2, 2)
        flat = m2.reshape(len(x), -1)
        scores = flat @ w3 + b3
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        dz = shifted / shifted.sum(axis=1, keepdims=True)
        loss = -np.log(dz[np.arange(len(x)), labels]).mean()
        dz[np.arange(len(x)), labels] -= 1
        dz /= len(x)
        d2 = code.pool_backward((dz @ w3.T).reshape(m2.shape), p2) * (a2 > 0)
        dm1, dw2, db2 = code.conv_backward(d2, c2)
        d1 = code.pool_backward(dm1, p1) * (a1 > 0)
        _, dw1, db1 = code.conv_backward(d1, c1)
        grads = [dw1, db1, dw2, db2, flat.T @ dz, dz.sum(axis=0)]
        for value, v, grad in zip(values, velocity, grads, strict=True):
            v *= np.float32(0.9)
            v += grad
            value -= np.float32(0.01) * v
        return loss

    return step


class Turns:
    """What one contender is asked for: the call it makes, and how often in a turn."""

    def __init__(self, contender: str, row: int | list, passes: str) -> None:
        make = {"cnnlib": ours, "before": ours, "torch": theirs}.get(contender)
        case = find(row)
        self.call = make(case, passes) if make else rival(contender, case, passes)
        seconds = self.seconds()  # the first call, which may be slower
        self.slow = seconds > SLOW
        self.count = 1 if self.slow else max(1, round(TURN / self.seconds()))

    def seconds(self) -> float:
        start = time.perf_counter()
        self.call()
        return time.perf_counter() - start

    def time(self) -> float:
        """Return the median of a turn's calls, in seconds."""
        if not self.slow:
            self.call()  # wakes the threads
        return statistics.median(self.seconds() for _ in range(self.count))

    def memory(self) -> int:
        """Return the bytes that one call needs at most."""
        tracemalloc.start()
        self.call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak


def serve(contender: str) -> None:
    """Answer requests from the standard input until it ends."""
    current, turns = None, None
    for line in sys.stdin:
        row, passes, what = json.loads(line)
        try:
            if (row, passes) != current:
                turns = None  # lets the arrays of the last row go
                turns, current = Turns(contender, row, passes), (row, passes)
            answer = getattr(turns, what)()
        except (AttributeError, ImportError):  # something that this code cannot do
            answer = None
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
