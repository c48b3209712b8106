"""Layers used more than once, and layers of one's own: PyTorch's gradients, counted once."""

import numpy as np
import pytest
from settings import assert_close, assert_gradient

import cnnlib
from cnnlib import (
    SGD,
    Adam,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Parameter,
    ReLU,
    Sequential,
    cross_entropy,
    cross_entropy_backward,
    summary,
)


def twin_of(torch, model, kinds):
    """The same network in PyTorch, shared layers shared."""
    twins = {}
    for layer in model:
        if layer not in twins:
            twin = twins[layer] = kinds[type(layer)](layer).double()
            for theirs, ours in zip(twin.parameters(), layer.parameters(), strict=True):
                theirs.data = torch.from_numpy(ours.value.copy())
    return torch.nn.Sequential(*(twins[layer] for layer in model))


def test_shared_layers_and_a_network_called_twice_have_pytorchs_gradients(torch):
    nn, rng = torch.nn, np.random.default_rng(0)
    conv, relu, pool = Conv2d(2, 2, 3, padding=1, rng=0, dtype=float), ReLU(), MaxPool2d(2)
    line = Linear(8, 8, rng=1, dtype=float)
    model = Sequential(relu, conv, relu, pool, conv, relu, pool, Flatten(), line, relu, line)
    kinds = {
        Conv2d: lambda _: nn.Conv2d(2, 2, 3, padding=1),
        ReLU: lambda _: nn.ReLU(),
        MaxPool2d: lambda _: nn.MaxPool2d(2),
        Flatten: lambda _: nn.Flatten(),
        Linear: lambda _: nn.Linear(8, 8),
    }
    twin = twin_of(torch, model, kinds)
    assert len(model.parameters()) == len(list(twin.parameters())) == 4
    one, two = rng.normal(size=(2, 3, 2, 8, 8))
    g1, g2 = rng.normal(size=(2, 3, 8))
    outputs = model(one), model(two)
    model.predict(rng.normal(size=(4, 2, 8, 8)))  # between the two passes: must not disturb
    model.eval()
    model(rng.normal(size=(4, 2, 8, 8)))
    model.train()
    inputs = [torch.from_numpy(x.copy()).requires_grad_() for x in (one, two)]
    theirs = [twin(x) for x in inputs]
    for ours, other in zip(outputs, theirs, strict=True):
        assert_close(ours, other.detach().numpy())
        ours[:] = 0  # a caller may do what it likes with the outputs,
    kept = one.copy(), two.copy()
    one[:], two[:] = 0, 0  # and with the inputs
    grads = model.backward(g2), model.backward(g1)
    sum((o * torch.from_numpy(g)).sum() for o, g in zip(theirs, (g1, g2), strict=True)).backward()
    assert_close(grads[0], inputs[1].grad.numpy())
    assert_close(grads[1], inputs[0].grad.numpy())
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert_close(p.grad, q.grad.numpy())
    with pytest.raises(RuntimeError, match="call the layer first"):
        model.backward(g1)
    # without the input's gradient, the layers below the first weights forget their call too
    model(kept[0])
    model(kept[1])
    model.zero_grad()
    model.backward(g2, need_input=False)
    assert_close(model.backward(g1), inputs[0].grad.numpy())
    SGD(model.parameters(), 0.1).step()
    torch.optim.SGD(twin.parameters(), 0.1).step()
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert_close(p.value, q.detach().numpy())


def test_tied_weights_are_counted_and_stepped_once(torch):
    first, second = (Linear(3, 3, bias=False, rng=s, dtype=float) for s in (0, 1))
    second.weight = first.weight
    model = Sequential(first, ReLU(), second)
    one, two = (torch.nn.Linear(3, 3, bias=False).double() for _ in range(2))
    one.weight.data = torch.from_numpy(first.weight.value.copy())
    two.weight = one.weight
    twin = torch.nn.Sequential(one, torch.nn.ReLU(), two)
    x = np.random.default_rng(0).normal(size=(5, 3))
    model.backward(np.ones_like(model(x)))
    twin(torch.from_numpy(x)).sum().backward()
    Adam(model.parameters(), 0.1).step()
    torch.optim.Adam(twin.parameters(), 0.1).step()
    assert_close(first.weight.value, one.weight.detach().numpy())
    assert summary(model, (3,)).parameters == 9


