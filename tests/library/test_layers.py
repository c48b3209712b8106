"""Layers, losses and optimizers: the same training in PyTorch, step by step."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from settings import assert_close, assert_gradient

import cnnlib
from cnnlib import (
    SGD,
    Adam,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Parameter,
    ReLU,
    Sequential,
    cross_entropy,
    cross_entropy_backward,
    mse_loss,
    mse_loss_backward,
    softmax,
    summary,
)


def build(dtype=np.float64):
    return Sequential(
        Conv2d(1, 4, 3, padding=1, rng=0, dtype=dtype),
        ReLU(),
        MaxPool2d(2),
        ConvTranspose2d(4, 3, 4, stride=2, padding=1, rng=1, dtype=dtype),
        ReLU(),
        AvgPool2d(2),
        Conv2d(3, 6, 3, groups=3, bias=False, rng=2, dtype=dtype),
        Flatten(),
        Linear(6 * 2 * 2, 5, rng=3, dtype=dtype),
    )


def build_torch(torch, model):
    nn = torch.nn
    twin = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(3, 6, 3, groups=3, bias=False),
        nn.Flatten(),
        nn.Linear(6 * 2 * 2, 5),
    ).double()
    with torch.no_grad():
        for theirs, ours in zip(twin.parameters(), model.parameters(), strict=True):
            theirs.copy_(torch.from_numpy(ours.value))
    return twin


OPTIMIZERS = [
    (SGD, "SGD", {"lr": 0.1}),
    (SGD, "SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    (Adam, "Adam", {"lr": 0.01}),
    (Adam, "Adam", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
]


@pytest.mark.parametrize(("ours", "theirs", "keywords"), OPTIMIZERS, ids=str)
def test_training_takes_the_same_path_as_in_pytorch(torch, ours, theirs, keywords):
    rng = np.random.default_rng(4)
    model = build()
    twin = build_torch(torch, model)
    optimizer = ours(model.parameters(), **keywords)
    their_optimizer = getattr(torch.optim, theirs)(twin.parameters(), **keywords)
    for _ in range(8):
        x, labels = rng.normal(size=(7, 1, 8, 8)), rng.integers(0, 5, size=7)
        optimizer.zero_grad()
        logits = model(x)
        model.backward(cross_entropy_backward(logits, labels), need_input=False)
        optimizer.step()
        their_optimizer.zero_grad()
        their_loss = torch.nn.functional.cross_entropy(
            twin(torch.from_numpy(x)), torch.from_numpy(labels)
        )
        their_loss.backward()
        their_optimizer.step()
        assert cross_entropy(logits, labels) == pytest.approx(their_loss.item(), rel=1e-9)
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            assert_close(p.grad, q.grad.numpy())
            assert_close(p.value, q.detach().numpy())


def test_the_whole_network_has_the_gradient_that_differences_give():
    rng = np.random.default_rng(0)
    model = build()
    x, labels = rng.normal(size=(3, 1, 8, 8)), np.array([0, 2, 4])
    logits = model(x)
    grad_x = model.backward(cross_entropy_backward(logits, labels))
    arrays = [x, *(p.value for p in model.parameters())]

    def loss(x, *values):
        for parameter, value in zip(model.parameters(), values, strict=True):
            parameter.value = value
        return cross_entropy(model(x), labels)

    grads = [grad_x, *(p.grad for p in model.parameters())]
    assert_gradient(loss, arrays, grads, rng)


def test_gradients_add_up_until_they_are_forgotten():
    model = Linear(3, 2, rng=0)
    x, dy = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32)
    model(x)
    model.backward(dy)
    once = model.weight.grad.copy()
    model(x)
    model.backward(dy)
    assert_close(model.weight.grad, 2 * once)
    model.zero_grad()
    assert model.weight.grad is None


def test_initial_values_are_drawn_as_pytorch_draws_them(torch):
    for ours, theirs in (
        (Conv2d(8, 16, 5, groups=2, rng=0), torch.nn.Conv2d(8, 16, 5, groups=2)),
        (ConvTranspose2d(16, 8, 3, rng=0), torch.nn.ConvTranspose2d(16, 8, 3)),
        (Linear(300, 50, rng=0), torch.nn.Linear(300, 50)),
    ):
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert mine.value.dtype == np.float32
            assert mine.value.shape == tuple(other.shape)
            # both uniform within the same bound: maxima and spread agree
            if mine.value.size >= 100:
                top = other.detach().abs().max().item()
                assert np.abs(mine.value).max() == pytest.approx(top, rel=0.05)
                assert mine.value.std() == pytest.approx(other.detach().numpy().std(), rel=0.1)
            weight = ours.parameters()[0].value
            assert np.abs(mine.value).max() <= np.prod(weight.shape[1:]) ** -0.5
    again = Conv2d(8, 16, 5, groups=2, rng=0).weight.value
    np.testing.assert_array_equal(again, Conv2d(8, 16, 5, groups=2, rng=0).weight.value)
    assert not np.array_equal(again, Conv2d(8, 16, 5, groups=2, rng=1).weight.value)


def test_float32_stays_float32_through_training():
    model = build(np.float32)
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    for optimizer in (SGD(model.parameters(), 0.1, 0.9, 0.01), Adam(model.parameters())):
        optimizer.zero_grad()
        logits = model(x)
        assert logits.dtype == np.float32
        grad = model.backward(cross_entropy_backward(logits, [0, 1, 2]))
        assert grad.dtype == np.float32
        optimizer.step()
        assert all(p.value.dtype == np.float32 for p in model.parameters())
        assert all(p.grad.dtype == np.float32 for p in model.parameters())


def test_blocks_give_what_the_whole_set_gives():
    model = Sequential(build(np.float32), Dropout(0.5, rng=0))
    x = np.random.default_rng(0).normal(size=(10, 1, 8, 8)).astype(np.float32)
    model.eval()
    whole = model(x)
    model.train()
    np.testing.assert_allclose(model.predict(x, batch_size=3), whole, rtol=1e-5, atol=1e-6)
    assert all(layer.training for layer in model), "predict must leave the mode as it was"
    assert model.predict(x[:0]).shape == (0, 5)


def test_dropout_keeps_the_expected_value_and_rests_in_evaluation():
    layer = Dropout(0.25, rng=0)
    x = np.ones((200, 200), np.float32)
    output = layer(x)
    assert output.dtype == np.float32
    assert set(np.unique(output)) == {np.float32(0), np.float32(1) / np.float32(0.75)}
    assert output.mean() == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(layer.backward(x), output)
    layer.eval()
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


@given(
    scores=st.lists(st.lists(st.floats(-50, 50), min_size=4, max_size=4), min_size=1, max_size=4)
)
def test_losses_are_those_of_pytorch(torch, scores):
    z = np.array(scores)
    labels = np.arange(len(z)) % 4
    z_ = torch.from_numpy(z).requires_grad_()
    loss = torch.nn.functional.cross_entropy(z_, torch.from_numpy(labels))
    loss.backward()
    assert cross_entropy(z, labels) == pytest.approx(loss.item(), rel=1e-9, abs=1e-12)
    assert_close(cross_entropy_backward(z, labels), z_.grad.numpy())
    assert_close(softmax(z), torch.softmax(z_, -1).detach().numpy())
    z_.grad = None
    squares = torch.nn.functional.mse_loss(z_, torch.ones_like(z_))
    squares.backward()
    assert mse_loss(z, np.ones_like(z)) == pytest.approx(squares.item(), rel=1e-9)
    assert_close(mse_loss_backward(z, np.ones_like(z)), z_.grad.numpy())


def test_losses_do_not_overflow():
    huge = np.float32([[1e30, -1e30, 0]])
    assert cross_entropy(huge, [0]) == 0
    assert np.isfinite(cross_entropy(np.float32([[1000, 0]]), [1]))
    assert softmax(huge).tolist() == [[1, 0, 0]]
    assert cross_entropy(np.float32([[200, 0]]), [1]) == 200
    assert cross_entropy(np.zeros((3, 10)), [1, 2, 3]) == pytest.approx(math.log(10))


def test_a_kernel_is_learned_from_input_and_output():
    """The lecture: learn the kernel. Gradient descent finds Sobel's from its own answers."""
    rng = np.random.default_rng(0)
    sobel = np.array([[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]], float)
    layer = Conv2d(1, 1, 3, bias=False, rng=1, dtype=np.float64)
    optimizer = SGD(layer.parameters(), lr=0.2, momentum=0.5)
    x = rng.normal(size=(8, 1, 12, 12))
    wanted = cnnlib.conv2d(x, sobel)
    for _ in range(60):
        optimizer.zero_grad()
        layer.backward(mse_loss_backward(layer(x), wanted), need_input=False)
        optimizer.step()
    np.testing.assert_allclose(layer.weight.value, sobel, atol=1e-3)


def test_summary_counts_what_the_layers_hold():
    model = build()
    table = summary(model, (1, 8, 8))
    assert table.parameters == sum(p.value.size for p in model.parameters())
    x = np.zeros((2, 1, 8, 8))
    for layer, row in zip(model, table.rows, strict=True):
        x = layer(x)
        assert x.shape[1:] == row.shape
    # the receptive field ends where the transposed convolution begins
    assert [row.receptive_field is None for row in table.rows] == [False] * 3 + [True] * 6
    lines = repr(table).splitlines()
    assert "Conv2d" in lines[3]
    assert "1×8×8" in lines[2]
    assert lines[-1].split()[0] == "total"
    assert max(map(len, lines)) < 100


def test_parameters_are_shared_by_reference():
    w = Parameter(np.ones(2))
    w.grad = np.ones(2)
    value = w.value
    SGD([w], lr=0.5).step()
    assert value is w.value
    assert value.tolist() == [0.5, 0.5]
