"""The formulas of the chapters, each as a loop of a few lines that a chapter prints.

One image or row at a time, no dtypes, no checks: what a function takes and returns is an array, and
its letters are those of the formula. `np.ndindex(a, b)` runs through all pairs (i, j) with i < a
and j < b. The functions of `cnnlib` do the same with all options, and fast; the tests hold both
against `cnnlib.reference`.

Two sources are cited by author: Goodfellow, Bengio & Courville, "Deep Learning", 2016; Dumoulin &
Visin, "A guide to convolution arithmetic for deep learning", 2016.
"""

import numpy as np

Array = np.ndarray

# One and two dimensions


def correlate1d(x: Array, w: Array) -> Array:
    """Slide the kernel w along the row x: y_i = Σ_u w_u x_{i+u}.

    No padding, so there are len(x) − len(w) + 1 positions.
    Source: Goodfellow et al., eq. 9.6.

    >>> correlate1d(np.array([1, 2, 4, 8]), np.array([-1, 1]))
    array([1., 2., 4.])
    """
    y = np.zeros(len(x) - len(w) + 1)
    for i in range(len(y)):
        for u in range(len(w)):
            y[i] += w[u] * x[i + u]
    return y


def correlate2d(X: Array, W: Array) -> Array:
    """Slide the kernel W over the image X: Y_{i,j} = Σ_u Σ_v W_{u,v} X_{i+u, j+v}.

    What a CNN library calls a convolution, without its options.
    Source: Goodfellow et al., eq. 9.6.

    >>> correlate2d(np.arange(9).reshape(3, 3), np.ones((2, 2)))
    array([[ 8., 12.],
           [20., 24.]])
    """
    (height, width), (rows, columns) = X.shape, W.shape
    Y = np.zeros((height - rows + 1, width - columns + 1))
    for i, j in np.ndindex(Y.shape):
        for u, v in np.ndindex(W.shape):
            Y[i, j] += W[u, v] * X[i + u, j + v]
    return Y


def convolve1d(x: Array, w: Array) -> Array:
    """Convolve two rows as mathematics does, with the flip: y_i = Σ_u w_u x_{i−u}.

    All positions with any overlap ("full"): it multiplies two polynomials.
    Source: Goodfellow et al., eq. 9.3.

    >>> convolve1d(np.array([1, 2]), np.array([3, 4]))  # (1 + 2z)(3 + 4z)
    array([ 3., 10.,  8.])
    """
    y = np.zeros(len(x) + len(w) - 1)
    for i in range(len(y)):
        for u in range(len(w)):
            if 0 <= i - u < len(x):
                y[i] += w[u] * x[i - u]
    return y


