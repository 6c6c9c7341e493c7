"""Rows of a table by number, one by one or summed up in bags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["embedding", "embedding_bag"]


def _refuse_sparse(function: str, sparse: bool) -> None:
    if sparse:
        raise NotImplementedError(f"{function}: sparse=True needs sparse gradients, which dlx does not have.")


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Look up rows of a table by their numbers.

    ``out[..., :] = weight[input[...], :]``

    Args:
        input: row numbers in ``[0, num_embeddings)``, int32 or int64, any shape.
        weight: the table, shape ``(num_embeddings, embedding_dim)``.
        padding_idx: a row that gets no gradient; counts from the end if negative.
        max_norm: rows that are looked up and whose norm is larger are first scaled down to it, in ``weight`` itself.
        norm_type: p of that norm.
        scale_grad_by_freq: divide the gradient of a row by how often the row is in ``input``.
        sparse: must be False: gradients are dense.

    Returns:
        Tensor of shape ``(*input.shape, embedding_dim)`` and the dtype of ``weight``.

    Raises:
        IndexError: a number is out of range.
        DtypeError: ``input`` is no integer tensor.
        ShapeError: ``weight`` has not two dimensions.
        ValueError: ``padding_idx`` is out of range.

    Example:
        >>> F.embedding(dlx.tensor([2, 0]), dlx.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        tensor([[5., 6.],
                [1., 2.]])
    """
    _refuse_sparse("embedding", sparse)
    if max_norm is not None:
        _C.embedding_renorm_(weight, input, max_norm, norm_type)
    return _C.embedding(input, weight, padding_idx, scale_grad_by_freq)


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Look up rows of a table and take the sum, mean or maximum of each bag of them.

    ``out[b, :] = mode(weight[input[k], :] for k in bag b)``; an empty bag gives zeros.

    Args:
        input: row numbers in ``[0, num_embeddings)``: shape ``(n,)``, cut into bags by ``offsets``, or ``(bags, k)``.
        weight: the table, shape ``(num_embeddings, embedding_dim)``.
        offsets: where each bag begins in a one-dimensional ``input``; the first is 0. None for two dimensions.
        max_norm: as for :func:`dlx.nn.functional.embedding`.
        norm_type: as for :func:`dlx.nn.functional.embedding`.
        scale_grad_by_freq: as for :func:`dlx.nn.functional.embedding`; not with mode "max".
        mode: "sum", "mean" or "max".
        sparse: must be False: gradients are dense.
        per_sample_weights: factors of the rows, of the shape of ``input``; for mode "sum".
        include_last_offset: whether ``offsets`` has one more entry, the end of the last bag.
        padding_idx: a row that does not count in its bag.

    Returns:
        Tensor of shape ``(bags, embedding_dim)`` and the dtype of ``weight``.

    Raises:
        IndexError: a number is out of range.
        ValueError: ``offsets`` does not rise from 0, or an argument does not fit the mode.
        DtypeError: ``input`` or ``offsets`` is no integer tensor.
        ShapeError: ``input`` or ``weight`` has the wrong number of dimensions.

    Example:
        >>> table = dlx.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        >>> F.embedding_bag(dlx.tensor([0, 1, 2]), table, dlx.tensor([0, 2]), mode="sum")
        tensor([[4., 6.],
                [5., 6.]])
    """
    _refuse_sparse("embedding_bag", sparse)
    if scale_grad_by_freq and mode == "max":
        raise ValueError("embedding_bag: scale_grad_by_freq is not for mode='max'.")
    if max_norm is not None:
        _C.embedding_renorm_(weight, input, max_norm, norm_type)
    return _C.embedding_bag(
        input, weight, offsets, scale_grad_by_freq, mode, per_sample_weights, include_last_offset, padding_idx
    )