class Residual(cnnlib.Module):
    """x + scale · drop(conv(x)): a layer of one's own, with a parameter and layers within."""

    def __init__(self):
        self.scale = Parameter(np.array(0.5))
        self.conv = Conv2d(2, 2, 3, padding=1, rng=0, dtype=float)
        self.more = [ReLU(), Dropout(0.5, rng=0)]

    def forward(self, input):
        inner = self.conv(input)
        for layer in self.more:
            inner = layer(inner)
        self.remember(inner)
        return input + self.scale.value * inner

    def backward(self, grad_output, need_input=True):
        (inner,) = self.recall()
        self.scale.accumulate((grad_output * inner).sum())
        grad = grad_output * self.scale.value
        for layer in reversed(self.more):
            grad = layer.backward(grad)
        return grad_output + self.conv.backward(grad)


def test_a_layer_of_ones_own_is_found_through_and_through():
    rng, block = np.random.default_rng(0), Residual()
    model = Sequential(block, Flatten(), Linear(2 * 4 * 4, 2, rng=1, dtype=float))
    assert [p.value.size for p in model.parameters()] == [1, 36, 2, 64, 2]
    assert summary(model, (2, 4, 4)).parameters == 105
    model.eval()
    assert not block.more[1].training
    x, labels = rng.normal(size=(3, 2, 4, 4)), np.array([0, 1, 0])
    grad_x = model.backward(cross_entropy_backward(model(x), labels))

    def loss(x, *values):
        for parameter, value in zip(model.parameters(), values, strict=True):
            parameter.value = value
        return cross_entropy(model(x), labels)

    arrays = [x, *(p.value for p in model.parameters())]
    assert_gradient(loss, arrays, [grad_x, *(p.grad for p in model.parameters())], rng)
    model.train()
    assert block.more[1].training


def test_relu_with_infinite_gradients_and_nan_is_pytorchs(torch):
    x = np.array([-1, 0, 2, np.nan, -3, 4])
    for g in ([np.inf, -np.inf, np.inf, 1, np.nan, 2], [1.0, 2, 3, 4, 5, 6]):
        layer, x_ = ReLU(), torch.from_numpy(x.copy()).requires_grad_()
        layer(x)
        torch.relu(x_).backward(torch.tensor(g, dtype=torch.float64))
        np.testing.assert_array_equal(layer.backward(np.array(g)), x_.grad.numpy())


def test_a_frozen_dropout_within_a_training_network_goes_back():
    model = Sequential(Linear(3, 3, rng=0), Dropout(0.5, rng=0))
    model.layers[1].eval()
    model(np.ones((2, 3), np.float32))
    np.testing.assert_array_equal(model.backward(np.ones((2, 3)), need_input=False), None)
    assert model.parameters()[1].grad.tolist() == [2, 2, 2]


def test_calls_without_backward_do_not_pile_up():
    layer = ReLU()
    for number in range(100):
        layer(np.full(3, number))
    assert len(layer._memory()) < 10
    model = Sequential(Flatten(), Linear(3, 2))
    for _ in range(5):
        model(np.ones((2, 3), np.float32))
        model.backward(np.ones((2, 2)), need_input=False)
    model.predict(np.ones((2, 3), np.float32))
    assert not any(memory for each in model for memory in each._memories.values())


def test_summary_counts_a_layer_once_and_refuses_what_the_layer_refuses():
    line = Linear(8, 8)
    assert summary(Sequential(line, ReLU(), line), (5, 8)).parameters == 72
    table = summary(Sequential(line, ReLU(), line), (5, 8))
    assert (table.rows[-1].shape, table.multiply_adds) == ((5, 8), 2 * 5 * 64)
    with pytest.raises(ValueError, match="takes 100 features, and gets 784"):
        summary(Sequential(Flatten(), Linear(100, 10)), (1, 28, 28))
    with pytest.raises(ValueError, match="takes 3 channels, and gets 1"):
        summary(Conv2d(3, 8, 3), (1, 28, 28))
