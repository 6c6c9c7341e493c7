"""einsum: sums of products named by letters, lowered to permutations, sums and batched matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["einsum"]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
Label = str | int  # a letter, or a dimension that an ellipsis stands for: -1 the last, -2 the one before it, ...


def einsum(*args: Any) -> Tensor:
    """Sum products of elements, with the dimensions named by letters.

    ``einsum("ik,kj->ij", a, b)`` is ``a @ b``: letters that the result does not name are summed over. A letter twice in
    one operand takes its diagonal; ``...`` stands for dimensions without a name, which broadcast; without ``->`` the
    result has the letters that stand once, in the order of the alphabet. ``einsum(a, [0, 1], b, [1, 2], [0, 2])`` names
    them by numbers.

    Args:
        *args: the equation and the operands (any number, or one list of them), or operands and lists of numbers by
            turns. All are of one dtype, not bool.

    Returns:
        Tensor.

    Raises:
        ValueError: the equation cannot be read, or does not name the operands' dimensions.
        ShapeError: two sizes of one letter differ.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.einsum("ij,j->i", dlx.tensor([[1.0, 2.0], [3.0, 4.0]]), dlx.tensor([1.0, 1.0]))
        tensor([3., 7.])

    More than two operands are multiplied in the order that opt_einsum finds, where it is installed, else from left to
    right.
    """
    equation, operands = _read(args)
    terms, result = _parsed(equation, operands)
    return _contracted(list(operands), terms, result)


def _read(args: tuple[Any, ...]) -> tuple[str, Sequence[Tensor]]:
    """The equation and the operands, of either form of call."""
    if not args:
        raise ValueError("einsum: an equation and its operands are needed.")
    if isinstance(args[0], str):
        operands = args[1:]
        if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
            operands = tuple(operands[0])
        equation = args[0]
    else:
        result = f"->{_spelled(args[-1])}" if len(args) % 2 else ""
        operands = args[: len(args) // 2 * 2 : 2]
        equation = ",".join(_spelled(labels) for labels in args[1::2]) + result
    if not operands:
        raise ValueError("einsum: there must be one operand at least.")
    for i, x in enumerate(operands):
        if not isinstance(x, _C.Tensor):
            raise TypeError(f"einsum: operand {i} must be a Tensor. Got {type(x).__name__}.")
    return equation, operands


def _spelled(labels: Any) -> str:
    """A list of numbers as letters."""
    if not isinstance(labels, (list, tuple)):
        raise TypeError(
            f"einsum: the dimensions of an operand are named by a list of numbers. Got {type(labels).__name__}."
        )
    for label in labels:
        if label is not Ellipsis and not (isinstance(label, int) and 0 <= label < len(_LETTERS)):
            raise ValueError(f"einsum: a number in a list must be from 0 to {len(_LETTERS) - 1}. Got {label!r}.")
    return "".join("..." if label is Ellipsis else _LETTERS[label] for label in labels)


def _letters(part: str, equation: str) -> tuple[str, str | None]:
    """The letters before and after the ellipsis; None after if there is none."""
    before, dots, after = part.partition("...")
    for letter in before + after:
        if letter not in _LETTERS:
            raise ValueError(f"einsum: {letter!r} in equation {equation!r} is no letter.")
    return before, after if dots else None


def _parsed(equation: str, operands: Sequence[Tensor]) -> tuple[list[list[Label]], list[Label]]:
    """The labels of each operand's dimensions, and those of the result."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        raise ValueError(f"einsum: equation {equation!r} names {len(parts)} operands. Got {len(operands)}.")
    terms: list[list[Label]] = []
    widest = 0  # dimensions that the longest ellipsis stands for
    for i, (part, x) in enumerate(zip(parts, operands)):
        before, after = _letters(part, equation)
        named = len(before) + len(after or "")
        hidden = x.ndim - named
        if hidden < 0 or (hidden > 0 and after is None):
            raise ValueError(f"einsum: {part!r} names {named} dimensions but operand {i} has shape {tuple(x.shape)}.")
        terms.append([*before, *range(-hidden, 0), *(after or "")])
        widest = max(widest, hidden)
    unnamed = list(range(-widest, 0))
    if arrow:
        before, after = _letters(right, equation)
        # PyTorch sums over what an ellipsis stood for if the result does not name it.
        result: list[Label] = [*before, *(unnamed if after is not None else []), *(after or "")]
        known = {label for term in terms for label in term}
        for label in result:
            if result.count(label) > 1:
                raise ValueError(f"einsum: the result of {equation!r} names {label!r} twice.")
            if label not in known and isinstance(label, str):
                raise ValueError(f"einsum: the result of {equation!r} names {label!r}, which no operand has.")
    else:
        letters = [label for term in terms for label in term if isinstance(label, str)]
        result = [*unnamed, *sorted(letter for letter in set(letters) if letters.count(letter) == 1)]
    return terms, result


