"""Training takes the path that PyTorch takes; wrong calls and what cannot go on are refused."""

import pickle
import sys

import numpy as np
import pytest
from small_run import OPTIMIZERS, bits, build

from cnnlib import (
    SGD,
    Adam,
    DivergedError,
    Dropout,
    History,
    Linear,
    confusion_matrix,
    evaluate,
    fit,
)
from cnnlib.nn.schedules import cosine
from cnnlib.nn.training import shuffled_batches


@pytest.mark.parametrize(("kind", "keywords"), OPTIMIZERS, ids=["SGD", "Adam"])
def test_losses_are_those_of_the_same_run_in_pytorch(torch, data, kind, keywords):
    images, labels = data[0].astype(np.float64), data[1]
    model = build(np.float64)
    nn = torch.nn
    twin = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(48, 10)
    ).double()
    with torch.no_grad():
        for theirs, ours in zip(twin.parameters(), model.parameters(), strict=True):
            theirs.copy_(torch.from_numpy(ours.value))
    theirs = getattr(torch.optim, kind.__name__)(twin.parameters(), **keywords)
    decay = torch.optim.lr_scheduler.StepLR(theirs, step_size=2, gamma=0.5)
    expected, right = [], []
    for epoch in range(4):
        total = correct = 0
        for chosen in shuffled_batches(len(images), 48, seed=5, epoch=epoch):
            x, t = torch.from_numpy(images[chosen]), torch.from_numpy(labels[chosen])
            logits = twin(x)
            loss = nn.functional.cross_entropy(logits, t)
            theirs.zero_grad()
            loss.backward()
            theirs.step()
            total += loss.item() * len(chosen)
            correct += (logits.argmax(1) == t).sum().item()
        decay.step()
        expected.append(total / len(images))
        right.append(correct / len(images))
    history = fit(
        model,
        (images, labels),
        epochs=4,
        batch_size=48,
        optimizer=kind(model.parameters(), **keywords),
        schedule=lambda epochs: keywords["lr"] * 0.5 ** (epochs // 2),
        seed=5,
    )
    np.testing.assert_allclose(history.loss, expected, rtol=1e-9)
    assert history.accuracy == right
    assert history.lr == pytest.approx([keywords["lr"] * f for f in (1, 1, 0.5, 0.5)])
    for ours, parameter in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(ours.value, parameter.detach().numpy(), rtol=1e-7, atol=1e-9)


def test_every_sample_comes_once_an_epoch_and_the_order_changes():
    first = list(shuffled_batches(10, 4, seed=3, epoch=0))
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert sorted(np.concatenate(first)) == list(range(10))
    orders = {
        tuple(np.concatenate(list(shuffled_batches(10, 4, seed, epoch))))
        for seed in range(3)
        for epoch in range(3)
    }
    assert len(orders) == 9


def test_cosine_is_that_of_pytorch(torch):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    ours = cosine(0.3, epochs=6)
    for epoch in range(7):
        assert ours(epoch) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        optimizer.step()
        theirs.step()
    assert ours(9) == 0, "after the last epoch it stays at 0"
    warm = cosine(0.3, epochs=6, warmup=2)
    assert [warm(e) for e in (0, 1, 2, 4, 6)] == pytest.approx([0, 0.15, 0.3, 0.15, 0])


def test_the_same_seed_gives_the_same_bits(data, validation):
    def run(seed):
        model = build(drop=0.2)
        return bits(model, fit(model, data, epochs=2, validation=validation, seed=seed))

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_history_says_what_happened(data, validation):
    model = build()
    before = model.layers[0].weight.value.copy()
    history = fit(model, data, epochs=3, validation=validation, keep_weights=True)
    assert history.epochs == 3
    lists = (history.loss, history.accuracy, history.validation_loss, history.seconds, history.lr)
    assert [len(each) for each in lists] == [3] * 5
    assert history.loss[-1] < history.loss[0]
    assert all(seconds > 0 for seconds in history.seconds)
    assert len(history.kernels) == len(history.weights) == 4
    assert np.array_equal(history.kernels[0], before)
    assert np.array_equal(history.kernels[-1], model.layers[0].weight.value)
    measured = evaluate(model, *validation)
    assert history.validation_loss[-1] == measured.loss
    assert history.validation_accuracy[-1] == measured.accuracy
    history.restore(model, 1)
    assert np.array_equal(history.kernels[1], model.layers[0].weight.value)
    assert evaluate(model, *validation).loss == history.validation_loss[0]
    assert not any(layer.training for layer in model), "ready for use"
    assert "3 epochs" in repr(history)
    with pytest.raises(ValueError, match="epochs 0 to 3"):
        history.restore(model, 4)


def test_evaluation_does_not_depend_on_the_block_size(data):
    model = build(np.float64, drop=0.5)
    images = data[0].astype(np.float64)
    results = [evaluate(model, images, data[1], size) for size in (1, 7, 200, 10_000)]
    for result in results[1:]:
        assert result == pytest.approx(results[0])


def test_augment_is_given_each_batch_and_a_seeded_generator(data):
    seen = []

    def noisy(images, rng):
        seen.append(rng.random())
        return images + rng.normal(0, 0.1, images.shape).astype(images.dtype)

    def run():
        model = build()
        return bits(model, fit(model, data, epochs=2, batch_size=64, augment=noisy))

    assert run() == run()
    assert len(seen) == 16
    assert len(set(seen[:8])) == 8
    assert seen[:8] == seen[8:]


# --- stopping early ---------------------------------------------------------------------------


def test_patience_stops_and_gives_back_the_best_weights(data):
    images, rng = data[0], np.random.default_rng(0)
    noise = rng.integers(0, 10, 60)  # labels without sense: sooner or later the loss must rise
    model = build()
    history = fit(
        model,
        data,
        epochs=60,
        optimizer=Adam(model.parameters(), lr=0.01),
        validation=(images[:60], noise),
        patience=3,
    )
    assert 3 < history.epochs < 60
    assert history.epochs == history.best_epoch + 3
    assert evaluate(model, images[:60], noise).loss == min(history.validation_loss)
    assert history.stopped.startswith("no smaller validation loss for 3 epochs")
    optimizer = Adam(model.parameters(), lr=0.01)
    with pytest.raises(ValueError, match="complete"):
        fit(model, data, epochs=90, optimizer=optimizer, history=history)


def test_steps_that_are_too_long_stop_with_an_explanation(data):
    model = build()
    with pytest.raises(DivergedError, match=r"learning rate 1e\+30.*too long") as caught:
        fit(model, data, epochs=50, optimizer=SGD(model.parameters(), lr=1e30))
    assert isinstance(caught.value.history, History)
    assert not any(layer.training for layer in model)


def test_nan_in_an_image_stops_before_it_reaches_the_weights(data):
    images = data[0].copy()
    images[17, 0, 3, 3] = np.nan
    model = build()
    with pytest.raises(DivergedError, match="images hold NaN"):
        fit(model, (images, data[1]))
    assert all(np.isfinite(p.value).all() for p in model.parameters())


def test_infinite_weights_after_the_last_step_are_seen(data):
    """The loss is measured before a step, so the last one needs a look of its own."""
    model = build()
    optimizer = SGD(model.parameters(), lr=1e39)
    with pytest.raises(DivergedError, match="became inf"):
        fit(model, data, epochs=1, batch_size=200, optimizer=optimizer)


def test_progress_is_told_on_the_terminal(data, validation, capsys):
    pytest.importorskip("tqdm")
    fit(build(), data, epochs=2, validation=validation, progress=True)
    told = capsys.readouterr().err
    assert "14/14" in told
    assert "validation accuracy" in told


def test_without_tqdm_nothing_else_fails(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    fit(build(), data, epochs=1)
    with pytest.raises(ImportError, match="needs tqdm"):
        fit(build(), data, epochs=1, progress=True)


def test_confusion_matrix_against_a_loop():
    rng = np.random.default_rng(0)
    labels, predictions = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    expected = [[sum((labels == a) & (predictions == b)) for b in range(7)] for a in range(7)]
    assert confusion_matrix(labels, predictions, classes=7).tolist() == expected
    assert confusion_matrix([], []).shape == (0, 0)


def wrong(match, error=ValueError, **keywords):
    return pytest.param(match, error, keywords, id=match)


IMAGES, LABELS = np.zeros((4, 1, 8, 8), np.float32), np.zeros(4, np.int64)


@pytest.mark.parametrize(
    ("match", "error", "keywords"),
    [
        wrong("must be a pair", TypeError, data=IMAGES),
        wrong("label for each of 4 images, got 3", data=(IMAGES, LABELS[:3])),
        wrong("got dtype uint8; divide bytes", TypeError, data=(IMAGES.astype(np.uint8), LABELS)),
        wrong("labels must hold integers", TypeError, data=(IMAGES, LABELS * 0.5)),
        wrong("N at least 1", data=(IMAGES[:0], LABELS[:0])),
        wrong("target must lie between 0 and 9", data=(IMAGES, LABELS + 10)),
        wrong("model must be a Sequential", TypeError, model=Linear(3, 2)),
        wrong("epochs must be at least 0", epochs=-1),
        wrong("epochs must be an int", TypeError, epochs=1.5),
        wrong("batch_size must be at least 1", batch_size=0),
        wrong("patience needs validation", patience=3),
        wrong("patience must be at least 1", patience=0, validation=(IMAGES, LABELS)),
        wrong("optimizer must be an SGD or Adam", TypeError, optimizer="adam"),
        wrong("another model's", optimizer=Adam(Linear(3, 2).parameters())),
        wrong("got nan at epoch 0.00", schedule=lambda epoch: np.nan),
        wrong("progress must be True or False", TypeError, progress=1),
    ],
)
def test_wrong_calls_are_refused(match, error, keywords):
    arguments = {"model": build(), "data": (IMAGES, LABELS)} | keywords
    with pytest.raises(error, match=match):
        fit(**arguments)


def test_a_history_of_another_run_is_refused(data):
    model = build()
    optimizer = SGD(model.parameters())
    history = fit(model, data, 1, optimizer=optimizer)
    with pytest.raises(ValueError, match="needs the optimizer"):
        fit(model, data, 2, history=history)
    for keywords in ({"batch_size": 16}, {"seed": 1}):
        with pytest.raises(ValueError, match="history was made with"):
            fit(model, data, 2, optimizer=optimizer, history=history, **keywords)


def test_confusion_matrix_refuses_what_is_no_class():
    for arguments, match in (
        (([0.5], [1]), "integers"),
        (([0, -1], [0, 1]), "at least 0"),
        (([0], [0, 1]), "predictions must have shape"),
        (([3], [0], 3), "below 3, got 3"),
    ):
        with pytest.raises((ValueError, TypeError), match=match):
            confusion_matrix(*arguments)


def test_a_nan_is_not_better_and_stops_nothing_early(data, monkeypatch):
    from cnnlib.nn import training
    from cnnlib.nn.evaluation import Evaluation

    def run(losses, patience=3):
        left = iter(losses)
        monkeypatch.setattr(training, "evaluate", lambda *_: Evaluation(next(left), 0.5))
        model = build()
        return fit(model, data, len(losses), 200, validation=data, patience=patience), model

    history, _ = run([1, np.nan, 0.5, 0.4])
    assert (history.best_epoch, history.epochs, history.stopped) == (4, 4, "")
    history, model = run([1, np.nan, np.nan, np.nan, 0.1])
    assert (history.best_epoch, history.epochs) == (1, 4)
    assert np.array_equal(history.kernels[1], model.layers[0].weight.value)
    history, _ = run([np.nan] * 4)
    assert (history.best_epoch, history.epochs) == (0, 3)
    assert "none that is a number" in history.stopped
    assert History().best_epoch == 0


def test_errors_and_schedules_can_be_pickled():
    error = DivergedError("too long", History(loss=[1.0]))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.history.loss) == ("too long", [1.0])
    schedule = cosine(0.1, 10, warmup=2)
    again = pickle.loads(pickle.dumps(schedule))
    assert [again(e) for e in range(11)] == [schedule(e) for e in range(11)]


def test_numpy_numbers_are_numbers_and_bools_are_no_labels(data):
    assert Dropout(np.float32(0.5)).p == 0.5
    assert SGD(build().parameters(), lr=np.int64(1)).lr == 1
    with pytest.raises(TypeError, match=r"data labels must hold integers, a class each.*bool"):
        fit(build(), (data[0], data[1] > 4))
