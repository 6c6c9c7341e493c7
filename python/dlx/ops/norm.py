"""Normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["batch_norm"]


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel by its mean and variance over the batch, then scale and shift.

    ``out[n, c, ...] = (input[n, c, ...] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]``. With ``training``,
    mean and variance are those of this batch (the variance divided by its count m), and the running ones move towards
    them in place: ``running = (1 - momentum) * running + momentum * batch``, the variance then divided by m - 1. Else
    the running ones are used.

    Args:
        input: shape ``(n, c, *)``, floating point; NCHW or ``channels_last`` in memory. Halves are summed in float32.
        running_mean: shape ``(c,)``; None with ``training`` keeps none.
        running_var: shape ``(c,)``; None with ``training`` keeps none.
        weight: shape ``(c,)``; ones if None.
        bias: shape ``(c,)``; zeros if None.
        training: whether to use the statistics of this batch.
        momentum: the weight of this batch in the running statistics, in [0, 1].
        eps: added to the variance, so in units of ``input**2``.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: an argument has not one value for each channel.
        ValueError: ``training`` with a single value for each channel, or no running statistics without ``training``.

    Example:
        >>> F.batch_norm(dlx.tensor([[1.0], [3.0]]), None, None, training=True)
        tensor([[-1.0000],
                [ 1.0000]])

    Source: Ioffe and Szegedy 2015, arXiv:1502.03167.
    """
    return _C.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
