"""Other ways to convolve in NumPy, written from their descriptions, for `compare.py`.

Each class is one well-known teaching code's algorithm, with our argument order. They share the
interface that `compare.py` times: `conv` and `conv_backward`, and where the code has one `pool`
and `pool_backward`. Only what the original can do is here: no groups, mostly no dilation.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def out_size(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


class FancyIndex:
    """CS231n's assignments: three index arrays pick all windows at once, `np.add.at` adds back."""

    name = "CS231n's im2col"

    def indices(self, x, kernel, stride, padding):
        _, channels, height, width = x
        out_h = out_size(height, kernel, stride, padding)
        out_w = out_size(width, kernel, stride, padding)
        row = np.tile(np.repeat(np.arange(kernel), kernel), channels)
        column = np.tile(np.arange(kernel), kernel * channels)
        i = row.reshape(-1, 1) + stride * np.repeat(np.arange(out_h), out_w).reshape(1, -1)
        j = column.reshape(-1, 1) + stride * np.tile(np.arange(out_w), out_h).reshape(1, -1)
        k = np.repeat(np.arange(channels), kernel * kernel).reshape(-1, 1)
        return (k, i, j), out_h, out_w

    def columns(self, x, kernel, stride, padding):
        sides = (padding, padding)
        padded = np.pad(x, ((0, 0), (0, 0), sides, sides))
        (k, i, j), out_h, out_w = self.indices(x.shape, kernel, stride, padding)
        columns = padded[:, k, i, j]
        return columns.transpose(1, 2, 0).reshape(columns.shape[1], -1), out_h, out_w

    def conv(self, x, w, bias, stride, padding):
        columns, out_h, out_w = self.columns(x, w.shape[2], stride, padding)
        result = w.reshape(len(w), -1) @ columns + bias.reshape(-1, 1)
        output = result.reshape(len(w), out_h, out_w, len(x)).transpose(3, 0, 1, 2)
        return output, (x.shape, w, stride, padding, columns)

    def conv_backward(self, dy, cache):
        shape, w, stride, padding, columns = cache
        rows = dy.transpose(1, 2, 3, 0).reshape(len(w), -1)
        dw = (rows @ columns.T).reshape(w.shape)
        spread = w.reshape(len(w), -1).T @ rows
        return self.back(spread, shape, w.shape[2], stride, padding), dw, dy.sum(axis=(0, 2, 3))

    def back(self, columns, shape, kernel, stride, padding):
        samples, channels, height, width = shape
        padded = np.zeros(
            (samples, channels, height + 2 * padding, width + 2 * padding), columns.dtype
        )
        (k, i, j), _, _ = self.indices(shape, kernel, stride, padding)
        values = columns.reshape(channels * kernel * kernel, -1, samples).transpose(2, 0, 1)
        np.add.at(padded, (slice(None), k, i, j), values)
        return padded[:, :, padding : padding + height, padding : padding + width]

    def pool(self, x, kernel, stride):
        samples, channels, height, width = x.shape
        maps = x.reshape(samples * channels, 1, height, width)
        columns, out_h, out_w = self.columns(maps, kernel, stride, 0)
        where = columns.argmax(axis=0)
        best = columns[where, np.arange(columns.shape[1])]
        output = best.reshape(out_h, out_w, samples, channels).transpose(2, 3, 0, 1)
        return output, (x.shape, kernel, stride, columns.shape, where)

    def pool_backward(self, dy, cache):
        (samples, channels, height, width), kernel, stride, shape, where = cache
        columns = np.zeros(shape, dy.dtype)
        columns[where, np.arange(shape[1])] = dy.transpose(2, 3, 0, 1).ravel()
        maps = samples * channels, 1, height, width
        return self.back(columns, maps, kernel, stride, 0).reshape(samples, channels, height, width)


