"""The adaptive softmax: many classes of which few are frequent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dlx import _C
from dlx.nn.modules.container import ModuleList, Sequential
from dlx.nn.modules.linear import Linear
from dlx.nn.modules.module import Module
from dlx.ops.softmax import log_softmax

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _Result(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Give the log-probabilities of right classes, computing little for those that are rare.

    Classes are sorted by falling frequency and cut into a shortlist and clusters. A first layer scores the shortlist
    and each cluster as a whole; the classes of a cluster are scored, from fewer features, only for rows whose target
    is there.

    Args:
        in_features: size of the last dimension of the input.
        n_classes: how many classes.
        cutoffs: where clusters begin, rising, in [1, n_classes).
        div_value: each cluster has so many times fewer features than the one before.
        head_bias: whether the first layer has a bias.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_features)``, target ``(n,)``; both also without ``n``.

    Returns:
        ``(output, loss)``: the log-probability of each target, of the shape of ``target``, and minus its mean.

    Raises:
        ValueError: ``cutoffs`` are not as said.
        ShapeError: the input or the target has another shape.
        IndexError: a target is out of range.

    Example:
        >>> layer = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
        >>> output, loss = layer(dlx.randn(4, 16), dlx.tensor([3, 99, 12, 60]))
        >>> output.shape, loss.shape
        (dlx.Size([4]), dlx.Size([]))

    Source: Grave, Joulin, Cisse, Grangier and Jegou 2016, arXiv:1609.04309.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        bounds = list(cutoffs)
        if not bounds or bounds != sorted(set(bounds)) or bounds[0] < 1 or bounds[-1] >= n_classes:
            raise ValueError(
                "AdaptiveLogSoftmaxWithLoss: cutoffs must be rising integers, at least one, in [1, n_classes). "
                f"Got {bounds} with n_classes={n_classes}."
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*bounds, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = bounds[0]
        self.n_clusters = len(bounds)
        self.head_size = self.shortlist_size + self.n_clusters
        options: Any = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, head_bias, **options)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            features = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, features, bias=False, **options),
                    Linear(features, high - low, bias=False, **options),
                )
            )

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input: Tensor, target: Tensor) -> _Result:
        single = input.ndim == 1
        rows = input[None] if single else input
        labels = target[None] if single and target.ndim == 0 else target
        self._check(rows, input)
        if labels.shape != rows.shape[:1]:
            raise _C.ShapeError(
                "AdaptiveLogSoftmaxWithLoss: target must have a class for each row of input. "
                f"Got {tuple(target.shape)} for input of shape {tuple(input.shape)}."
            )
        if labels.numel() > 0 and not 0 <= int(labels.min()) <= int(labels.max()) < self.n_classes:
            raise IndexError(
                f"AdaptiveLogSoftmaxWithLoss: targets must be in [0, {self.n_classes - 1}]. "
                f"Got {int(labels.min())} to {int(labels.max())}."
            )
        # In the first layer's scores: the class itself, or the cluster that has it.
        place = labels
        clusters = []
        for i, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            inside = (labels >= low) & (labels < high)
            place = place.masked_fill(inside, self.shortlist_size + i)
            clusters.append((inside.nonzero()[:, 0], low))
        output = log_softmax(self.head(rows), 1).gather(1, place[:, None])[:, 0]
        for layer, (which, low) in zip(self.tail, clusters):
            if which.numel() > 0:
                within = log_softmax(layer(rows[which]), 1)
                output = output.index_add(0, which, within.gather(1, (labels[which] - low)[:, None])[:, 0])
        loss = -output.mean()
        return _Result(output[0] if single else output, loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """Return the log-probabilities of all classes, shape ``(n, n_classes)``."""
        self._check(input, input)
        first = log_softmax(self.head(input), 1)
        parts = [first[:, : self.shortlist_size]]
        for i, layer in enumerate(self.tail):
            at = self.shortlist_size + i
            parts.append(first[:, at : at + 1] + log_softmax(layer(input), 1))  # type: ignore[misc]
        return _C.cat(parts, 1, None)

    def predict(self, input: Tensor) -> Tensor:
        """Return the most likely class of each row, shape ``(n,)``; clusters are scored only for rows that need it."""
        self._check(input, input)
        scores = self.head(input)
        best = scores.argmax(1)
        unsure = (best >= self.shortlist_size).nonzero()[:, 0]
        return best if unsure.numel() == 0 else best.index_copy(0, unsure, self.log_prob(input[unsure]).argmax(1))

    def _check(self, rows: Tensor, input: Tensor) -> None:
        if rows.ndim != 2 or rows.shape[1] != self.in_features:
            raise _C.ShapeError(
                f"AdaptiveLogSoftmaxWithLoss: input must have shape (n, {self.in_features}). Got {tuple(input.shape)}."
            )
