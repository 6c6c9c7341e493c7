"""Random numbers, from a counter-based generator: the same stream on any number of threads and on every device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops.creation import _shape

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor
    from dlx._types import Device, Shape

__all__ = [
    "bernoulli", "get_rng_state", "initial_seed", "manual_seed", "rand", "rand_like", "randint", "randn",
    "randn_like", "randperm", "seed", "set_rng_state",
]  # fmt: skip

_preserve = _C.preserve_format


def manual_seed(seed: int) -> Generator:
    """Set the seed of the default generator, from which all random functions draw that are given no other.

    Args:
        seed: an int of 64 bits; a negative one counts from 2**64 downwards.

    Returns:
        The default generator.

    Raises:
        ValueError: ``seed`` does not fit in 64 bits.

    Example:
        >>> _ = dlx.manual_seed(0)
        >>> a = dlx.rand(3)
        >>> _ = dlx.manual_seed(0)
        >>> bool((dlx.rand(3) == a).all())
        True

    Source: Philox 4x32-10, Salmon et al. 2011, doi:10.1145/2063384.2063405.
    """
    return _C.manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the operating system's randomness and return the seed."""
    return _C.default_generator.seed()


def initial_seed() -> int:
    """Return the seed that the default generator was last given."""
    return _C.default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Return the state of the default generator as a tensor, for :func:`dlx.set_rng_state`."""
    return _C.default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator into a state that :func:`dlx.get_rng_state` returned."""
    _C.default_generator.set_state(new_state)


def rand(
    *size: Any,
    generator: Generator | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw from the uniform distribution on [0, 1).

    Args:
        size: the shape, as ints or as one sequence.
        generator: the default generator if None.
        dtype: a floating-point dtype; the default dtype (float32) if None.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ShapeError: a size is negative.
        DtypeError: ``dtype`` is not floating point.

    Example:
        >>> x = dlx.rand(1000)
        >>> bool((x >= 0).all() and (x < 1).all())
        True
    """
    result = _C.rand(_shape(size), dtype, device, generator)
    return result.requires_grad_() if requires_grad else result


def randn(
    *size: Any,
    generator: Generator | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw from the normal distribution with mean 0 and standard deviation 1.

    Args:
        size: the shape, as ints or as one sequence.
        generator: the default generator if None.
        dtype: a floating-point dtype; the default dtype (float32) if None.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ShapeError: a size is negative.
        DtypeError: ``dtype`` is not floating point.

    Example:
        >>> dlx.randn(2, 3).shape
        dlx.Size([2, 3])
    """
    result = _C.randn(_shape(size), dtype, device, generator)
    return result.requires_grad_() if requires_grad else result


def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Draw from the uniform distribution on [0, 1), in the shape, dtype and device of another tensor.

    Example:
        >>> dlx.rand_like(dlx.zeros(2, 3)).shape
        dlx.Size([2, 3])
    """
    result = _C.uniform_(_C.empty_like(input, dtype, device, memory_format), 0.0, 1.0, generator)
    return result.requires_grad_() if requires_grad else result


def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Draw from the standard normal distribution, in the shape, dtype and device of another tensor.

    Example:
        >>> dlx.randn_like(dlx.zeros(2, 3)).shape
        dlx.Size([2, 3])
    """
    result = _C.normal_(_C.empty_like(input, dtype, device, memory_format), 0.0, 1.0, generator)
    return result.requires_grad_() if requires_grad else result


def randint(
    low: int = 0,
    high: Any = None,
    size: Shape | None = None,
    *,
    generator: Generator | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
) -> Tensor:
    """Draw integers uniformly from ``low``, ``low + 1``, ..., ``high - 1``.

    ``randint(high, size)`` starts at 0.

    Args:
        low: the smallest value.
        high: one more than the largest.
        size: the shape.
        generator: the default generator if None.
        dtype: int64 if None.
        device: the CPU if None.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ValueError: ``high <= low``, or one of them does not fit in ``dtype``.

    Example:
        >>> x = dlx.randint(3, 5, (100,))
        >>> int(x.min()), int(x.max())
        (3, 4)
    """
    if size is None or high is None:  # randint(high, size), by position or with size=
        low, high, size = 0, low, high if size is None else size
        if size is None or isinstance(size, int):
            raise TypeError("randint: call randint(high, size) or randint(low, high, size), size being a tuple.")
    return _C.randint(low, high, size, _C.int64 if dtype is None else dtype, device, generator)


def randperm(
    n: int, *, generator: Generator | None = None, dtype: _C.dtype | None = None, device: Device | None = None
) -> Tensor:
    """Shuffle 0, 1, ..., n - 1.

    Args:
        n: how many.
        generator: the default generator if None.
        dtype: int64 if None.
        device: the CPU if None.

    Returns:
        Tensor of shape ``(n,)``, every number once.

    Raises:
        ValueError: ``n`` is negative or does not fit in ``dtype``.

    Example:
        >>> sorted(dlx.randperm(4).tolist())
        [0, 1, 2, 3]
    """
    return _C.randperm(n, _C.int64 if dtype is None else dtype, device, generator)


def bernoulli(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """Draw 1 with the probability that each element gives, else 0.

    Args:
        input: probabilities in [0, 1], any shape, floating point.
        generator: the default generator if None.

    Returns:
        Tensor of zeros and ones of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: a probability is outside [0, 1].

    Example:
        >>> dlx.bernoulli(dlx.tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    return _C.bernoulli(input, generator)


def uniform_(
    input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **named: float
) -> Tensor:
    """Fill with draws from the uniform distribution on [from, to).

    Args:
        input: the destination, floating point.
        from_: the lower bound (``from=`` is understood too).
        to: the upper bound.
        generator: the default generator if None.
        **named: nothing but ``from``.

    Returns:
        ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``from_ > to``, or a bound is not finite.

    Example:
        >>> x = dlx.empty(100).uniform_(-1, 1)
        >>> bool((x >= -1).all() and (x < 1).all())
        True
    """
    if named:  # `from` is a keyword of Python, so it can only come this way
        if named.keys() != {"from"}:
            raise TypeError(f"uniform_: unexpected argument {next(iter(named.keys() - {'from'}))!r}.")
        from_ = named["from"]
    return _C.uniform_(input, from_, to, generator)


def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with draws from a normal distribution.

    Args:
        input: the destination, floating point.
        mean: its mean.
        std: its standard deviation, not negative.
        generator: the default generator if None.

    Returns:
        ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``std`` is negative.

    Example:
        >>> dlx.empty(2).normal_(5.0, 0.0)
        tensor([5., 5.])
    """
    return _C.normal_(input, mean, std, generator)
