"""The mistakes that beginners make most: what the message says."""

from __future__ import annotations

import re

import pytest

import dlx
import dlx.nn.functional as F
from dlx import nn


def says(kind: type[Exception], *parts: str):
    """The error is of this kind, and all parts stand in its text."""
    return pytest.raises(kind, match="(?s)" + "".join(f"(?=.*{re.escape(part)})" for part in parts))


class Model(nn.Module):
    def __init__(self, **layers: nn.Module) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict(layers)

    def forward(self, x):
        for layer in self.encoder.values():
            x = layer(x)
        return x


def test_a_linear_layer_fed_the_wrong_width():
    model = Model(fc1=nn.Linear(784, 128), fc2=nn.Linear(64, 10))
    with says(
        dlx.ShapeError,
        "encoder.fc2 (Linear): linear: input has 128 features in its last dimension",
        "weight is (10, 64), which takes 64",
        "Got input of shape (32, 128)",
    ):
        model(dlx.ones(32, 784))


def test_an_index_beyond_an_embedding():
    model = Model(words=nn.Embedding(1000, 8))
    with says(IndexError, "encoder.words (Embedding): embedding: ", "1000", "999"):
        model(dlx.tensor([[1, 5], [1000, 2]]))
    with says(IndexError, "-1"):
        model(dlx.tensor([-1]))


def test_a_class_beyond_the_logits():
    with says(IndexError, "cross_entropy: ", "10", "10 classes"):
        F.cross_entropy(dlx.zeros(4, 10), dlx.tensor([0, 1, 2, 10]))


def test_float64_data_in_a_float32_layer():
    model = Model(fc=nn.Linear(2, 2))
    with says(dlx.DtypeError, "encoder.fc (Linear): linear: ", "float64", "float32", ".to("):
        model(dlx.zeros(3, 2, dtype=dlx.float64))


def test_an_image_smaller_than_the_kernel():
    model = Model(conv=nn.Conv2d(3, 8, 7))
    with says(dlx.ShapeError, "encoder.conv (Conv2d): conv2d: ", "7", "(1, 3, 5, 5)"):
        model(dlx.zeros(1, 3, 5, 5))


def test_wrong_channels():
    model = Model(conv=nn.Conv2d(3, 8, 3))
    with says(dlx.ShapeError, "encoder.conv (Conv2d): conv2d: input has 1 channels", "(8, 3, 3, 3)", "(2, 1, 28, 28)"):
        model(dlx.zeros(2, 1, 28, 28))


def test_backward_twice():
    loss = nn.Linear(2, 1)(dlx.ones(1, 2)).exp().sum()
    loss.backward()
    with says(RuntimeError, "the graph was freed by an earlier backward", "exp", "retain_graph=True"):
        loss.backward()


def test_a_saved_tensor_changed_in_place():
    x = dlx.ones(3, requires_grad=True)
    y = x.exp()
    y += 1
    with says(RuntimeError, "a tensor saved by exp was changed in place", "y = y + 1"):
        y.sum().backward()


def test_backward_from_several_values():
    with says(RuntimeError, "one element", "(3,)", ".mean()"):
        (dlx.ones(3, requires_grad=True) * 2).backward()


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, nn.MSELoss()])
def test_targets_that_broadcast(loss):
    with pytest.warns(UserWarning, match=r"(?s)(?=.*\(8, 1\))(?=.*\(8,\))(?=.*\(8, 8\))"):
        loss(dlx.zeros(8, 1), dlx.zeros(8))


def test_an_integer_tensor_that_shall_require_a_gradient():
    with says(RuntimeError, "only floating point tensors can require gradients", "int64"):
        dlx.tensor([1, 2], requires_grad=True)
    with says(RuntimeError, "only floating point tensors can require gradients", "int64"):
        dlx.tensor([1, 2]).requires_grad_()


def test_a_key_that_a_state_dict_lacks():
    model = Model(fc=nn.Linear(2, 2))
    state = model.state_dict()
    del state["encoder.fc.bias"]
    state["encoder.fc.baas"] = dlx.zeros(2)
    with says(RuntimeError, "Missing key(s)", '"encoder.fc.bias"', "Unexpected key(s)", '"encoder.fc.baas"'):
        model.load_state_dict(state)


def test_a_shape_that_reshape_cannot_make():
    with says(dlx.ShapeError, "reshape: ", "(2, 3)", "6 elements", "(4, 2)"):
        dlx.zeros(2, 3).reshape(4, 2)
    with says(dlx.ShapeError, "reshape: ", "(2, 3)", "(-1, 4)"):
        dlx.zeros(2, 3).reshape(-1, 4)


# --- the path in the model -----------------------------------------------------------------------------------------
def test_the_path_is_right_wherever_the_error_is_caught():
    model = nn.Sequential(nn.Linear(2, 2), Model(a=nn.Linear(2, 3), b=nn.Linear(4, 1)))
    with says(dlx.ShapeError, "linear: input"):
        model[1].encoder["b"](dlx.zeros(1, 3))
    with says(dlx.ShapeError, "encoder.b (Linear): linear: "):
        model[1](dlx.zeros(1, 2))
    with pytest.raises(dlx.ShapeError, match=r"^1\.encoder\.b \(Linear\): linear: "):
        model(dlx.zeros(1, 2))


def test_an_error_of_the_users_own_keeps_its_type_and_cause():
    class Picky(nn.Module):
        def forward(self, x):
            try:
                {}["missing"]
            except KeyError as error:
                raise ValueError("no such thing") from error

    class Wanting(nn.Module):
        def forward(self, x):
            return {}["missing"]

    with pytest.raises(ValueError, match=r"^0 \(Picky\): no such thing$") as caught:
        nn.Sequential(Picky())(1)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(KeyError) as caught:  # its argument is a key, not a message
        nn.Sequential(Wanting())(1)
    assert caught.value.args == ("missing",)


def test_compile_says_that_it_is_not_there_yet():
    with says(NotImplementedError, "dlx.compile is not there yet", "Leave the call out"):
        dlx.compile(nn.Linear(1, 1))
    with says(NotImplementedError, "dlx.compile is not there yet"):
        nn.Linear(1, 1).compile()
