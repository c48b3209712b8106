"""Small, plausible mistakes in `cnnlib`, each as one text that is replaced by another.

`tools/mutate.py` makes them one at a time and asks whether the tests, and the notebooks alone,
notice. A mistake that nobody notices is a hole in the tests.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One mistake: in `module`, `old` (which stands there once) becomes `new`."""

    module: str
    old: str
    new: str
    mistake: str
    #: The chapter that ought to notice first; the others are asked after it.
    chapter: str


MUTANTS = [
    # sizes
    Mutant(
        "_windows",
        "return (self.padded - self.effective_kernel_size) // self.stride + 1",
        "return (self.padded - self.effective_kernel_size) // self.stride",
        "the + 1 of the size formula is forgotten",
        "03",
    ),
    Mutant(
        "_windows",
        "return (self.padded - self.effective_kernel_size) // self.stride + 1",
        "return -(-(self.padded - self.effective_kernel_size) // self.stride) + 1",
        "the size is rounded up",
        "03",
    ),
    Mutant(
        "_windows",
        "return (self.padded - self.effective_kernel_size) % self.stride",
        "return (self.padded - self.kernel) % self.stride",
        "dropped cells forget the dilation",
        "03",
    ),
    Mutant(
        "geometry",
        "reach = tuple(k_ + (k_ - 1) * (d_ - 1) for",
        "reach = tuple(k_ + (k_ + 1) * (d_ - 1) for",
        "the reach of a dilated kernel is too long",
        "03",
    ),
    Mutant(
        "geometry",
        "pairs = tuple(((r - 1) // 2, r // 2) for r in reach)",
        "pairs = tuple((r // 2, (r - 1) // 2) for r in reach)",
        "'same' puts the extra zero of an even kernel first",
        "03",
    ),
    Mutant(
        "_windows",
        "return tuple(((k - 1) * d,) * 2 for k, d in zip(kernel_size, dilation, strict=True))",
        "return tuple((k * d,) * 2 for k, d in zip(kernel_size, dilation, strict=True))",
        "'full' pads one cell too many",
        "03",
    ),
    Mutant(
        "_windows",
        "output = (i[a] - 1) * s[a] - 2 * p[a] + d[a] * (k[a] - 1) + more[a] + 1",
        "output = (i[a] - 1) * s[a] - p[a] + d[a] * (k[a] - 1) + more[a] + 1",
        "the transposed size counts the padding on one side only",
        "08",
    ),
    Mutant(
        "_windows",
        "return output - 1 if (output - 1) * self.stride >= self.input + self.before else output",
        "return output",
        "ceil mode keeps a window that starts in the padding",
        "07",
    ),
    Mutant(
        "_windows",
        "stride = kernel_size if stride is None else stride",
        "stride = 1 if stride is None else stride",
        "pooling windows overlap by default",
        "07",
    ),
    # costs and networks
    Mutant(
        "cost",
        "return cells * (c // groups) * k + (k if bias else 0)",
        "return cells * c * k + (k if bias else 0)",
        "parameters forget the groups",
        "09",
    ),
    Mutant(
        "cost",
        "return cells * (c // groups) * k + (k if bias else 0)",
        "return cells * (c // groups) * k + (1 if bias else 0)",
        "one bias for the whole layer",
        "03",
    ),
    Mutant(
        "cost",
        "return [Step(c, c, f, c), Step(c, k, (1, 1))]",
        "return [Step(c, k, f), Step(k, k, (1, 1))]",
        "depthwise separable is counted as dense",
        "09",
    ),
    Mutant(
        "cost",
        "return n * m + (m if bias else 0)",
        "return n * m + (n if bias else 0)",
        "a dense layer has one bias for each input",
        "05",
    ),
    Mutant(
        "networks",
        "size += (reach - 1) * jump",
        "size += (reach - 1) * stride",
        "the receptive field grows by the last stride, not by all of them",
        "06",
    ),
    Mutant(
        "networks",
        "start -= before * jump",
        "start -= before",
        "the receptive field's start forgets the jump",
        "06",
    ),
    # convolution
    Mutant(
        "convolution",
        "flipped = k[::-1, ::-1]",
        "flipped = k",
        "convolve2d does not flip the kernel",
        "01",
    ),
    Mutant(
        "convolution",
        "flipped = k[::-1, ::-1]",
        "flipped = k.T",
        "the kernel is transposed instead of turned",
        "01",
    ),
    Mutant(
        "_arguments",
        "windows, _ = window_axes(x.shape[2:], w.shape[2:], s, padding, d)",
        "windows, _ = window_axes(x.shape[2:], w.shape[2:], d, padding, s)",
        "stride and dilation are swapped",
        "03",
    ),
    Mutant(
        "_arguments",
        "    if bias is not None:\n        output += bias",
        "    if bias is not None and False:\n        output += bias",
        "the bias is not added",
        "02",
    ),
    Mutant(
        "convolution",
        "grad_input = shortcuts.scatter(dy, a.weight, a.axes, a.groups) if need_input else None",
        "grad_input = shortcuts.scatter(dy, a.weight[..., ::-1], a.axes, a.groups)",
        "the input's gradient uses a kernel mirrored once",
        "10",
    ),
    Mutant(
        "convolution",
        "return Gradients(grad_input, grad_weight, dy.sum(axis=(0, *range(2, dy.ndim))))",
        "return Gradients(grad_input, grad_weight, dy.mean(axis=(0, *range(2, dy.ndim))))",
        "the bias's gradient is a mean",
        "10",
    ),
    # transposed convolution
    Mutant(
        "transposed",
        "grad_weight = sliding.correlate_weight(dy, a.input, a.axes, a.groups)",
        "grad_weight = sliding.correlate_weight(dy, -a.input, a.axes, a.groups)",
        "the weight's gradient has the wrong sign",
        "08",
    ),
    # pooling
    Mutant(
        "pooling",
        "        np.maximum(best[outputs], x[cells], out=best[outputs])\n    return best",
        "        np.add(best[outputs], x[cells], out=best[outputs])\n    return best",
        "max pooling adds",
        "07",
    ),
    Mutant(
        "pooling",
        'return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min',
        'return 0 if dtype.kind == "f" else 0',
        "max pooling pads with zeros",
        "07",
    ),
    Mutant(
        "pooling",
        "        is_open[outputs] ^= wins\n",
        "",
        "the gradient goes to all cells that tie",
        "07",
    ),
    Mutant(
        "pooling",
        "            grad_x[cells] += share[outputs]",
        "            grad_x[cells] = share[outputs]",
        "overlapping windows overwrite each other's gradient",
        "07",
    ),
    Mutant(
        "pooling",
        "        if not count_include_pad:",
        "        if count_include_pad:",
        "count_include_pad is turned round",
        "07",
    ),
    Mutant(
        "pooling",
        "    x /= counts",
        "    x /= counts.max()",
        "every mean is over a full window",
        "07",
    ),
    Mutant(
        "pooling",
        "    grad = grad / _counts(windows, count_include_pad, grad.dtype)",
        "    grad = grad / 1",
        "average pooling hands the whole gradient to each cell",
        "10",
    ),
    # variants
    Mutant(
        "variants",
        "first = (f // (filters // groups)) * depth",
        "first = (f % groups) * depth",
        "filters are dealt to the groups in turn",
        "09",
    ),
    Mutant(
        "variants",
        "    share = np.sqrt(weights[0])",
        "    share = weights[0]",
        "column and row both take the whole weight",
        "09",
    ),
    Mutant(
        "variants",
        "    lost = float(np.sqrt((weights[1:] ** 2).sum()))",
        "    lost = 0.0",
        "no kernel seems to lose anything by being split",
        "09",
    ),
    Mutant(
        "variants",
        "spread = tuple((i - 1) * s + 1 for i, s in zip(size, steps, strict=True))",
        "spread = tuple(i * s for i, s in zip(size, steps, strict=True))",
        "zeros are put behind the last cell, too",
        "08",
    ),
    Mutant(
        "variants",
        "    maps = depthwise_conv2d(input, depthwise, None, stride, padding, dilation)",
        "    maps = depthwise_conv2d(input, depthwise, None, 1, padding, dilation)",
        "the depthwise step forgets the stride",
        "09",
    ),
    Mutant(
        "variants",
        "    maps = pointwise_conv2d(input, across)\n",
        "    maps = pointwise_conv2d(input, np.abs(across))\n",
        "the flattened filter loses the signs across the channels",
        "09",
    ),
    # loops
    Mutant(
        "formulas",
        "            cell = i * S + u * D - P\n            if 0 <= cell < len(x):",
        "            cell = i * S + u * D\n            if 0 <= cell < len(x):",
        "the 1D loop forgets the padding",
        "08",
    ),
    Mutant(
        "formulas",
        "row, column = i * S + u * D - P, j * S + v * D - P",
        "row, column = i * D + u * S - P, j * D + v * S - P",
        "the 2D loop swaps stride and dilation",
        "03",
    ),
    Mutant(
        "formulas",
        "j * S : j * S + F].max()",
        "j * S : j * S + F].min()",
        "the pooling loop looks for the smallest",
        "07",
    ),
    Mutant(
        "formulas",
        "S[i, j] += I[i - a, j - b] *",
        "S[i, j] += I[i + a, j + b] *",
        "the convolution loop does not flip",
        "01",
    ),
    # kernels
    Mutant(
        "kernels",
        "np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=float)",
        "np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], dtype=float)",
        "Sobel is Prewitt",
        "01",
    ),
    Mutant(
        "kernels",
        "np.ones((3, 3)) / 9",
        "np.ones((3, 3)) / 8",
        "the blur brightens",
        "01",
    ),
    # layers and learning
    Mutant(
        "layers",
        "        return dy * self._is_positive",
        "        return dy",
        "ReLU lets every gradient through",
        "10",
    ),
    Mutant(
        "layers",
        "        for number in reversed(range(lowest, len(self.layers))):",
        "        for number in range(lowest, len(self.layers)):",
        "the way back goes forwards",
        "11",
    ),
    Mutant(
        "layers",
        "        self.weight.accumulate(rows.T @ self._input.reshape(-1, self.in_features))",
        "        self.weight.accumulate(-rows.T @ self._input.reshape(-1, self.in_features))",
        "a dense layer learns in the wrong direction",
        "11",
    ),
    Mutant(
        "layers",
        "    bound = 1 / math.sqrt(math.prod(shape[1:]))",
        "    bound = 1 / math.prod(shape[1:])",
        "initial weights are too small",
        "11",
    ),
    Mutant(
        "losses",
        "    grad[np.arange(len(t)), t] -= 1",
        "    grad[np.arange(len(t)), t] += 1",
        "the loss's gradient pushes away from the truth",
        "11",
    ),
    Mutant(
        "losses",
        "    shifted = z - z.max(axis=-1, keepdims=True)",
        "    shifted = z - z.max(axis=0, keepdims=True)",
        "softmax is made stable along the wrong axis",
        "11",
    ),
    Mutant(
        "optimizers",
        "        parameter.value -= self.lr * grad",
        "        parameter.value += self.lr * grad",
        "gradient ascent",
        "04",
    ),
    Mutant(
        "optimizers",
        "grad = grad.copy() if last is None else self.momentum * last + grad",
        "grad = grad.copy() if last is None else last + grad",
        "momentum never fades",
        "11",
    ),
    Mutant(
        "optimizers",
        "        square = second * square + (1 - second) * grad * grad",
        "        square = second * square + (1 - second) * grad",
        "Adam forgets the square",
        "11",
    ),
    Mutant(
        "datasets",
        'images = stored["images"][:, np.newaxis].astype(np.float32) / np.float32(16)',
        'images = stored["images"][:, np.newaxis].astype(np.float32) / np.float32(255)',
        "digits are scaled like bytes",
        "11",
    ),
]
