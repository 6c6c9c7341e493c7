"""For tests that run one piece of code with dlx and with PyTorch, from the same weights and data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import dlx


def array(x: Any) -> np.ndarray:
    return x.detach().numpy()


def tensor(lib: Any, values: np.ndarray, requires_grad: bool = False) -> Any:
    made = lib.tensor(values.tolist(), dtype=getattr(lib, str(values.dtype))).reshape(values.shape)
    return made.detach().requires_grad_() if requires_grad else made


def load(ours: Any, theirs: Any) -> None:
    """Give a dlx module the weights of a PyTorch module; names and shapes must be the same."""
    state = theirs.state_dict()
    assert [(k, tuple(v.shape)) for k, v in ours.state_dict().items()] == [
        (k, tuple(v.shape)) for k, v in state.items()
    ]
    ours.load_state_dict({name: dlx.tensor(array(value).copy()) for name, value in state.items()})


def flat(results: Any) -> Iterable[Any]:
    """All tensors in nested tuples."""
    if results is None:
        return
    if isinstance(results, (tuple, list)):
        for result in results:
            yield from flat(result)
    else:
        yield results


def assert_same(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    """Compare nested tuples of tensors."""
    mine, others = list(flat(ours)), list(flat(theirs))
    assert len(mine) == len(others)
    for a, b in zip(mine, others):
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(array(a), array(b), rtol=tolerance, atol=tolerance)


def assert_same_gradients(ours: Any, theirs: Any, tolerance: float = 1e-4) -> None:
    """Compare the gradients of two modules' parameters."""
    others = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        other = others[name].grad
        assert (parameter.grad is None) == (other is None), name
        if other is not None:
            np.testing.assert_allclose(
                array(parameter.grad), array(other), rtol=tolerance, atol=tolerance, err_msg=f"the gradient of {name}"
            )