def _diagonal(x: Tensor, labels: list[Label]) -> tuple[Tensor, list[Label]]:
    """A label that stands twice is one step along all its dimensions."""
    different = list(dict.fromkeys(labels))
    if len(different) == len(labels):
        return x, labels
    for label in different:
        dims = [d for d, other in enumerate(labels) if other == label]
        if len(dims) == 1:
            continue
        n = x.shape[dims[0]]
        if any(x.shape[d] != n for d in dims):
            raise _C.ShapeError(
                f"einsum: {label!r} names dimensions of different sizes in one operand. Got shape {tuple(x.shape)}."
            )
        # These dimensions last and as one: the diagonal is every (1 + n + n**2 + ...)-th of their elements.
        rest = [d for d in range(x.ndim) if d not in dims]
        step = sum(n**i for i in range(len(dims)))
        flat = _C.reshape(_C.permute(x, rest + dims), [*(x.shape[d] for d in rest), n ** len(dims)])
        x = _C.slice(flat, len(rest), 0, (n - 1) * step + 1 if n else 0, step)
        labels = [*(labels[d] for d in rest), label]
    return x, labels


def _contracted(operands: list[Tensor], terms: list[list[Label]], result: list[Label]) -> Tensor:
    """The sum over all labels that the result does not name."""
    sizes: dict[Label, int] = {}
    for i, labels in enumerate(terms):
        operands[i], terms[i] = _diagonal(operands[i], labels)
        for label, size in zip(terms[i], operands[i].shape):
            known = sizes.get(label, 1)
            if size not in (1, known) and known != 1:
                raise _C.ShapeError(f"einsum: {_name(label)} has size {known} and size {size} in two operands.")
            sizes[label] = size if known == 1 else known
    for i, labels in enumerate(terms):  # a size of 1 that broadcasts names nothing
        dropped = [d for d, label in enumerate(labels) if operands[i].shape[d] != sizes[label]]
        if dropped:
            operands[i] = _C.squeeze(operands[i], dropped)
            terms[i] = [label for d, label in enumerate(labels) if d not in dropped]
    for pair in _path(operands, terms, result, sizes):
        chosen = sorted(pair, reverse=True)
        (y, of_y), (x, of_x) = ((operands.pop(i), terms.pop(i)) for i in chosen)
        needed = {*result, *(label for term in terms for label in term)}
        product, labels = _product(x, of_x, y, of_y, needed)
        operands.append(product)
        terms.append(labels)
    x, labels = _summed(operands[0], terms[0], set(result))
    for label in result:  # an ellipsis in the result that no operand fills
        if label not in labels:
            x, labels = _C.unsqueeze(x, 0), [label, *labels]
    return _C.permute(x, [labels.index(label) for label in result]) if labels != result else x


def _name(label: Label) -> str:
    """A label as messages show it."""
    return repr(label) if isinstance(label, str) else f"dimension {label} of the ellipsis"


def _path(
    operands: list[Tensor], terms: list[list[Label]], result: list[Label], sizes: dict[Label, int]
) -> list[tuple[int, int]]:
    """Which two to multiply, one step after the other; a product goes to the end of the list."""
    count = len(operands)
    if count > 2:
        try:
            import opt_einsum
        except ImportError:
            pass
        else:
            letters = {label: opt_einsum.get_symbol(i) for i, label in enumerate(sizes)}
            spelled = [
                "".join(letters[label] for label in term) for term in [*terms, [r for r in result if r in sizes]]
            ]
            equation = f"{','.join(spelled[:-1])}->{spelled[-1]}"
            shapes = [tuple(x.shape) for x in operands]
            steps = opt_einsum.contract_path(equation, *shapes, shapes=True)[0]
            if all(len(step) == 2 for step in steps):
                return steps
    return [(0, 1)] + [(0, left) for left in range(count - 2, 0, -1)] if count > 1 else []


def _summed(x: Tensor, labels: list[Label], needed: set[Label]) -> tuple[Tensor, list[Label]]:
    """Without the labels that nobody needs."""
    over = [d for d, label in enumerate(labels) if label not in needed]
    if not over:
        return x, labels
    return _C.sum(x, over, False, x.dtype, None), [label for label in labels if label in needed]


def _product(
    x: Tensor, of_x: list[Label], y: Tensor, of_y: list[Label], needed: set[Label]
) -> tuple[Tensor, list[Label]]:
    """The product of two operands, summed over the labels that nobody needs any more."""
    x, of_x = _summed(x, of_x, {*needed, *of_y})
    y, of_y = _summed(y, of_y, {*needed, *of_x})
    shared = [label for label in of_x if label in of_y]
    batch = [label for label in shared if label in needed]
    summed = [label for label in shared if label not in needed]
    rows = [label for label in of_x if label not in of_y]
    columns = [label for label in of_y if label not in of_x]
    size_of = {**dict(zip(of_y, y.shape)), **dict(zip(of_x, x.shape))}
    count = lambda labels: _numel([size_of[label] for label in labels])
    a = _C.permute(x, [of_x.index(label) for label in [*batch, *rows, *summed]])
    b = _C.permute(y, [of_y.index(label) for label in [*batch, *summed, *columns]])
    a = _C.reshape(a, [count(batch), count(rows), count(summed)])
    b = _C.reshape(b, [count(batch), count(summed), count(columns)])
    labels = [*batch, *rows, *columns]
    return _C.reshape(_C.matmul(a, b, None), [size_of[label] for label in labels]), labels


def _numel(sizes: list[int]) -> int:
    """The product of sizes."""
    product = 1
    for size in sizes:
        product *= size
    return product
