"""Names for annotations. Imported by type checkers only, never at run time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, Any, TypeAlias

from dlx import _C

Number: TypeAlias = bool | int | float
Operand: TypeAlias = _C.Tensor | bool | int | float
Shape: TypeAlias = int | Sequence[int]  # an int stands for one dimension
Pair: TypeAlias = int | Sequence[int]  # an int stands for both height and width
Sizes: TypeAlias = int | Sequence[int]  # an int stands for all dimensions of an image, volume or sequence
OutputSizes: TypeAlias = int | Sequence[int | None] | None
Dims: TypeAlias = int | Sequence[int]
Device: TypeAlias = str | _C.device
File: TypeAlias = str | os.PathLike[str] | IO[bytes]
ArrayLike: TypeAlias = Any  # what numpy.asarray takes
