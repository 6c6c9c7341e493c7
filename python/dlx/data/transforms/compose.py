"""The base of transforms, and transforms made of others."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.data.transforms import _draw
from dlx.data.transforms._image import InterpolationMode, is_pillow, probability
from dlx.nn.modules.module import Module

if TYPE_CHECKING:
    from dlx._C import Generator

__all__ = ["Compose", "Lambda", "Mask", "RandomApply", "RandomChoice", "Transform"]


class Mask(_C.Tensor):
    """A tensor of shape ``(..., h, w)`` that says something of each pixel of the image beside it, its class say.

    Transforms that move pixels take it along, in the same way, but by the nearest pixel, and with 0 for what comes from
    outside; all others leave it alone.

    Example:
        >>> image, mask = dlx.rand(3, 2, 2), transforms.Mask(dlx.tensor([[0, 1], [0, 2]]))
        >>> image, mask = transforms.RandomHorizontalFlip(p=1.0)(image, mask)
        >>> mask.tolist()
        [[1, 0], [2, 0]]
    """


class Transform(Module):
    """Base of transforms: a class of its own writes ``transform``, and ``make_params`` if something is to be drawn.

    A transform takes an image, or a sample that holds one: several arguments, tuples, lists and dicts, nested as one
    likes. All Pillow images in it are transformed, with the same parameters; if there is none, the first tensor of
    three or more dimensions. A :class:`Mask` goes along if ``moves`` is True. The rest (labels, say) comes back as it
    was.

    Args:
        generator: where randomness comes from; the default generator if None.

    Example:
        >>> class Invert(dlx.data.transforms.Transform):
        ...     def transform(self, inpt, params):
        ...         return 1 - inpt
        >>> image, label = Invert()(dlx.zeros(1, 1, 2), 3)
        >>> image, label
        (tensor([[[1., 1.]]]), 3)
    """

    moves = False  # whether pixels change places

    def __init__(self, generator: Generator | None = None) -> None:
        super().__init__()
        self.generator = generator

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw what one call needs, once for all images of a sample."""
        return {}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """Transform one image."""
        raise NotImplementedError(f"{type(self).__name__} does not define transform")

    def takes(self, flat_inputs: list[Any]) -> list[bool]:
        """Say which of the parts of a sample, among which there are no masks, are to be transformed."""
        pictures = [is_pillow(x) for x in flat_inputs]
        if any(pictures):
            return pictures
        ranks = [x.ndim if isinstance(x, _C.Tensor) else -1 for x in flat_inputs]
        chosen = next((i for i, rank in enumerate(ranks) if rank >= 3), None)
        if chosen is None:  # whatever stands in its place: the transform says what is wrong with it
            chosen = next((i for i, rank in enumerate(ranks) if rank >= 0), 0)
        return [i == chosen for i in range(len(flat_inputs))]

    def forward(self, *inputs: Any) -> Any:
        """Transform the images of a sample."""
        sample = inputs[0] if len(inputs) == 1 else inputs
        parts = list(_parts(sample))
        rest = [part for part in parts if not isinstance(part, Mask)]
        if not rest:
            raise TypeError(f"{type(self).__name__}: an image is needed. Got {'a mask alone' if parts else 'nothing'}.")
        taken = iter(self.takes(rest))
        images = [not isinstance(part, Mask) and next(taken) for part in parts]
        params = self.make_params([part for part, is_image in zip(parts, images) if is_image])

        def transformed(part: Any, is_image: bool) -> Any:
            if isinstance(part, Mask):
                return self._masked(part, params) if self.moves else part
            return self.transform(part, params) if is_image else part

        return _rebuilt(sample, map(transformed, parts, images))

    def _masked(self, mask: Mask, params: dict[str, Any]) -> Mask:
        """The mask, moved as the image is."""
        nearest = copy.copy(self)
        for name, value in (("interpolation", InterpolationMode.NEAREST), ("fill", 0)):
            if hasattr(nearest, name):
                setattr(nearest, name, value)
        return Mask(nearest.transform(mask.as_subclass(_C.Tensor).unsqueeze(-3), params).squeeze(-3))

    def extra_repr(self) -> str:
        """Show the arguments."""
        shown = {k: v for k, v in vars(self).items() if not k.startswith("_") and k not in ("training", "generator")}
        return ", ".join(f"{name}={value!r}" for name, value in shown.items() if not callable(value))


class Sometimes(Transform):
    """Base of transforms that happen with a probability."""

    def __init__(self, p: float, generator: Generator | None = None) -> None:
        super().__init__(generator)
        self.p = probability(type(self).__name__, p)

    def forward(self, *inputs: Any) -> Any:
        """Transform the images of a sample, or leave them as they are."""
        if _draw.happens(self.p, self.generator):
            return super().forward(*inputs)
        return inputs[0] if len(inputs) == 1 else inputs


def _parts(sample: Any) -> Iterator[Any]:
    if isinstance(sample, dict):
        sample = list(sample.values())
    if not isinstance(sample, (list, tuple)):
        yield sample
        return
    for part in sample:
        yield from _parts(part)


def _rebuilt(sample: Any, parts: Iterator[Any]) -> Any:
    """The sample with other parts, which come in the order of ``_parts``."""
    if isinstance(sample, dict):
        return {key: _rebuilt(value, parts) for key, value in sample.items()}
    if not isinstance(sample, (list, tuple)):
        return next(parts)
    values = [_rebuilt(value, parts) for value in sample]
    return type(sample)(*values) if hasattr(sample, "_fields") else type(sample)(values)


