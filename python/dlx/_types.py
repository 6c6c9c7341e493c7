"""Names for annotations. Imported by type checkers only, never at run time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, Any, Union

from dlx import _C

Number = Union[bool, int, float]
Operand = Union["_C.Tensor", bool, int, float]
Shape = Union[int, Sequence[int]]  # an int stands for one dimension
Pair = Union[int, Sequence[int]]  # an int stands for both height and width
Dims = Union[int, Sequence[int]]
Device = Union[str, int, "_C.device"]
File = Union[str, "os.PathLike[str]", IO[bytes]]
ArrayLike = Any  # what numpy.asarray takes
