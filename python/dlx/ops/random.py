"""Random numbers, from a counter-based generator: the same stream on any number of threads and on every device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._direct import direct
from dlx.ops.creation import _shape

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor
    from dlx._types import Device, Shape

__all__ = [
    "bernoulli", "get_rng_state", "initial_seed", "manual_seed", "multinomial", "normal", "rand", "rand_like",
    "randint", "randint_like", "randn", "randn_like", "randperm", "seed", "set_rng_state",
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
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw from the uniform distribution on [0, 1).

    Args:
        size: the shape, as ints or as one sequence.
        generator: the default generator if None.
        out: where to write the result.
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
    if out is not None:
        return _C.uniform_(_fitting("rand", out, _shape(size)), 0.0, 1.0, generator)
    result = _C.rand(_shape(size), dtype, device, generator)
    return result.requires_grad_() if requires_grad else result


def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw from the normal distribution with mean 0 and standard deviation 1.

    Args:
        size: the shape, as ints or as one sequence.
        generator: the default generator if None.
        out: where to write the result.
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
    if out is not None:
        return _C.normal_(_fitting("randn", out, _shape(size)), 0.0, 1.0, generator)
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
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw integers uniformly from ``low``, ``low + 1``, ..., ``high - 1``.

    ``randint(high, size)`` starts at 0.

    Args:
        low: the smallest value.
        high: one more than the largest.
        size: the shape.
        generator: the default generator if None.
        out: where to write the result.
        dtype: int64 if None.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded; for floating point dtypes.

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
    if out is not None:
        return _C.random_(_fitting("randint", out, _shape((size,))), low, high, generator)
    result = _C.randint(low, high, size, _C.int64 if dtype is None else dtype, device, generator)
    return result.requires_grad_() if requires_grad else result


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Shuffle 0, 1, ..., n - 1.

    Args:
        n: how many.
        generator: the default generator if None.
        out: where to write the result.
        dtype: int64 if None.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded; for floating point dtypes.

    Returns:
        Tensor of shape ``(n,)``, every number once.

    Raises:
        ValueError: ``n`` is negative or does not fit in ``dtype``.

    Example:
        >>> sorted(dlx.randperm(4).tolist())
        [0, 1, 2, 3]
    """
    if out is not None:
        return _fitting("randperm", out, (n,)).copy_(_C.randperm(n, out.dtype, device, generator))
    result = _C.randperm(n, _C.int64 if dtype is None else dtype, device, generator)
    return result.requires_grad_() if requires_grad else result


