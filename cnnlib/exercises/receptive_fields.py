"""The exercises of the chapter on receptive fields and a whole CNN."""

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.receptive_fields import LayerSpec, receptive_field

Triples = list[tuple[int, int, int]]


def _view(layers: Triples) -> int:
    view = receptive_field([LayerSpec("conv", k, s, dilation=d) for k, s, d in layers]).size
    assert isinstance(view, int)
    return view


def _own_stride(layers: Triples) -> int:
    """Multiply by the stride of the layer itself, too."""
    size, jump = 1, 1
    for k, s, d in layers:
        jump *= s
        size += (k - 1) * d * jump
    return size


EXERCISES = {
    "predict": Exercise(
        solution=lambda: (13, 4),
        needs="a tuple (view, jump) of two whole numbers.",
        why="1 + 2·1 + 4·2 + 1·2 = 13, and the strides multiply: 2 · 1 · 2 = 4.",
        parts=("view", "jump"),
        mistakes=(
            Mistake(
                "The dilation is missing: the second kernel covers 5 units, so it adds 4 steps.",
                lambda: (9, 4),
            ),
            Mistake(
                "The strides are missing: after stride 2 each step is two inputs wide.",
                lambda: (8, 4),
            ),
            Mistake(
                "A layer's own stride does not widen its own view, only that of later layers.",
                lambda: (17, 4),
            ),
            Mistake("The view is right. For the jump, multiply the strides.", lambda: (13, 5)),
            Mistake(
                "The view is right. The jump counts all layers: the last one has stride 2 as well.",
                lambda: (13, 2),
            ),
        ),
    ),
    "view": Exercise(
        solution=_view,
        needs="a function of a list of triples (kernel, stride, dilation) that returns a whole "
        "number.",
        why="Each layer adds (kernel − 1) · dilation steps, and a step is multiplied by the "
        "strides before it.",
        cases=(
            ([(3, 1, 1), (3, 1, 1)],),
            ([(3, 1, 1), (2, 2, 1), (3, 1, 1)],),
            ([(5, 2, 1), (3, 1, 2), (2, 2, 1)],),
            ([(11, 4, 1), (3, 2, 1), (5, 1, 1)],),
            ([(1, 1, 1)],),
            ([(2, 2, 1), (2, 2, 1), (2, 2, 1)],),
            ([(1, 3, 1), (3, 1, 4)],),
        ),
        mistakes=(
            Mistake(
                "You multiply by the layer's own stride, too. It spreads the later layers: "
                "change the jump last.",
                _own_stride,
            ),
            Mistake(
                "The strides are missing. Multiply by the product of the strides before.",
                lambda layers: _view([(k, 1, d) for k, _, d in layers]),
            ),
            Mistake(
                "The dilation is missing: a dilated kernel covers (kernel − 1) · dilation + 1.",
                lambda layers: _view([(k, s, 1) for k, s, _ in layers]),
            ),
            Mistake(
                "The views overlap, so the kernels do not add up: each adds its size less one.",
                lambda layers: sum(k for k, _, _ in layers),
            ),
            Mistake(
                "The 1 is missing: a unit with no layer below sees one input, itself.",
                lambda layers: _view(layers) - 1,
            ),
            Mistake(
                "You multiply only by the stride of the layer before. Take the product of all "
                "strides before.",
                lambda layers: (
                    1
                    + sum(
                        (k - 1) * d * (layers[at - 1][1] if at else 1)
                        for at, (k, _, d) in enumerate(layers)
                    )
                ),
            ),
        ),
    ),
    "meet": Exercise(
        solution=lambda distance: (distance + 1) // 2,
        needs="a function of the distance that returns a whole number.",
        why="A stack of n layers sees 1 + 2n places, and these must be at least distance + 1.",
        cases=(
            (4,),
            (1,),
            (2,),
            (7,),
            (0,),
            (100,),
            (3,),
            (99,),
        ),
        mistakes=(
            Mistake(
                "Round up: an odd distance needs half a layer more.",
                lambda distance: distance // 2,
            ),
            Mistake(
                "Each layer of 3 sees one place further on both sides, so the view grows by 2.",
                lambda distance: distance,
            ),
            Mistake(
                "That is one layer too many: a view of distance + 1 places holds both.",
                lambda distance: distance // 2 + 1,
            ),
            Mistake(
                "The view grows by 2 with each layer, not by 3: neighbouring views overlap.",
                lambda distance: -(-distance // 3),
            ),
            Mistake(
                "That is a fraction. There is no half layer: round up.",
                lambda distance: distance / 2,
            ),
            Mistake(
                "That is how many places the stack has to see. A stack of n layers sees 1 + 2n.",
                lambda distance: distance + 1,
            ),
        ),
    ),
    "network": Exercise(
        solution=lambda: (576, 5770),
        needs="a tuple (numbers after Flatten, parameters of the dense layer).",
        why="32 → 28 → 14 → 12 → 6 with 16 maps is 576, and 576 · 10 weights with 10 biases make "
        "5,770.",
        parts=("after Flatten", "parameters"),
        mistakes=(
            Mistake("The biases are missing: one for each of the 10 neurons.", lambda: (576, 5760)),
            Mistake("The second pooling is missing: 12 rows become 6.", lambda: (2304, 23050)),
            Mistake(
                "That would be with padding that keeps the size. Here each convolution loses a "
                "border: 32 → 28 → 14 → 12 → 6.",
                lambda: (1024, 10250),
            ),
            Mistake(
                "The depth is the number of filters of the last convolution, 16; each of them adds "
                "up the maps of the first.",
                lambda: (4608, 46090),
            ),
            Mistake("Flatten keeps all 16 maps, not one: 16 · 6 · 6.", lambda: (36, 370)),
            Mistake(
                "You counted 8 maps. The second convolution has 16 filters, and each gives a map.",
                lambda: (288, 2890),
            ),
        ),
    ),
}