def _functions(name: str, transforms: Any) -> list[Callable[..., Any]]:
    functions = list(transforms) if hasattr(transforms, "__iter__") else []
    if not functions or not all(callable(f) for f in functions):
        raise TypeError(
            f"{name}: transforms must be a sequence of at least one transform or function. Got {transforms!r}."
        )
    return functions


def _one_after_another(functions: list[Callable[..., Any]], inputs: tuple[Any, ...]) -> Any:
    for function in functions:
        outputs = function(*inputs)
        inputs = outputs if len(inputs) > 1 else (outputs,)
    return inputs if len(inputs) > 1 else inputs[0]


class _Several(Transform):
    """Base of what is made of others; they stand in ``transforms``."""

    def __init__(self, transforms: Sequence[Callable[..., Any]], generator: Generator | None = None) -> None:
        super().__init__(generator)
        self.transforms = _functions(type(self).__name__, transforms)

    def extra_repr(self) -> str:
        """Show one transform a line."""
        p = [f"p={self.p}"] if "p" in vars(self) else []
        return "\n".join([*p, *map(repr, self.transforms)])


class Compose(_Several):
    """One transform after another.

    Args:
        transforms: transforms, modules or functions of an image.

    Raises:
        TypeError: ``transforms`` is empty, or one of them cannot be called.

    Example:
        >>> prepare = transforms.Compose([
        ...     transforms.Resize(4),
        ...     transforms.ToDtype(dlx.float32, scale=True),
        ...     transforms.Normalize([0.5], [0.5]),
        ... ])
        >>> prepare(dlx.full((1, 8, 8), 255, dtype=dlx.uint8)).mean()
        tensor(1.)
    """

    def __init__(self, transforms: Sequence[Callable[..., Any]]) -> None:
        super().__init__(transforms)

    def forward(self, *inputs: Any) -> Any:
        """Give a sample to each in turn."""
        return _one_after_another(self.transforms, inputs)


class RandomApply(_Several):
    """All of some transforms, one after another, with a probability; else none.

    Args:
        transforms: transforms, modules or functions of an image.
        p: the probability.
        generator: the default generator if None.

    Raises:
        TypeError: ``transforms`` is empty, or one of them cannot be called.
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> transforms.RandomApply([transforms.Pad(1)], p=1.0)(dlx.ones(1, 2, 2)).shape
        dlx.Size([1, 4, 4])
    """

    def __init__(
        self, transforms: Sequence[Callable[..., Any]], p: float = 0.5, *, generator: Generator | None = None
    ) -> None:
        super().__init__(transforms, generator)
        self.p = probability("RandomApply", p)

    def forward(self, *inputs: Any) -> Any:
        """Give a sample to each in turn, or return it."""
        functions = self.transforms if _draw.happens(self.p, self.generator) else []
        return _one_after_another(functions, inputs)


class RandomChoice(_Several):
    """One of some transforms.

    Args:
        transforms: transforms, modules or functions of an image.
        p: a weight for each, not negative; the same for all if None.
        generator: the default generator if None.

    Raises:
        TypeError: ``transforms`` is empty, or one of them cannot be called.
        ValueError: ``p`` has another length, a negative weight, or sums to 0.

    Example:
        >>> choose = transforms.RandomChoice([transforms.Pad(1), transforms.Pad(2)], p=[0.0, 1.0])
        >>> choose(dlx.ones(1, 2, 2)).shape
        dlx.Size([1, 6, 6])
    """

    def __init__(
        self,
        transforms: Sequence[Callable[..., Any]],
        p: Sequence[float] | None = None,
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(transforms, generator)
        weights = [1.0] * len(self.transforms) if p is None else [float(w) for w in p]
        if len(weights) != len(self.transforms) or not (min(weights) >= 0 and sum(weights) > 0):
            raise ValueError(
                f"RandomChoice: p must have a weight, 0 or more, for each of the {len(self.transforms)} transforms. "
                f"Got {p}."
            )
        self.p = [w / sum(weights) for w in weights]

    def forward(self, *inputs: Any) -> Any:
        """Give a sample to one of them."""
        return _one_after_another([self.transforms[_draw.chosen(self.p, self.generator)]], inputs)


class Lambda(Transform):
    """A function as a transform.

    Args:
        lambd: takes a part of the sample, and returns what comes in its place.
        types: of which types the parts are that it takes; all if none is given.

    Raises:
        TypeError: ``lambd`` cannot be called.

    Example:
        >>> transforms.Lambda(lambda x: x * 2)(dlx.ones(1, 1, 2))
        tensor([[[2., 2.]]])
    """

    def __init__(self, lambd: Callable[[Any], Any], *types: type) -> None:
        super().__init__()
        if not callable(lambd):
            raise TypeError(f"Lambda: lambd must be a function. Got {type(lambd).__name__}.")
        self.lambd = lambd
        self.types = types or (object,)

    def takes(self, flat_inputs: list[Any]) -> list[bool]:
        """Say which parts are of the types."""
        return [isinstance(part, self.types) for part in flat_inputs]

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """Call the function."""
        return self.lambd(inpt)