class ChannelsLast(FancyIndex):
    """numpy-ml: images as (N, H, W, C), turned round for the fancy index; pooling by loops.

    The index picks from the turned image, nothing is kept, so the way back gathers again.
    """

    name = "numpy-ml's way"

    def conv(self, x, w, bias, stride, padding):
        x_last, w_last = x.transpose(0, 2, 3, 1).copy(), w.transpose(2, 3, 1, 0).copy()
        columns, out_h, out_w = self.columns(
            x_last.transpose(0, 3, 1, 2), w.shape[2], stride, padding
        )
        flat = w_last.transpose(3, 2, 0, 1).reshape(len(w), -1)
        output = (flat @ columns).reshape(len(w), out_h, out_w, len(x)).transpose(3, 1, 2, 0)
        return (output + bias).transpose(0, 3, 1, 2), (x_last, w_last, stride, padding)

    def conv_backward(self, dy, cache):
        x_last, w_last, stride, padding = cache
        x, w = x_last.transpose(0, 3, 1, 2), w_last.transpose(3, 2, 0, 1)
        columns, _, _ = self.columns(x, w.shape[2], stride, padding)
        return super().conv_backward(dy, (x.shape, w, stride, padding, columns))

    def pool(self, x, kernel, stride):
        samples, channels, height, width = x.shape
        out_h = out_size(height, kernel, stride, 0)
        out_w = out_size(width, kernel, stride, 0)
        output = np.zeros((samples, channels, out_h, out_w), x.dtype)
        for n in range(samples):
            for i in range(out_h):
                for j in range(out_w):
                    for c in range(channels):
                        top, left = i * stride, j * stride
                        window = x[n, c, top : top + kernel, left : left + kernel]
                        output[n, c, i, j] = np.max(window)
        return output, (x, kernel, stride)

    def pool_backward(self, dy, cache):
        x, kernel, stride = cache
        dx = np.zeros_like(x)
        for n in range(len(x)):
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    for c in range(x.shape[1]):
                        top, left = i * stride, j * stride
                        window = x[n, c, top : top + kernel, left : left + kernel]
                        u, v = np.argwhere(window == np.max(window))[0]
                        dx[n, c, top + u, left + v] += dy[n, c, i, j]
        return dx


class SliceCopy:
    """The book "Deep Learning from Scratch": a loop over the kernel's cells, one slice each."""

    name = "Deep Learning from Scratch"

    def columns(self, x, kernel, stride, padding):
        samples, channels, height, width = x.shape
        out_h = out_size(height, kernel, stride, padding)
        out_w = out_size(width, kernel, stride, padding)
        sides = (padding, padding)
        padded = np.pad(x, [(0, 0), (0, 0), sides, sides], "constant")
        columns = np.zeros((samples, channels, kernel, kernel, out_h, out_w), x.dtype)
        for u in range(kernel):
            for v in range(kernel):
                columns[:, :, u, v] = padded[
                    :, :, u : u + stride * out_h : stride, v : v + stride * out_w : stride
                ]
        rows = columns.transpose(0, 4, 5, 1, 2, 3).reshape(samples * out_h * out_w, -1)
        return rows, out_h, out_w

    def back(self, rows, shape, kernel, stride, padding):
        samples, channels, height, width = shape
        out_h = out_size(height, kernel, stride, padding)
        out_w = out_size(width, kernel, stride, padding)
        rows = rows.reshape(samples, out_h, out_w, channels, kernel, kernel)
        columns = rows.transpose(0, 3, 4, 5, 1, 2)
        image = np.zeros(
            (
                samples,
                channels,
                height + 2 * padding + stride - 1,
                width + 2 * padding + stride - 1,
            ),
            rows.dtype,
        )
        for u in range(kernel):
            for v in range(kernel):
                image[:, :, u : u + stride * out_h : stride, v : v + stride * out_w : stride] += (
                    columns[:, :, u, v]
                )
        return image[:, :, padding : padding + height, padding : padding + width]

    def conv(self, x, w, bias, stride, padding):
        rows, out_h, out_w = self.columns(x, w.shape[2], stride, padding)
        flat = w.reshape(len(w), -1).T
        output = (rows @ flat + bias).reshape(len(x), out_h, out_w, -1).transpose(0, 3, 1, 2)
        return output, (x.shape, w, stride, padding, rows)

    def conv_backward(self, dy, cache):
        shape, w, stride, padding, rows = cache
        flat = dy.transpose(0, 2, 3, 1).reshape(-1, len(w))
        dw = (rows.T @ flat).transpose(1, 0).reshape(w.shape)
        dx = self.back(flat @ w.reshape(len(w), -1), shape, w.shape[2], stride, padding)
        return dx, dw, flat.sum(axis=0)

    def pool(self, x, kernel, stride):
        rows, out_h, out_w = self.columns(x, kernel, stride, 0)
        windows = rows.reshape(-1, kernel * kernel)
        where = np.argmax(windows, axis=1)
        best = np.max(windows, axis=1)
        output = best.reshape(len(x), out_h, out_w, x.shape[1]).transpose(0, 3, 1, 2)
        return output, (x.shape, kernel, stride, where)

    def pool_backward(self, dy, cache):
        shape, kernel, stride, where = cache
        flat = dy.transpose(0, 2, 3, 1)
        windows = np.zeros((flat.size, kernel * kernel), dy.dtype)
        windows[np.arange(where.size), where] = flat.ravel()
        rows = windows.reshape(flat.shape[0] * flat.shape[1] * flat.shape[2], -1)
        return self.back(rows, shape, kernel, stride, 0)