def convolve_centred(I: Array, K: Array) -> Array:
    """Convolve with the kernel's middle on the pixel of interest; the image keeps its size.

    S_{i,j} = Σ_a Σ_b I_{i−a, j−b} K_{⌊m/2⌋+a, ⌊n/2⌋+b} for a kernel of m × n weights; a starts at
    −⌊m/2⌋ and takes m values, b likewise. Pixels outside the image count as zero. For an odd size
    this is SciPy's "same"; for an even one SciPy's output lies one cell further down and right.

    >>> spike = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    >>> convolve_centred(spike, np.arange(1, 10).reshape(3, 3))
    array([[1., 2., 3.],
           [4., 5., 6.],
           [7., 8., 9.]])
    """
    (height, width), (m, n) = I.shape, K.shape
    S = np.zeros(I.shape)
    for i, j in np.ndindex(S.shape):
        for a in range(-(m // 2), m - m // 2):
            for b in range(-(n // 2), n - n // 2):
                if 0 <= i - a < height and 0 <= j - b < width:
                    S[i, j] += I[i - a, j - b] * K[m // 2 + a, n // 2 + b]
    return S


# Volumes: the input has channels, the layer has several filters


def volume_filter(X: Array, W: Array, b: float = 0) -> Array:
    """Slide a filter as deep as its input: Y_{i,j} = b + Σ_c Σ_u Σ_v W_{c,u,v} X_{c, i+u, j+v}.

    X is (channels, height, width), W (channels, rows, columns); the map that comes out is flat.
    Source: Dumoulin & Visin, section 1.1.

    >>> volume_filter(np.ones((3, 4, 4)), np.ones((3, 3, 3)), b=-2)
    array([[25., 25.],
           [25., 25.]])
    """
    (_, height, width), (_, rows, columns) = X.shape, W.shape
    Y = np.zeros((height - rows + 1, width - columns + 1))
    for i, j in np.ndindex(Y.shape):
        for c, u, v in np.ndindex(W.shape):
            Y[i, j] += W[c, u, v] * X[c, i + u, j + v]
    return Y + b


def conv2d(X: Array, W: Array, b: Array | None = None) -> Array:
    """Apply K filters to one input and stack their K maps: Y_k is `volume_filter` with W_k and b_k.

    X is (C, height, width), W (K, C, rows, columns), b (K,).
    Source: Dumoulin & Visin, section 1.1.

    >>> conv2d(np.ones((3, 4, 4)), np.ones((2, 3, 3, 3)), [0, 1])[:, 0, 0]
    array([27., 28.])
    """
    b = np.zeros(len(W)) if b is None else b
    return np.stack([volume_filter(X, W[k], b[k]) for k in range(len(W))])


def correlate3d(X: Array, W: Array) -> Array:
    """Slide a kernel through time as well: Y_{t,i,j} = Σ_s Σ_u Σ_v W_{s,u,v} X_{t+s, i+u, j+v}.

    Source: Tran et al., "Learning spatiotemporal features with 3D convolutional networks", 2015.

    >>> correlate3d(np.arange(4).reshape(4, 1, 1) ** 2, np.array([-1, 1]).reshape(2, 1, 1)).ravel()
    array([1., 3., 5.])
    """
    T, H, L = np.subtract(X.shape, W.shape) + 1
    Y = np.zeros((T, H, L))
    for t, i, j in np.ndindex(Y.shape):
        for s, u, v in np.ndindex(W.shape):
            Y[t, i, j] += W[s, u, v] * X[t + s, i + u, j + v]
    return Y


# Stride S, padding P, dilation D


def slide1d(x: Array, w: Array, S: int = 1, P: int = 0, D: int = 1) -> Array:
    """Slide w along x with stride, padding and dilation: y_i = Σ_u w_u x_{iS + uD − P}.

    A cell outside the row counts as zero.
    Source: Dumoulin & Visin, relationship 15.

    >>> slide1d(np.array([1, 2, 4, 7, 11]), np.array([-1, 1]), D=2)
    array([3., 5., 7.])
    """
    F = len(w)
    y = np.zeros((len(x) + 2 * P - F - (F - 1) * (D - 1)) // S + 1)
    for i in range(len(y)):
        for u in range(F):
            cell = i * S + u * D - P
            if 0 <= cell < len(x):
                y[i] += w[u] * x[cell]
    return y


def slide2d(X: Array, W: Array, S: int = 1, P: int = 0, D: int = 1) -> Array:
    """Slide a square W over X: Y_{i,j} = Σ_u Σ_v W_{u,v} X_{iS + uD − P, jS + vD − P}.

    Each axis of the output has ⌊(W₁ + 2P − F̂) / S⌋ + 1 cells with F̂ = F + (F − 1)(D − 1). A cell
    outside the image counts as zero.
    Source: Dumoulin & Visin, relationship 15.

    >>> slide2d(np.ones((4, 4)), np.ones((3, 3)), S=2, P=1)
    array([[4., 6.],
           [6., 9.]])
    """
    (height, width), F = X.shape, len(W)
    F_hat = F + (F - 1) * (D - 1)
    Y = np.zeros([(size + 2 * P - F_hat) // S + 1 for size in X.shape])
    for i, j in np.ndindex(Y.shape):
        for u, v in np.ndindex(W.shape):
            row, column = i * S + u * D - P, j * S + v * D - P
            if 0 <= row < height and 0 <= column < width:
                Y[i, j] += W[u, v] * X[row, column]
    return Y


def conv_transpose1d(x: Array, w: Array, S: int = 1, P: int = 0, D: int = 1) -> Array:
    """Stamp a copy of w for each cell of x: x_i w_u is added to y_{iS + uD − P}.

    What falls outside the output is cut off.
    Source: Dumoulin & Visin, chapter 4.

    >>> conv_transpose1d(np.array([1, 2, 3]), np.array([3, 1, 2]), S=2)
    array([ 3.,  1.,  8.,  2., 13.,  3.,  6.])
    """
    F = len(w)
    y = np.zeros((len(x) - 1) * S - 2 * P + D * (F - 1) + 1)
    for i in range(len(x)):
        for u in range(F):
            cell = i * S + u * D - P
            if 0 <= cell < len(y):
                y[cell] += w[u] * x[i]
    return y


# Pooling


def max_pool2d(X: Array, F: int, S: int) -> Array:
    """Keep the largest of each window: Y_{i,j} = max over u, v < F of X_{iS+u, jS+v}.

    Source: Goodfellow et al., section 9.3.

    >>> max_pool2d(np.array([[1, 4, 2, 1], [5, 8, 3, 4], [7, 6, 4, 5], [1, 3, 1, 2]]), F=2, S=2)
    array([[8., 4.],
           [7., 5.]])
    """
    Y = np.zeros([(size - F) // S + 1 for size in X.shape])
    for i, j in np.ndindex(Y.shape):
        Y[i, j] = X[i * S : i * S + F, j * S : j * S + F].max()
    return Y


def avg_pool2d(X: Array, F: int, S: int) -> Array:
    """Take the mean of each window: Y_{i,j} = 1/F² · Σ_u Σ_v X_{iS+u, jS+v}.

    Source: Goodfellow et al., section 9.3.

    >>> avg_pool2d(np.array([[1, 4, 2, 1], [5, 8, 3, 4]]), F=2, S=2)
    array([[4.5, 2.5]])
    """
    Y = np.zeros([(size - F) // S + 1 for size in X.shape])
    for i, j in np.ndindex(Y.shape):
        Y[i, j] = X[i * S : i * S + F, j * S : j * S + F].mean()
    return Y


# Variants: the same sums with fewer of their terms


def pointwise_conv2d(X: Array, W: Array) -> Array:
    """Mix the channels of each pixel: Y_{k,i,j} = Σ_c W_{k,c} X_{c,i,j}.

    Source: Lin, Chen & Yan, "Network in network", 2013.

    >>> pointwise_conv2d(np.array([10, 1, 5]).reshape(3, 1, 1), np.array([[1, 0, 1], [0, 1, 0]]))
    array([[[15.]],
           [[ 1.]]])
    """
    Y = np.zeros((len(W), *X.shape[1:]))
    for k, i, j in np.ndindex(Y.shape):
        for c in range(len(X)):
            Y[k, i, j] += W[k, c] * X[c, i, j]
    return Y


def grouped_conv2d(X: Array, W: Array, groups: int) -> Array:
    """Cut channels and filters into groups, convolve each, and put the maps together.

    X is (C, height, width), W (K, C / groups, rows, columns).
    Source: Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural
    networks", 2012, section 3.2.

    >>> grouped_conv2d(np.ones((4, 3, 3)), np.ones((2, 2, 3, 3)), groups=2).ravel()
    array([18., 18.])
    """
    parts = zip(np.split(X, groups), np.split(W, groups), strict=True)
    return np.concatenate([conv2d(x, w) for x, w in parts])


def depthwise_separable_conv2d(X: Array, depthwise: Array, pointwise: Array) -> Array:
    """Filter each channel separately, then mix the channels of each pixel.

    X is (C, height, width), depthwise (C, 1, rows, columns), pointwise (K, C).
    Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017.

    >>> X = np.array([[[1, 2]], [[10, 20]]])
    >>> depthwise_separable_conv2d(X, np.array([[[[1, 1]]], [[[1, -1]]]]), np.array([[1, 2]]))
    array([[[-17.]]])
    """
    maps = [correlate2d(X[c], depthwise[c, 0]) for c in range(len(X))]
    return pointwise_conv2d(np.stack(maps), pointwise)


def spatially_separable_conv2d(X: Array, a: Array, b: Array) -> Array:
    """Pass the row b over the image, then the column a: Σ_u a_u (Σ_v b_v X_{i+u, j+v}).

    The same as `correlate2d` with the kernel a_u b_v.
    Source: Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016,
    section 3.2.

    >>> spatially_separable_conv2d(np.array([[1, 2], [3, 4]]), np.array([1, 10]), np.array([1, -1]))
    array([[-11.]])
    """
    passed = np.array([correlate1d(row, b) for row in X])
    return np.array([correlate1d(column, a) for column in passed.T]).T


def flattened_conv2d(X: Array, across: Array, columns: Array, rows: Array) -> Array:
    """Filter along the channels, down the columns and along the rows, each filter separately.

    X is (C, height, width); across (K, C), columns and rows hold K filters.
    Source: Jin, Dundar & Culurciello, "Flattened convolutional neural networks", 2014.

    >>> ones = np.ones((3, 4, 4))
    >>> flattened_conv2d(ones, np.array([[1, 1, 1]]), np.array([[1, 1]]), np.array([[1, 2]]))[0, 0]
    array([18., 18., 18.])
    """
    maps = pointwise_conv2d(X, across)
    filters = zip(maps, columns, rows, strict=True)
    return np.stack([spatially_separable_conv2d(*each) for each in filters])


# Gradients: every line that changes one says +=


def correlate1d_backward(g: Array, x: Array, w: Array) -> tuple[Array, Array]:
    """Return the gradients of x and w, where g_i is that of the output y_i = Σ_u w_u x_{i+u}.

    w_u and x_{i+u} are multiplied by each other in y_i, so each gets g_i times the other. The
    gradient of a bias is the sum of g.
    Source: Goodfellow et al., section 9.5.

    >>> correlate1d_backward(np.array([3, 1, 2]), np.array([1, 3, 2, 5]), np.array([2, -1]))
    (array([ 6., -1.,  3., -2.]), array([10., 21.]))
    """
    grad_x, grad_w = np.zeros(len(x)), np.zeros(len(w))
    for i in range(len(g)):
        for u in range(len(w)):
            grad_w[u] += g[i] * x[i + u]
            grad_x[i + u] += g[i] * w[u]
    return grad_x, grad_w


def conv2d_backward(G: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """Return the gradients of X, W and the biases for one image, where G is that of `conv2d`.

    ∂L/∂W_{k,c,u,v} = Σ_{i,j} G_{k,i,j} X_{c,i+u,j+v}; ∂L/∂X_{c,r,s} sums G_{k,i,j} W_{k,c,u,v} over
    all k and all windows with i + u = r, j + v = s; ∂L/∂b_k = Σ_{i,j} G_{k,i,j}.
    Source: Goodfellow et al., section 9.5.

    >>> X, W = np.array([[[2, 0, 7], [1, 2, 2], [1, 5, 5]]]), np.array([[[[0, -1], [2, 2]]]])
    >>> grad_X, grad_W, grad_b = conv2d_backward(np.array([[[1, 3], [4, 6]]]), X, W)
    >>> grad_X[0]
    array([[ 0., -1., -3.],
           [ 2.,  4.,  0.],
           [ 8., 20., 12.]])
    """
    grad_X, grad_W, grad_b = np.zeros(X.shape), np.zeros(W.shape), np.zeros(len(W))
    for k, i, j in np.ndindex(G.shape):
        grad_b[k] += G[k, i, j]
        for c, u, v in np.ndindex(W[k].shape):
            grad_W[k, c, u, v] += G[k, i, j] * X[c, i + u, j + v]
            grad_X[c, i + u, j + v] += G[k, i, j] * W[k, c, u, v]
    return grad_X, grad_W, grad_b


def max_pool2d_backward(G: Array, X: Array, F: int, S: int) -> Array:
    """Give each gradient G_{i,j} to the cell that won its window: the first of equal ones.

    Source: Goodfellow et al., section 9.3.

    >>> max_pool2d_backward(np.array([[10, 20]]), np.array([[1, 4, 2, 2], [5, 3, 2, 2]]), F=2, S=2)
    array([[ 0.,  0., 20.,  0.],
           [10.,  0.,  0.,  0.]])
    """
    grad_X = np.zeros(X.shape)
    for i, j in np.ndindex(G.shape):
        window = X[i * S : i * S + F, j * S : j * S + F]
        u, v = np.unravel_index(window.argmax(), window.shape)
        grad_X[i * S + u, j * S + v] += G[i, j]
    return grad_X


def avg_pool2d_backward(G: Array, X: Array, F: int, S: int) -> Array:
    """Share each gradient G_{i,j} equally among the F² cells of its window.

    Source: Goodfellow et al., section 9.3.

    >>> avg_pool2d_backward(np.array([[8, 4]]), np.zeros((2, 4)), F=2, S=2)
    array([[2., 2., 1., 1.],
           [2., 2., 1., 1.]])
    """
    grad_X = np.zeros(X.shape)
    for i, j in np.ndindex(G.shape):
        grad_X[i * S : i * S + F, j * S : j * S + F] += G[i, j] / F**2
    return grad_X