def randint_like(
    input: Tensor,
    low: int,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Draw integers uniformly from ``low`` to ``high - 1``, in the shape, dtype and device of another tensor.

    ``randint_like(x, high)`` starts at 0.

    Example:
        >>> dlx.randint_like(dlx.zeros(2, 3), 5).shape
        dlx.Size([2, 3])
    """
    low, high = (0, low) if high is None else (low, high)
    result = _C.random_(_C.empty_like(input, dtype, device, memory_format), low, high, generator)
    return result.requires_grad_() if requires_grad else result


def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """Draw 1 with the probability that each element gives, else 0.

    Args:
        input: probabilities in [0, 1], any shape, floating point.
        p: one probability for all elements, whatever ``input`` holds.
        generator: the default generator if None.
        out: where to write the result.

    Returns:
        Tensor of zeros and ones of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        RuntimeError: a probability is outside [0, 1].

    Example:
        >>> dlx.bernoulli(dlx.tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    if p is not None:
        if out is not None:
            raise TypeError("bernoulli: out and p do not go together. Use out.bernoulli_(p).")
        return _C.bernoulli_(_C.empty_like(input, None, None, _preserve), p, generator)
    return _C.bernoulli(input, generator, out)


def bernoulli_(input: Tensor, p: Tensor | float = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with 1 at a probability, else 0.

    Args:
        input: the destination, of any dtype.
        p: a probability, or a floating point tensor of them that broadcasts to ``input``.
        generator: the default generator if None.

    Returns:
        ``input``.

    Raises:
        RuntimeError: a probability is outside [0, 1].
        ShapeError: ``p`` does not broadcast to ``input``.

    Example:
        >>> dlx.empty(2).bernoulli_(1.0)
        tensor([1., 1.])
    """
    return _C.bernoulli_(input, p, generator)


def normal(
    mean: Tensor | float,
    std: Tensor | float = 1.0,
    size: Shape | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Draw from normal distributions.

    ``normal(mean, std)`` with tensors draws one number for each element of what they broadcast to;
    ``normal(mean, std, size)`` with two numbers fills a new tensor.

    Args:
        mean: the means.
        std: the standard deviations, not negative.
        size: the shape, where ``mean`` and ``std`` are numbers.
        generator: the default generator if None.
        out: where to write the result.
        dtype: of a new tensor of shape ``size``; the default dtype if None.
        device: of a new tensor of shape ``size``.
        requires_grad: whether operations on that tensor are recorded.

    Returns:
        Tensor.

    Raises:
        TypeError: ``size`` is missing where both are numbers, or given where one is a tensor.
        RuntimeError: a standard deviation is negative.

    Example:
        >>> dlx.normal(dlx.tensor([1.0, 2.0]), 0.0)
        tensor([1., 2.])
    """
    if isinstance(mean, _C.Tensor) or isinstance(std, _C.Tensor):
        if size is not None or dtype is not None or device is not None or requires_grad:
            raise TypeError("normal: size, dtype, device and requires_grad go with two numbers, not with a tensor.")
        return _C.normal(mean, std, generator, out)
    if size is None:
        raise TypeError("normal: with two numbers, size says how many to draw.")
    if out is not None:
        return _C.normal_(_fitting("normal", out, _shape((size,))), mean, std, generator)
    result = _C.normal_(_C.empty(_shape((size,)), dtype, device), mean, std, generator)
    return result.requires_grad_() if requires_grad else result


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Draw columns in proportion to weights.

    Args:
        input: the weights, shape ``(n,)`` or ``(rows, n)``, floating point, none negative; they need not sum to 1.
        num_samples: how many to draw from each row.
        replacement: whether one column may be drawn twice.
        generator: the default generator if None.
        out: where to write the result.

    Returns:
        Tensor of int64, shape ``(num_samples,)`` or ``(rows, num_samples)``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ShapeError: ``input`` has other than one or two dimensions.
        ValueError: ``num_samples`` is not positive, or more than ``n`` without replacement.
        RuntimeError: a weight is negative, infinite or nan, or those of a row are all zero.

    Example:
        >>> dlx.multinomial(dlx.tensor([0.0, 1.0]), 3, replacement=True)
        tensor([1, 1, 1])

    Source: without replacement, Efraimidis and Spirakis 2006, doi:10.1016/j.ipl.2005.11.003.
    """
    return _C.multinomial(input, num_samples, replacement, generator, out)


def random_(
    input: Tensor,
    from_: int = 0,
    to: int | None = None,
    *,
    generator: Generator | None = None,
    **named: int,
) -> Tensor:
    """Fill with integers drawn uniformly from ``from_``, ..., ``to - 1``.

    ``random_(to)`` starts at 0. ``random_()`` draws from all integers from 0 that the dtype holds: up to its largest
    one, or of floats up to ``2**digits``.

    Args:
        input: the destination, of any dtype.
        from_: the smallest value (``from=`` is understood too).
        to: one more than the largest.
        generator: the default generator if None.
        **named: nothing but ``from``.

    Returns:
        ``input``.

    Raises:
        ValueError: ``to <= from_``, or the dtype cannot hold one of them.

    Example:
        >>> x = dlx.empty(100).random_(3, 5)
        >>> int(x.min()), int(x.max())
        (3, 4)
    """
    if named:  # `from` is a keyword of Python, so it can only come this way
        from_ = _named_from("random_", named)
    elif to is None and from_ != 0:  # random_(to)
        from_, to = 0, from_
    return _C.random_(input, from_, to, generator)


def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with draws from the exponential distribution of density ``lambd * exp(-lambd * x)``, ``x >= 0``.

    Args:
        input: the destination, floating point.
        lambd: the rate, positive.
        generator: the default generator if None.

    Returns:
        ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``lambd`` is not positive.

    Example:
        >>> bool((dlx.empty(100).exponential_() >= 0).all())
        True
    """
    return _C.exponential_(input, lambd, generator)


def geometric_(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with draws from the geometric distribution: how many trials it takes to the first success, 1 or more.

    Args:
        input: the destination, not bool.
        p: the probability of success, in (0, 1).
        generator: the default generator if None.

    Returns:
        ``input``.

    Raises:
        DtypeError: ``input`` is bool.
        ValueError: ``p`` is outside (0, 1).

    Example:
        >>> bool((dlx.empty(100).geometric_(0.5) >= 1).all())
        True
    """
    return _C.geometric_(input, p, generator)


def cauchy_(input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with draws from the Cauchy distribution of density ``sigma / (pi * (sigma**2 + (x - median)**2))``.

    Args:
        input: the destination, floating point.
        median: the median.
        sigma: half the width at half the height, positive.
        generator: the default generator if None.

    Returns:
        ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``sigma`` is not positive.

    Example:
        >>> dlx.empty(2, 3).cauchy_().shape
        dlx.Size([2, 3])
    """
    return _C.cauchy_(input, median, sigma, generator)


def log_normal_(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithms are normally distributed.

    Args:
        input: the destination, floating point.
        mean: the mean of the logarithms.
        std: their standard deviation, positive.
        generator: the default generator if None.

    Returns:
        ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``std`` is not positive.

    Example:
        >>> bool((dlx.empty(100).log_normal_() > 0).all())
        True
    """
    return _C.log_normal_(input, mean, std, generator)


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
        from_ = _named_from("uniform_", named)
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


def _fitting(function: str, out: Tensor, shape: Any) -> Tensor:
    """A destination of that shape."""
    if tuple(out.shape) != tuple(shape):
        raise _C.ShapeError(f"{function}: out must have the shape {tuple(shape)}. Got {tuple(out.shape)}.")
    return out


def _named_from(function: str, named: dict[str, Any]) -> Any:
    """The value of from=."""
    if named.keys() != {"from"}:
        raise TypeError(f"{function}: unexpected argument {next(iter(named.keys() - {'from'}))!r}.")
    return named["from"]


direct(globals())
