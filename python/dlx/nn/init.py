"""First values of parameters, in place and without history."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor

__all__ = [
    "calculate_gain", "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_",
    "orthogonal_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which a layer before a nonlinearity is scaled, so that variances stay.

    Args:
        nonlinearity: 'linear', 'sigmoid', 'conv1d' ... 'conv_transpose3d': 1; 'tanh': 5/3; 'relu': sqrt(2);
            'leaky_relu': sqrt(2 / (1 + param**2)); 'selu': 3/4.
        param: the slope of leaky_relu, 0.01 if None.

    Returns:
        The factor.

    Raises:
        ValueError: an unknown nonlinearity, or ``param`` is no number.

    Example:
        >>> nn.init.calculate_gain("relu")
        1.4142135623730951
    """
    convolutions = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
    if nonlinearity in ("linear", "sigmoid", *convolutions):
        return 1.0
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"calculate_gain: param must be a number, the slope of leaky_relu. Got {param!r}.")
        return math.sqrt(2.0 / (1 + slope**2))
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"calculate_gain: unknown nonlinearity {nonlinearity!r}.")
    return gains[nonlinearity]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from the uniform distribution on [a, b)."""
    return _untracked(_C.uniform_, tensor, a, b, generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from the normal distribution."""
    return _untracked(_C.normal_, tensor, mean, std, generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    return _untracked(_C.fill_, tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return _untracked(_C.fill_, tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return _untracked(_C.fill_, tensor, 0.0)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from [-a, a), ``a = gain * sqrt(6 / (fan_in + fan_out))``.

    Source: Glorot and Bengio 2010, AISTATS.
    """
    fan_in, fan_out = _fans("xavier_uniform_", tensor)
    bound = gain * math.sqrt(6.0 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normal draws of standard deviation ``gain * sqrt(2 / (fan_in + fan_out))``.

    Source: Glorot and Bengio 2010, AISTATS.
    """
    fan_in, fan_out = _fans("xavier_normal_", tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with draws from [-bound, bound), ``bound = calculate_gain(nonlinearity, a) * sqrt(3 / fan)``.

    Args:
        tensor: at least two dimensions: (out, in, ...).
        a: the slope of leaky_relu.
        mode: 'fan_in' keeps variances forward, 'fan_out' backward.
        nonlinearity: what follows the layer, as for :func:`calculate_gain`.
        generator: the default generator if None.

    Returns:
        ``tensor``.

    Raises:
        ValueError: ``tensor`` has fewer than two dimensions, or an unknown mode.

    Source: He et al. 2015, arXiv:1502.01852.
    """
    if 0 in tensor.shape:
        return tensor
    bound = math.sqrt(3.0) * calculate_gain(nonlinearity, a) / math.sqrt(_fan("kaiming_uniform_", tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with normal draws of standard deviation ``calculate_gain(nonlinearity, a) / sqrt(fan)``.

    Args:
        tensor: at least two dimensions: (out, in, ...).
        a: the slope of leaky_relu.
        mode: 'fan_in' keeps variances forward, 'fan_out' backward.
        nonlinearity: what follows the layer, as for :func:`calculate_gain`.
        generator: the default generator if None.

    Returns:
        ``tensor``.

    Raises:
        ValueError: ``tensor`` has fewer than two dimensions, or an unknown mode.

    Source: He et al. 2015, arXiv:1502.01852.
    """
    if 0 in tensor.shape:
        return tensor
    std = calculate_gain(nonlinearity, a) / math.sqrt(_fan("kaiming_normal_", tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with draws from the normal distribution that lie in [a, b].

    Args:
        tensor: floating point.
        mean: of the whole distribution.
        std: of the whole distribution, not negative.
        a: the smallest value.
        b: the largest value.
        generator: the default generator if None.

    Returns:
        ``tensor``.

    Raises:
        ValueError: ``std`` is not positive, or ``a`` is not below ``b``.
    """
    if not std > 0 or not a < b:
        raise ValueError(f"trunc_normal_: std must be positive and a below b. Got std={std}, a={a} and b={b}.")

    def below(x: float) -> float:
        return (1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0

    def write(to: Tensor) -> None:
        # A uniform draw between the shares below a and b, through the inverse of the distribution.
        draw = _C.empty(tuple(to.shape), _C.float64, to.device)
        _C.uniform_(draw, 2 * below(a) - 1, 2 * below(b) - 1, generator)
        values = _C.erfinv(draw, None) * (std * math.sqrt(2.0)) + mean
        low, high = (_C.full((), float(bound), _C.float64, to.device) for bound in (a, b))
        _C.copy_(to, _C.minimum(_C.maximum(values, low, None), high, None))

    return _untracked(write, tensor)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with a random orthogonal matrix: rows, or columns if there are more rows, are orthonormal.

    Args:
        tensor: at least two dimensions; those after the first count as one.
        gain: factor of the matrix.
        generator: the default generator if None.

    Returns:
        ``tensor``.

    Raises:
        ValueError: ``tensor`` has fewer than two dimensions.

    Example:
        >>> w = nn.init.orthogonal_(dlx.empty(2, 3))
        >>> dlx.allclose(w @ w.T, dlx.eye(2), atol=1e-6)
        True

    Source: Saxe et al. 2014, arXiv:1312.6120.
    """
    import numpy as np

    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_: tensor must have at least 2 dimensions. Got shape {tuple(tensor.shape)}.")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.numel() // rows

    def write(to: Tensor) -> None:
        draws = _C.normal_(_C.empty((rows, columns), _C.float64, None), 0.0, 1.0, generator).numpy()
        q, r = np.linalg.qr(draws.T if rows < columns else draws)
        q = q * np.sign(np.diag(r))  # without this, the matrices are not evenly spread (Mezzadri 2007)
        q = gain * (q.T if rows < columns else q)
        _C.copy_(to, _C.from_numpy(np.ascontiguousarray(q.reshape(tuple(to.shape)))))

    return _untracked(write, tensor)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity: ones on the diagonal, zeros elsewhere.

    Raises:
        ValueError: ``tensor`` is no matrix.

    Example:
        >>> nn.init.eye_(dlx.empty(2, 3))
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError(f"eye_: tensor must have 2 dimensions. Got shape {tuple(tensor.shape)}.")

    def write(to: Tensor) -> None:
        _C.fill_(to, 0.0)
        for i in range(min(to.shape)):
            _C.fill_(to[i, i], 1.0)

    return _untracked(write, tensor)


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it returns its input: a one in the middle of each channel's own kernel.

    Args:
        tensor: 3, 4 or 5 dimensions: (out, in, ...).
        groups: of the convolution.

    Returns:
        ``tensor``.

    Raises:
        ValueError: ``tensor`` has another number of dimensions, or its first is not divisible by ``groups``.

    Example:
        >>> nn.init.dirac_(dlx.empty(1, 1, 3))
        tensor([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"dirac_: tensor must have 3, 4 or 5 dimensions. Got shape {tuple(tensor.shape)}.")
    out, channels = tensor.shape[:2]
    if out % groups:
        raise ValueError(f"dirac_: the first dimension, {out}, must be divisible by groups={groups}.")
    middle = tuple(size // 2 for size in tensor.shape[2:])

    def write(to: Tensor) -> None:
        _C.fill_(to, 0.0)
        for group in range(groups):
            for channel in range(min(out // groups, channels)):
                place = (group * (out // groups) + channel, channel, *middle)
                _C.fill_(to[place], 1.0)

    return _untracked(write, tensor)


def _fans(function: str, tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output sees, and how many outputs an input reaches."""
    if tensor.ndim < 2:
        raise ValueError(
            f"{function}: tensor must have at least 2 dimensions (out, in, ...). Got shape {tuple(tensor.shape)}."
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(function: str, tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{function}: mode must be 'fan_in' or 'fan_out'. Got {mode!r}.")
    return _fans(function, tensor)[mode == "fan_out"]


def _untracked(write: Any, tensor: Tensor, *args: Any) -> Tensor:
    """Write into `tensor`, which may be a leaf that requires grad."""
    before = _C.is_grad_enabled()
    _C.set_grad_enabled(False)
    try:
        write(tensor, *args)
    finally:
        _C.set_grad_enabled(before)
    return tensor


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.nn.init", name)
