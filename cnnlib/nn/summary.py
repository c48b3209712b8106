"""A network at a glance: shapes, parameters, multiply-adds and receptive fields as a table."""

from collections.abc import Sequence

from cnnlib._checks import describe
from cnnlib.nn.architectures import LayerSpec, Network, Row, trace
from cnnlib.nn.module import Module, Parameter, Sequential
from cnnlib.operations._windows import Size


class Summary:
    """The table that `summary` returns. Its `repr` is the table; `rows` holds the numbers."""

    def __init__(self, input_shape: tuple[int, ...], rows: list[Row]) -> None:
        """Keep the rows."""
        self.input_shape = input_shape
        self.rows = rows

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """How many multiply-adds one sample takes."""
        return sum(row.multiply_adds for row in self.rows)

    def __repr__(self) -> str:
        """Return the table as text, one layer a line."""
        head = ("layer", "output shape", "parameters", "multiply-adds", "receptive field")
        lines: list[tuple[str, ...]] = [head, ("input", _shape(self.input_shape), "", "", "")]
        for row in self.rows:
            view = "" if row.receptive_field is None else _shape(row.receptive_field.size)
            name = row.layer.name or row.layer.kind
            counts = (f"{number:,}" for number in (row.parameters, row.multiply_adds))
            lines.append((name, _shape(row.shape), *counts, view))
        lines.append(("total", "", f"{self.parameters:,}", f"{self.multiply_adds:,}", ""))
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        text = []
        for line in lines:
            cells = [line[0].ljust(widths[0]), line[1].ljust(widths[1])]
            cells += [c.rjust(w) for c, w in zip(line[2:], widths[2:], strict=True)]
            text.append("  ".join(cells).rstrip())
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        return "\n".join([text[0], rule, *text[1:-1], rule, text[-1]])


def summary(model: Module | Network | Sequence[LayerSpec], input_shape: Sequence[int]) -> Summary:
    """Return a table of a network: shapes, parameters, multiply-adds, receptive fields.

    Nothing is computed: the sizes come from the formulas in `geometry`, for one sample.

    Parameters
    ----------
    model : a layer or `Sequential`, one of the presets, or a list of `LayerSpec`.
    input_shape : (C, H, W) of one sample; (features,) if the first layer is linear.

    A layer that stands there twice, and a weight that two layers share, are counted once. A layer
    of your own that changes the size says so in `specs`.

    Raises ``ValueError`` that names the layer where the sizes do not fit.

    >>> from cnnlib.nn.architectures import LENET5
    >>> summary(LENET5, (1, 32, 32))
    layer    output shape  parameters  multiply-adds  receptive field
    -----------------------------------------------------------------
    input    1×32×32
    C1       6×28×28              156        117,600              5×5
    S2       6×14×14                0              0              6×6
    C3       16×10×10           2,416        240,000            14×14
    S4       16×5×5                 0              0            16×16
    C5       120×1×1           48,120         48,000            32×32
    flatten  120                    0              0
    F6       84                10,164         10,080
    output   10                   850            840
    -----------------------------------------------------------------
    total                      61,706        416,520
    """
    if isinstance(model, Module):
        leaves = _leaves(model)
        rows = trace([spec for leaf in leaves for spec in leaf.specs()], input_shape)
        return Summary(tuple(input_shape), _counted_once(leaves, rows))
    if isinstance(model, Network):
        return Summary(tuple(input_shape), trace(model.layers, input_shape))
    if isinstance(model, (list, tuple)) and all(isinstance(each, LayerSpec) for each in model):
        return Summary(tuple(input_shape), trace(model, input_shape))
    raise TypeError(
        f"model must be a layer, a preset or a list of LayerSpec, got {describe(model)}"
    )


def _leaves(model: Module) -> list[Module]:
    """Return the layers in the order in which a sample meets them, a shared one as often."""
    if isinstance(model, Sequential):
        return [leaf for layer in model for leaf in _leaves(layer)]
    return [model]


def _counted_once(leaves: list[Module], rows: list[Row]) -> list[Row]:
    """Give each row the parameters that its layer holds and no layer before it."""
    counted: set[Parameter] = set()
    numbers = []
    for leaf in leaves:
        new = set(leaf.parameters()) - counted
        counted |= new
        numbers += [sum(p.value.size for p in new)] + [0] * (len(leaf.specs()) - 1)
    return [row._replace(parameters=n) for row, n in zip(rows, numbers, strict=True)]


def _shape(size: Size) -> str:
    """Return 3×224×224 for (3, 224, 224), and 5×5 for the int 5 of a square."""
    return "×".join(str(each) for each in size) if isinstance(size, tuple) else f"{size}×{size}"