class Einsum:
    """One line: a view of all windows and an Einstein sum. The gradient by a flipped kernel."""

    name = "windows and einsum"

    def windows(self, x, kernel, stride, padding):
        sides = (padding, padding)
        padded = np.pad(x, ((0, 0), (0, 0), sides, sides))
        view = sliding_window_view(padded, (kernel, kernel), axis=(2, 3))
        return view[:, :, ::stride, ::stride]

    def conv(self, x, w, bias, stride, padding):
        windows = self.windows(x, w.shape[2], stride, padding)
        output = np.einsum("ncijuv,kcuv->nkij", windows, w, optimize=True)
        return output + bias.reshape(-1, 1, 1), (x, w, stride, padding)

    def conv_backward(self, dy, cache):
        x, w, stride, padding = cache
        kernel = w.shape[2]
        windows = self.windows(x, kernel, stride, padding)
        dw = np.einsum("ncijuv,nkij->kcuv", windows, dy, optimize=True)
        height, width = x.shape[2] + 2 * padding, x.shape[3] + 2 * padding
        spread = np.zeros(
            (*dy.shape[:2], height + kernel - 1, width + kernel - 1), dy.dtype
        )  # zeros between and around the gradients
        spread[
            :,
            :,
            kernel - 1 : kernel - 1 + stride * dy.shape[2] : stride,
            kernel - 1 : kernel - 1 + stride * dy.shape[3] : stride,
        ] = dy
        view = sliding_window_view(spread, (kernel, kernel), axis=(2, 3))
        full = np.einsum("nkijuv,kcuv->ncij", view, w[:, :, ::-1, ::-1], optimize=True)
        dx = full[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]
        return dx, dw, dy.sum(axis=(0, 2, 3))


class Onnx:
    """The reference evaluator of the `onnx` package: what a node means, in NumPy. Forward only."""

    name = "ONNX reference"

    def __init__(self) -> None:
        self.evaluators: dict[Any, Any] = {}

    def evaluator(self, key, make):
        if key not in self.evaluators:
            self.evaluators[key] = make()
        return self.evaluators[key]

    def conv(self, x, w, bias, stride, padding):
        from onnx import TensorProto, helper
        from onnx.reference import ReferenceEvaluator

        def make():
            node = helper.make_node(
                "Conv", ["x", "w", "b"], ["y"], pads=[padding] * 4, strides=[stride] * 2
            )
            return ReferenceEvaluator(_graph(helper, TensorProto, node, ["x", "w", "b"]))

        return self.evaluator(("conv", stride, padding), make).run(
            None, {"x": x, "w": w, "b": bias}
        )[0], None

    def pool(self, x, kernel, stride):
        from onnx import TensorProto, helper
        from onnx.reference import ReferenceEvaluator

        def make():
            node = helper.make_node(
                "MaxPool", ["x"], ["y"], kernel_shape=[kernel] * 2, strides=[stride] * 2
            )
            return ReferenceEvaluator(_graph(helper, TensorProto, node, ["x"]))

        return self.evaluator(("pool", kernel, stride), make).run(None, {"x": x})[0], None


def _graph(helper, types, node, inputs):
    values = [helper.make_tensor_value_info(name, types.FLOAT, None) for name in inputs]
    result = helper.make_tensor_value_info("y", types.FLOAT, None)
    return helper.make_model(helper.make_graph([node], "one", values, [result]))


RIVALS = {
    "cs231n": FancyIndex,
    "numpy-ml": ChannelsLast,
    "scratch": SliceCopy,
    "onnx": Onnx,
    "einsum": Einsum,
}
