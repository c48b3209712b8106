"""What deep networks add, batch normalisation and shortcuts: as in PyTorch, step by step."""

import numpy as np
import pytest
from settings import assert_close, assert_gradient

from cnnlib import (
    SGD,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    ReLU,
    Residual,
    Sequential,
    cross_entropy,
    cross_entropy_backward,
    fit,
    summary,
)
from cnnlib.nn.checkpoints import load, save


def build(dtype=np.float64):
    return Sequential(
        Conv2d(2, 4, 3, padding=1, bias=False, rng=0, dtype=dtype),
        BatchNorm2d(4, dtype=dtype),
        ReLU(),
        Residual(Conv2d(4, 4, 3, padding=1, rng=1, dtype=dtype), BatchNorm2d(4, dtype=dtype)),
        ReLU(),
        Flatten(),
        Linear(4 * 5 * 6, 3, rng=2, dtype=dtype),
    )


def build_torch(torch, model):
    nn = torch.nn

    class Shortcut(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4))

        def forward(self, x):
            return x + self.inner(x)

    twin = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        Shortcut(),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 5 * 6, 3),
    ).double()
    with torch.no_grad():
        for theirs, ours in zip(twin.parameters(), model.parameters(), strict=True):
            theirs.copy_(torch.from_numpy(ours.value))
    return twin


def test_training_takes_the_same_path_as_in_pytorch(torch):
    rng = np.random.default_rng(4)
    model = build()
    twin = build_torch(torch, model)
    optimizer = SGD(model.parameters(), 0.1, momentum=0.9)
    their_optimizer = torch.optim.SGD(twin.parameters(), 0.1, momentum=0.9)
    for _ in range(6):
        x, labels = rng.normal(1, 3, (7, 2, 5, 6)), rng.integers(0, 3, 7)
        optimizer.zero_grad()
        logits = model(x)
        grad_x = model.backward(cross_entropy_backward(logits, labels))
        x_ = torch.from_numpy(x).requires_grad_()
        their_optimizer.zero_grad()
        torch.nn.functional.cross_entropy(twin(x_), torch.from_numpy(labels)).backward()
        assert_close(grad_x, x_.grad.numpy())
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            assert_close(p.grad, q.grad.numpy())
        optimizer.step()
        their_optimizer.step()
    theirs = [b.numpy() for name, b in twin.named_buffers() if "running" in name]
    ours = [each.value for each in model.state()[len(model.parameters()) :]]
    assert len(ours) == len(theirs) == 4
    for mine, other in zip(ours, theirs, strict=True):
        assert_close(mine, other)
    model.eval()
    twin.eval()
    x = rng.normal(size=(1, 2, 5, 6))
    x_ = torch.from_numpy(x).requires_grad_()
    output = twin(x_)
    assert_close(model(x), output.detach().numpy())
    output.sum().backward()
    assert_close(model.backward(np.ones((1, 3))), x_.grad.numpy())


def test_batch_norm_has_the_gradient_that_differences_give():
    rng = np.random.default_rng(0)
    layer = BatchNorm2d(3, dtype=np.float64)
    layer.weight.value[:] = rng.normal(size=3)
    x, weights = rng.normal(2, 3, (4, 3, 2, 3)), rng.normal(size=(4, 3, 2, 3))
    layer(x)
    grad = layer.backward(weights)

    def loss(x, scale, shift):
        layer.weight.value, layer.bias.value = scale, shift
        return float((layer(x) * weights).sum())

    arrays = [x, layer.weight.value, layer.bias.value]
    assert_gradient(loss, arrays, [grad, layer.weight.grad, layer.bias.grad], rng)


def test_float32_stays_float32():
    model = build(np.float32)
    x = np.random.default_rng(0).normal(size=(3, 2, 5, 6)).astype(np.float32)
    logits = model(x)
    grad = model.backward(cross_entropy_backward(logits, [0, 1, 2]))
    assert logits.dtype == grad.dtype == np.float32
    assert {each.value.dtype for each in model.state()} == {np.dtype(np.float32)}


def test_the_running_means_are_kept_restored_and_saved(tmp_path):
    rng = np.random.default_rng(1)
    images = rng.normal(3, 2, (20, 2, 5, 6)).astype(np.float32)
    labels = np.arange(20) % 3
    model = build(np.float32)
    history = fit(model, (images, labels), epochs=3, batch_size=5, keep_weights=True)
    last = model.predict(images)
    save(tmp_path / "deep.npz", model)
    history.restore(model, 1)
    assert not np.allclose(model.predict(images), last)
    other = build(np.float32)
    load(tmp_path / "deep.npz", other)
    np.testing.assert_array_equal(other.predict(images), last)


def test_normalising_is_the_same_for_any_brightness_and_contrast():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(6, 2, 4, 4))
    np.testing.assert_allclose(BatchNorm2d(2)(x), BatchNorm2d(2)(40 * x - 7), atol=1e-4)


def test_a_shortcut_lets_the_gradient_through_unchanged():
    block = Residual(Conv2d(2, 2, 3, padding=1, rng=0, dtype=np.float64), ReLU())
    for parameter in block.parameters():
        parameter.value[:] = 0
    x = np.random.default_rng(3).normal(size=(1, 2, 4, 4))
    np.testing.assert_array_equal(block(x), x)
    np.testing.assert_array_equal(block.backward(2 * x), 2 * x)


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"must keep the shape, got \(1, 2, 4, 4\) and then"):
        Residual(Conv2d(2, 2, 3, rng=0))(np.ones((1, 2, 4, 4)))
    with pytest.raises(ValueError, match=r"must be \(N, 3, H, W\)"):
        BatchNorm2d(3)(np.ones((1, 2, 4, 4)))
    with pytest.raises(ValueError, match="2 numbers or more"):
        BatchNorm2d(3)(np.ones((1, 3, 1, 1)))
    with pytest.raises(TypeError, match="float type"):
        BatchNorm2d(3, dtype=int)


def test_the_summary_counts_scale_and_shift():
    rows = summary(build(), (2, 5, 6)).rows
    assert [row.parameters for row in rows] == [72, 8, 0, 148, 8, 0, 0, 363]
    assert cross_entropy(build()(np.ones((2, 2, 5, 6))), [0, 1]) > 0
