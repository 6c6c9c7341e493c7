"""The digits CNN from the same weights as PyTorch's gives the same losses.

PyTorch takes them in float64: in float32 a step of Adam enlarges what rounding leaves of a bias before a batch norm,
whose gradient is zero, and one ReLU that turns by it moves the losses by 3e-4 within 100 steps.
"""

import digits_cnn
import pytest

import dlx

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-4}),
        ("Adam", {"lr": 1e-3}),
        ("AdamW", {"lr": 5e-4, "weight_decay": 0.01}),
    ],
)
def test_same_losses_over_100_steps(name, options):
    losses = []
    for lib in (dlx, torch):
        net = digits_cnn.model(lib)
        digits_cnn.start(lib, net)
        if lib is torch:
            net.double()
        optimizer = getattr(lib.optim, name)(net.parameters(), **options)
        losses.append(digits_cnn.train(lib, net, optimizer, 100))
    ours, theirs = losses
    assert theirs[-1] < 0.3 * theirs[0], "the run that is compared learns nothing"
    worst = max(range(100), key=lambda i: abs(ours[i] - theirs[i]))
    assert abs(ours[worst] - theirs[worst]) < 1e-4, f"step {worst}: {ours[worst]} and {theirs[worst]}"


def test_state_dicts_have_the_same_names_and_shapes():
    ours, theirs = (digits_cnn.model(lib).state_dict() for lib in (dlx, torch))
    assert [(k, tuple(v.shape)) for k, v in ours.items()] == [(k, tuple(v.shape)) for k, v in theirs.items()]
