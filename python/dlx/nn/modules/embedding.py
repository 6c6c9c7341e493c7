"""Tables of vectors that are looked up by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn import init
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops.creation import empty
from dlx.ops.embedding import embedding, embedding_bag

if TYPE_CHECKING:
    from dlx import _C
    from dlx._C import Tensor
    from dlx._types import Device

__all__ = ["Embedding", "EmbeddingBag"]


class _Table(Module):
    """What both layers hold: the table, and how its rows and gradients are treated."""

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
        weight: Tensor | None,
        freeze: bool,
        device: Device | None,
        dtype: _C.dtype | None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if num_embeddings < 0 or embedding_dim < 0:
            raise ValueError(
                f"{name}: num_embeddings and embedding_dim must not be negative. Got {num_embeddings}, {embedding_dim}."
            )
        if sparse:
            raise NotImplementedError(f"{name}: sparse=True needs sparse gradients, which dlx does not have.")
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(
                    f"{name}: padding_idx must be within num_embeddings={num_embeddings}. Got {padding_idx}."
                )
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if weight is None:
            table = empty(num_embeddings, embedding_dim, dtype=dtype, device=device)
            self.weight = Parameter(table, requires_grad=not freeze)
            self.reset_parameters()
        else:
            if tuple(weight.shape) != (num_embeddings, embedding_dim):
                raise ValueError(
                    f"{name}: the table must have shape ({num_embeddings}, {embedding_dim}). Got {tuple(weight.shape)}."
                )
            self.weight = Parameter(weight, requires_grad=not freeze)

    def reset_parameters(self) -> None:
        """Draw the first values anew: standard normal, zero in the row ``padding_idx``."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            init.zeros_(self.weight.detach()[self.padding_idx])

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, default in (
            ("padding_idx", None), ("max_norm", None), ("norm_type", 2), ("scale_grad_by_freq", False), ("mode", None)
        ):  # fmt: skip
            value = getattr(self, name, default)
            text += f", {name}={value!r}" if value != default else ""
        return text


class Embedding(_Table):
    """Look up a vector for each number; see :func:`dlx.nn.functional.embedding`.

    Args:
        num_embeddings: rows of the table.
        embedding_dim: length of a row.
        padding_idx: a row that starts as zero and gets no gradient.
        max_norm: the largest norm of a row; longer ones are scaled down when they are looked up.
        norm_type: p of that norm.
        scale_grad_by_freq: divide the gradient of a row by how often the row was looked up.
        sparse: must be False.
        device: of the table.
        dtype: of the table.

    Shapes: input any, of int32 or int64; output ``(*input.shape, embedding_dim)``; weight ``(num_embeddings,
    embedding_dim)``, which starts standard normal.

    Example:
        >>> nn.Embedding(10, 3)(dlx.tensor([[1, 2], [4, 9]])).shape
        dlx.Size([2, 2, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight,
            _freeze, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """Make a layer on a given table.

        Args:
            embeddings: the table, shape ``(num_embeddings, embedding_dim)``.
            freeze: whether the table stays as it is in training.
            padding_idx: as in the constructor; its row is taken as it is.
            max_norm: as in the constructor.
            norm_type: as in the constructor.
            scale_grad_by_freq: as in the constructor.
            sparse: must be False.

        Example:
            >>> nn.Embedding.from_pretrained(dlx.tensor([[1.0, 2.0], [3.0, 4.0]]))(dlx.tensor([1]))
            tensor([[3., 4.]])
        """
        rows, columns = _shape(cls, embeddings)
        return cls(
            rows, columns, padding_idx=padding_idx, max_norm=max_norm, norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq, sparse=sparse, _weight=embeddings, _freeze=freeze,
        )  # fmt: skip


class EmbeddingBag(_Table):
    """Look up vectors and take the sum, mean or maximum of each bag; see :func:`dlx.nn.functional.embedding_bag`.

    Args:
        num_embeddings: rows of the table.
        embedding_dim: length of a row.
        max_norm: the largest norm of a row; longer ones are scaled down when they are looked up.
        norm_type: p of that norm.
        scale_grad_by_freq: divide the gradient of a row by how often the row was looked up.
        mode: "sum", "mean" or "max".
        sparse: must be False.
        include_last_offset: whether offsets have one more entry, the end of the last bag.
        padding_idx: a row that starts as zero, does not count in its bag and gets no gradient.
        device: of the table.
        dtype: of the table.

    Shapes: input ``(bags, k)``, or ``(n,)`` with offsets ``(bags,)``; output ``(bags, embedding_dim)``.

    Example:
        >>> nn.EmbeddingBag(10, 3)(dlx.tensor([1, 2, 4, 5]), dlx.tensor([0, 3])).shape
        dlx.Size([2, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, False,
            device, dtype,
        )  # fmt: skip
        if mode not in ("sum", "mean", "max"):
            raise ValueError(f"EmbeddingBag: mode must be 'sum', 'mean' or 'max'. Got {mode!r}.")
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        return embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """Make a layer on a given table.

        Args:
            embeddings: the table, shape ``(num_embeddings, embedding_dim)``.
            freeze: whether the table stays as it is in training.
            max_norm: as in the constructor.
            norm_type: as in the constructor.
            scale_grad_by_freq: as in the constructor.
            mode: as in the constructor.
            sparse: must be False.
            include_last_offset: as in the constructor.
            padding_idx: as in the constructor; its row is taken as it is.

        Example:
            >>> nn.EmbeddingBag.from_pretrained(dlx.tensor([[1.0, 2.0], [3.0, 4.0]]))(dlx.tensor([[0, 1]]))
            tensor([[2., 3.]])
        """
        rows, columns = _shape(cls, embeddings)
        layer = cls(
            rows, columns, max_norm=max_norm, norm_type=norm_type, scale_grad_by_freq=scale_grad_by_freq, mode=mode,
            sparse=sparse, _weight=embeddings, include_last_offset=include_last_offset, padding_idx=padding_idx,
        )  # fmt: skip
        layer.weight.requires_grad = not freeze
        return layer


def _shape(cls: type, embeddings: Tensor) -> tuple[int, int]:
    if embeddings.dim() != 2:
        raise ValueError(f"{cls.__name__}: embeddings must have two dimensions. Got shape {tuple(embeddings.shape)}.")
    return embeddings.size(0), embeddings.size(1)
