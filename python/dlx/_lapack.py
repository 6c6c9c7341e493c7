"""NumPy's LAPACK, as the kernel `lapack` calls it (src/kernels/linalg.h)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dlx._C import Tensor


class LinAlgError(RuntimeError):
    """A matrix that cannot be decomposed: singular, not positive definite, or without convergence."""


def _qr(outs: tuple[Any, ...], a: Any) -> Any:
    # NumPy calls what has square factors complete; where both would do they are the same.
    q = outs[0].shape
    return np.linalg.qr(a, "complete" if q[-1] > min(a.shape[-2:]) else "reduced")


def _svd(outs: tuple[Any, ...], a: Any) -> Any:
    u, _, vh = (out.shape for out in outs)
    return np.linalg.svd(a, full_matrices=u[-1] == u[-2] and vh[-1] == vh[-2])


# By the numbers of kernels::Lapack: the name, what it may fail of, and f(outs, *ins) -> results.
_CALLS: list[tuple[str, str, Callable[..., Any]]] = [
    ("inv", "the matrix is singular", lambda outs, a: np.linalg.inv(a)),
    ("solve", "the matrix is singular", lambda outs, a, b: np.linalg.solve(a, b)),
    ("det", "", lambda outs, a: np.linalg.det(a)),
    ("slogdet", "", lambda outs, a: np.linalg.slogdet(a)),
    ("cholesky", "the matrix is not positive definite", lambda outs, a: np.linalg.cholesky(a)),
    ("qr", "", _qr),
    ("svd", "the algorithm did not converge", _svd),
    ("eigh", "the algorithm did not converge", lambda outs, a: np.linalg.eigh(a)),
    ("pinv", "the algorithm did not converge", lambda outs, a, rtol: np.linalg.pinv(a, rtol)),
]


def run(what: int, outs: tuple[Tensor, ...], ins: tuple[Tensor, ...]) -> None:
    """Write decomposition number `what` of `ins` to `outs`."""
    name, failure, call = _CALLS[what]
    arrays = tuple(out.numpy() for out in outs)
    try:
        with np.errstate(all="ignore"):
            results = call(arrays, *(x.numpy() for x in ins))
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"{name}: {failure or error}. Got shape {tuple(ins[0].shape)}.") from None
    for array, result in zip(arrays, results if len(arrays) > 1 else (results,)):
        array[...] = result
