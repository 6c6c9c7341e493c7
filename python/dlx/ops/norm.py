"""Normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "batch_norm", "batch_norm_weight_first", "group_norm", "instance_norm", "instance_norm_weight_first", "layer_norm",
    "local_response_norm", "rms_norm",
]  # fmt: skip


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


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise by the mean and variance over the last dimensions, then scale and shift.

    ``out = (input - mean) / sqrt(var + eps) * weight + bias``, mean and variance (divided by the count) over the last
    ``len(normalized_shape)`` dimensions.

    Args:
        input: shape ``(*, *normalized_shape)``, floating point. Halves are summed in float32.
        normalized_shape: the dimensions to normalise over, outermost first.
        weight: shape ``normalized_shape``, of the dtype of ``input`` or float32 for halves; ones if None.
        bias: likewise; zeros if None.
        eps: added to the variance, so in units of ``input**2``.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``input`` does not end in ``normalized_shape``, or ``weight`` or ``bias`` has another shape.
        DtypeError: ``input`` is not floating point, or ``weight`` or ``bias`` has another dtype.
        ValueError: an empty ``normalized_shape``.

    Example:
        >>> F.layer_norm(dlx.tensor([1.0, 3.0]), [2])
        tensor([-1.0000,  1.0000])

    Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450.
    """
    return _C.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide by the root mean square over the last dimensions, then scale.

    ``out = input / sqrt(mean(input**2) + eps) * weight``, the mean over the last ``len(normalized_shape)`` dimensions.

    Args:
        input: shape ``(*, *normalized_shape)``, floating point. Halves are summed in float32.
        normalized_shape: the dimensions to take the mean over, outermost first.
        weight: shape ``normalized_shape``, of the dtype of ``input`` or float32 for halves; ones if None.
        eps: added to the mean square, so in units of ``input**2``; the machine epsilon of the arithmetic (float64's
            or float32's) if None.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``input`` does not end in ``normalized_shape``, or ``weight`` has another shape.
        DtypeError: ``input`` is not floating point, or ``weight`` has another dtype.
        ValueError: an empty ``normalized_shape``.

    Example:
        >>> F.rms_norm(dlx.tensor([3.0, 4.0]), [2])
        tensor([0.8485, 1.1314])

    Source: Zhang and Sennrich 2019, arXiv:1910.07467.
    """
    return _C.rms_norm(input, normalized_shape, weight, eps)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalise each group of channels of each sample, then scale and shift each channel.

    ``out = (input - mean) / sqrt(var + eps) * weight[c] + bias[c]``, mean and variance over a group's channels and all
    that follows them.

    Args:
        input: shape ``(n, c, *)``, floating point; NCHW or ``channels_last`` in memory. Halves are summed in float32.
        num_groups: how many groups the channels are divided into.
        weight: shape ``(c,)``, of the dtype of ``input`` or float32 for halves; ones if None.
        bias: likewise; zeros if None.
        eps: added to the variance, so in units of ``input**2``.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: fewer than two dimensions, or ``weight`` or ``bias`` has not one value for each channel.
        DtypeError: ``input`` is not floating point, or ``weight`` or ``bias`` has another dtype.
        ValueError: ``num_groups`` does not divide the channels.

    Example:
        >>> F.group_norm(dlx.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])

    Source: Wu and He 2018, arXiv:1803.08494.
    """
    return _C.group_norm(input, num_groups, weight, bias, eps)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel of each sample, then scale and shift it.

    ``out = (input - mean) / sqrt(var + eps) * weight[c] + bias[c]``, mean and variance over all that follows the
    channel. Running statistics, if given, move towards the mean of the batch's as those of :func:`batch_norm` do; they
    are used only where ``use_input_stats`` is false.

    Args:
        input: shape ``(n, c, *)``, floating point. Halves are summed in float32.
        running_mean: shape ``(c,)``, or none.
        running_var: shape ``(c,)``, or none.
        weight: shape ``(c,)``; ones if None.
        bias: shape ``(c,)``; zeros if None.
        use_input_stats: whether to use the statistics of the input.
        momentum: the weight of this batch in the running statistics, in [0, 1].
        eps: added to the variance, so in units of ``input**2``.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: an argument has not one value for each channel, or a channel has a single element.
        DtypeError: ``input`` is not floating point, or ``weight`` or ``bias`` has another dtype.
        ValueError: neither statistics of the input nor running ones.

    Example:
        >>> F.instance_norm(dlx.tensor([[[1.0, 3.0], [2.0, 6.0]]]))
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])

    Source: Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022.
    """
    return _C.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divide each element by the strength of its neighbours in the channels next to it.

    ``out[:, c] = input[:, c] / (k + alpha * mean(input[:, c']**2)) ** beta``, the mean over the ``size`` channels from
    ``c - size // 2`` on; those that are not there count as 0.

    Args:
        input: shape ``(n, c, *)`` with at least three dimensions, floating point.
        size: how many channels.
        alpha: the weight of the neighbours.
        beta: the exponent.
        k: what is added.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: fewer than three dimensions.
        DtypeError: ``input`` is not floating point.
        ValueError: ``size`` below 1.

    Example:
        >>> F.local_response_norm(dlx.ones(1, 1, 1), 1, alpha=3.0, beta=0.5)
        tensor([[[0.5000]]])

    Source: Krizhevsky, Sutskever and Hinton 2012.
    """
    return _C.local_response_norm(input, size, alpha, beta, k)


def batch_norm_weight_first(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Normalise each channel over the batch: ``dlx.batch_norm``, whose arguments come in another order.

    Args:
        input: shape ``(n, c, *)``.
        weight: shape ``(c,)``; ones if None.
        bias: shape ``(c,)``; zeros if None.
        running_mean: shape ``(c,)``, or none.
        running_var: shape ``(c,)``, or none.
        training: whether to use the statistics of this batch.
        momentum: the weight of this batch in the running statistics.
        eps: added to the variance.
        cudnn_enabled: makes no difference: which library computes is not chosen here.

    Returns:
        Tensor, as :func:`dlx.nn.functional.batch_norm` gives it.

    Raises:
        ShapeError: an argument has not one value for each channel.
        ValueError: no running statistics without ``training``.

    Example:
        >>> dlx.batch_norm(dlx.tensor([[1.0], [3.0]]), None, None, None, None, True, 0.1, 1e-5)
        tensor([[-1.0000],
                [ 1.0000]])
    """
    return _C.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm_weight_first(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Normalise each channel of each sample: ``dlx.instance_norm``, whose arguments come in another order.

    Args:
        input: shape ``(n, c, *)``.
        weight: shape ``(c,)``; ones if None.
        bias: shape ``(c,)``; zeros if None.
        running_mean: shape ``(c,)``, or none.
        running_var: shape ``(c,)``, or none.
        use_input_stats: whether to use the statistics of the input.
        momentum: the weight of this batch in the running statistics.
        eps: added to the variance.
        cudnn_enabled: makes no difference: which library computes is not chosen here.

    Returns:
        Tensor, as :func:`dlx.nn.functional.instance_norm` gives it.

    Raises:
        ShapeError: an argument has not one value for each channel.
        ValueError: neither statistics of the input nor running ones.

    Example:
        >>> dlx.instance_norm(dlx.tensor([[[1.0, 3.0]]]), None, None, None, None, True, 0.1, 1e-5)
        tensor([[[-1.0000,  1.0000]]])
    """
    return _C.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


direct(globals())
