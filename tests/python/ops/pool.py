"""Entries of pooling."""

import itertools

import numpy as np
from op_table import NUMBERS, Error, Op, Sample, distinct, indices, literal, positive, probabilities, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64


def pair(x):
    return (x, x) if isinstance(x, int) else tuple(x)


def outputs(size, k, s, p, d, ceil_mode):
    span = size + 2 * p - d * (k - 1) - 1
    n = -(-span // s) + 1 if ceil_mode else span // s + 1
    return n - 1 if ceil_mode and (n - 1) * s >= size + p else n


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if x.ndim == 3:
        out = max_pool2d(x[None], kernel_size, stride, padding, dilation, ceil_mode, return_indices)
        return tuple(o[0] for o in out) if return_indices else out[0]
    k, p, d = pair(kernel_size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    n, c, h, w = x.shape
    oh, ow = (outputs(size, k[i], s[i], p[i], d[i], ceil_mode) for i, size in enumerate((h, w)))
    out, where = np.zeros((n, c, oh, ow), x.dtype), np.zeros((n, c, oh, ow), np.int64)
    for i in range(oh):
        for j in range(ow):
            rows = [r for r in range(i * s[0] - p[0], i * s[0] - p[0] + d[0] * k[0], d[0]) if 0 <= r < h]
            columns = [q for q in range(j * s[1] - p[1], j * s[1] - p[1] + d[1] * k[1], d[1]) if 0 <= q < w]
            window = x[:, :, rows][:, :, :, columns].reshape(n, c, len(rows) * len(columns))
            best = window.argmax(axis=2)
            out[:, :, i, j] = np.take_along_axis(window, best[..., None], 2)[..., 0]
            where[:, :, i, j] = np.array(rows)[best // len(columns)] * w + np.array(columns)[best % len(columns)]
    return (out, where) if return_indices else out


def each(x, nd):
    return (x,) * nd if x is None or isinstance(x, int) else tuple(x)


def over_windows(x, nd, windows, f):
    """f(elements of a window as the last dimension, their places in the plane), for all windows.

    windows: for each dimension a list of index arrays.
    """
    lead, size = x.shape[: x.ndim - nd], x.shape[x.ndim - nd :]
    planes = x.reshape(-1, *size)
    results = []
    for window in itertools.product(*windows):
        grid = np.ix_(*window)
        where = np.ravel_multi_index(tuple(np.broadcast_arrays(*grid)), size).reshape(-1) if size else None
        results.append(f(planes[(slice(None), *grid)].reshape(len(planes), len(where)), where))
    count = [len(w) for w in windows]
    shaped = lambda columns: np.stack(columns, axis=-1).reshape(*lead, *count)
    if not isinstance(results[0], tuple):
        return shaped(results)
    return tuple(shaped(list(column)) for column in zip(*results))


def largest(elements, where):
    best = elements.argmax(axis=1)
    return np.take_along_axis(elements, best[:, None], 1)[:, 0], where[best]


def fixed_windows(size, k, s, p, d, ceil_mode):
    starts = [i * s - p for i in range(outputs(size, k, s, p, d, ceil_mode))]
    return [np.array([a for a in range(b, b + d * k, d) if 0 <= a < size]) for b in starts]


def adaptive_windows(size, m):
    m = size if m is None else m
    return [np.arange(j * size // m, -(-(j + 1) * size // m)) for j in range(m)]


def max_pool(nd):
    def reference(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        k, p, d = each(kernel_size, nd), each(padding, nd), each(dilation, nd)
        s = k if stride is None else each(stride, nd)
        windows = [fixed_windows(n, *a, ceil_mode) for n, *a in zip(x.shape[-nd:], k, s, p, d)]
        both = over_windows(x, nd, windows, largest)
        return both if return_indices else both[0]

    return reference


def adaptive_max_pool(nd):
    def reference(x, output_size, return_indices=False):
        windows = [adaptive_windows(n, m) for n, m in zip(x.shape[-nd:], each(output_size, nd))]
        both = over_windows(x, nd, windows, largest)
        return both if return_indices else both[0]

    return reference


def avg_pool(nd):
    def reference(
        x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        k, p = each(kernel_size, nd), each(padding, nd)
        s = k if stride is None else each(stride, nd)
        size = x.shape[-nd:]
        windows = [fixed_windows(n, *a, 1, ceil_mode) for n, *a in zip(size, k, s, p)]
        sums = over_windows(x, nd, windows, lambda elements, where: elements.sum(axis=1))
        counts = [
            np.array([min(j * s[i] - p[i] + k[i], size[i] + p[i]) - (j * s[i] - p[i]) for j in range(len(w))])
            if count_include_pad
            else np.array([len(v) for v in w])
            for i, w in enumerate(windows)
        ]
        divisor = 1
        for c in counts:
            divisor = np.multiply.outer(divisor, c)
        return sums / (divisor if divisor_override is None else divisor_override)

    return reference


def adaptive_avg_pool(nd):
    def reference(x, output_size):
        windows = [adaptive_windows(n, m) for n, m in zip(x.shape[-nd:], each(output_size, nd))]
        return over_windows(x, nd, windows, lambda elements, where: elements.mean(axis=1))

    return reference


def lp_pool(nd):
    def reference(x, norm_type, kernel_size, stride=None, ceil_mode=False):
        means = avg_pool(nd)(x**norm_type, kernel_size, stride, 0, ceil_mode)
        return (means * np.prod(each(kernel_size, nd))) ** (1 / norm_type)

    return reference


def fractional_windows(size, k, m, u):
    """Where Graham's windows start: all but the last at steps of a in floor((j + u) * a)."""
    a = (size - k) / (m - 1) if m > 1 else 0
    starts = [int((j + u) * a) - int(u * a) for j in range(m - 1)] + [size - k]
    return [np.arange(start, start + k) for start in starts]


def fractional_max_pool(nd):
    order = [1, 0] if nd == 2 else [0, 1, 2]  # the first draw of an image is the width's, of a volume the depth's

    def reference(x, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
        k, size = each(kernel_size, nd), x.shape[-nd:]
        ratio = (output_ratio,) * nd if isinstance(output_ratio, float) else output_ratio
        m = each(output_size, nd) if ratio is None else tuple(int(n * r) for n, r in zip(size, ratio))
        both = [np.zeros((0, *m)), np.zeros((0, *m), np.int64)]
        for plane, u in zip(x.reshape(-1, 1, *size), _random_samples.reshape(-1, nd)):
            windows = [fractional_windows(n, a, b, u[at]) for n, a, b, at in zip(size, k, m, order)]
            found = over_windows(plane, nd, windows, largest)
            both = [np.concatenate([so_far, more.reshape(1, *m)]) for so_far, more in zip(both, found)]
        values, where = (part.reshape(*x.shape[:-nd], *m) for part in both)
        return (values, where) if return_indices else values

    return reference


def max_unpool(nd):
    def reference(x, at, kernel_size, stride=None, padding=0, output_size=None):
        k, p = each(kernel_size, nd), each(padding, nd)
        s = k if stride is None else each(stride, nd)
        if output_size is None:
            output_size = [(n - 1) * b - 2 * c + a for n, a, b, c in zip(x.shape[-nd:], k, s, p)]
        size = tuple(output_size)[-nd:]
        planes, count = int(np.prod(x.shape[: x.ndim - nd])), int(np.prod(x.shape[x.ndim - nd :]))
        out = np.zeros((planes, int(np.prod(size))))
        for plane, values, places in zip(out, x.reshape(planes, count), at.reshape(planes, count)):
            for value, place in zip(values, places):
                plane[place] = value
        return out.reshape(*x.shape[: x.ndim - nd], *size)

    return reference


def images(nd, *lead, make=distinct, size=(5, 4, 6)):
    return make(*lead, *size[:nd])


def max_entry(nd):
    big = [(4, 4, 9000), (4, 4, 100, 90), (2, 3, 24, 24, 24)][nd - 1]
    return Op(
        f"nn.functional.max_pool{nd}d",
        reference=max_pool(nd),
        samples=[
            Sample(images(nd, 2, 3), 2),
            Sample(images(nd, 3), 2),
            Sample(images(nd, 1, 2), 3, 2, 1),
            Sample(images(nd, 1, 2), 3, 1, 2, 2),
            Sample(images(nd, 1, 2), 2, stride=3, ceil_mode=True),
            Sample(images(nd, 2, 3), 2, return_indices=True),
            Sample(images(nd, 0, 3), 2),
            Sample(distinct(*big), 2).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(3), 2),
            Error(ShapeError, "spans 7", images(nd, 1, 1, make=randn), 7),
            Error(ValueError, "padding", images(nd, 1, 1, make=randn), 2, padding=2),
            Error(ValueError, "kernel_size", images(nd, 1, 1, make=randn), 0),
            Error(ValueError, "kernel_size", images(nd, 1, 1, make=randn), (2, 2, 2, 2)),
        ],
        dtypes=NUMBERS,
        result=lambda dtype: None,
        tolerance=dict.fromkeys(NUMBERS, 0),
        lacks={"0-d": "an input has channels"},
    )


def adaptive_entry(nd, kind, reference):
    f = f"nn.functional.adaptive_{kind}_pool{nd}d"
    big = [(4, 4, 9000), (4, 4, 100, 90), (2, 3, 24, 24, 24)][nd - 1]
    make = distinct if kind == "max" else randn
    samples = [
        Sample(images(nd, 2, 3, make=make), 1),
        Sample(images(nd, 3, make=make), 3),
        Sample(images(nd, 1, 2, make=make), 7),  # more windows than elements
        Sample(images(nd, 2, 3, make=make), (2, 3, 4)[:nd]),
        Sample(images(nd, 0, 3, make=make), 2),
        Sample(make(*big), 7).large(),
    ]
    if nd > 1:
        samples.append(Sample(images(nd, 2, 3, make=make), (None, 2, None)[:nd]))
    if nd == 2:
        samples.append(Sample(make(2, 3, 4, 6).channels_last(), (2, 3)).with_strides(18, 1, 9, 3))
    if kind == "max":
        samples.append(Sample(images(nd, 2, 3), 2, return_indices=True))
    errors = [
        Error(ShapeError, "dimensions", randn(3), 2),
        Error(ShapeError, "empty", randn(2, 3, *[0] * nd), 2),
        Error(ValueError, "output_size", images(nd, 1, 1, make=randn), -1),
        Error(ValueError, "output_size", images(nd, 1, 1, make=randn), (1, 2, 3, 4)),
    ]
    if kind == "max":
        return Op(
            f, reference=reference, samples=samples, errors=errors, dtypes=NUMBERS, result=lambda dtype: None,
            tolerance=dict.fromkeys(NUMBERS, 0), lacks={"0-d": "an input has channels"},
        )  # fmt: skip
    errors.append(Error(DtypeError, "floating", randn(1, 1, *[4] * nd, dtype=dlx.int64), 2))
    return Op(f, reference=reference, samples=samples, errors=errors, lacks={"0-d": "an input has channels"})


def avg_entry(nd):
    big = [(4, 4, 9000), (4, 4, 100, 90), (2, 3, 24, 24, 24)][nd - 1]
    image = lambda *lead: images(nd, *lead, make=randn)
    samples = [
        Sample(image(2, 3), 2),
        Sample(image(3), 2),
        Sample(image(1, 2), 3, 2, 1),
        Sample(image(1, 2), 3, 2, 1, True),
        Sample(image(1, 2), 3, 2, 1, True, False),
        Sample(image(1, 2), 3, stride=1, padding=1, count_include_pad=False),
        Sample(image(1, 2), (2, 1, 3)[:nd]),
        Sample(image(0, 3), 2),
        Sample(randn(*big), 3, 2, 1).large(),
    ]
    errors = [
        Error(ShapeError, "dimensions", randn(3), 2),
        Error(ShapeError, "spans 7", image(1, 1), 7),
        Error(ValueError, "padding", image(1, 1), 2, padding=2),
        Error(ValueError, "kernel_size", image(1, 1), 0),
        Error(DtypeError, "floating", randn(1, 1, *[4] * nd, dtype=dlx.int64), 2),
    ]
    if nd > 1:
        samples.append(Sample(image(2, 3), 2, divisor_override=3))
        errors.append(Error(ValueError, "divisor", image(2, 3), 2, divisor_override=0))
    if nd == 2:
        samples.append(Sample(randn(2, 3, 4, 6).channels_last(), 2).with_strides(18, 1, 9, 3))
        samples.append(Sample(randn(1, 17, 9, 11).channels_last(), 3, 1, 1))
    return Op(
        f"nn.functional.avg_pool{nd}d", reference=avg_pool(nd), samples=samples, errors=errors,
        lacks={"0-d": "an input has channels"},
    )  # fmt: skip


def lp_entry(nd):
    big = [(4, 4, 9000), (4, 4, 100, 90), (2, 3, 24, 24, 24)][nd - 1]
    return Op(
        f"nn.functional.lp_pool{nd}d",
        reference=lp_pool(nd),
        samples=[
            Sample(images(nd, 2, 3, make=positive), 2, 2),
            Sample(images(nd, 3, make=positive), 3, 2, 1),
            Sample(images(nd, 3, make=positive), 1.5, 3, 2, True),
            Sample(images(nd, 0, 3, make=positive), 2, 2),
            Sample(positive(*big), 2, 2).large(),
        ],
        errors=[Error(ShapeError, "spans 7", images(nd, 1, 1, make=randn), 2, 7)],
        tolerance={float32: 1e-5, float16: 6e-3, dlx.bfloat16: 5e-2},
        covers=("avg_pool1d",),
        lacks={"0-d": "an input has channels"},
    )


def fractional_entry(nd):
    name = f"fractional_max_pool{nd}d"
    draws = lambda *lead: probabilities(*lead, nd, dtype=float64).constant()
    big = [100, 30][nd - 2]
    return Op(
        f"nn.functional.{name}",
        reference=fractional_max_pool(nd),
        samples=[
            Sample(images(nd, 2, 3, size=(7, 6, 9)), 2, 3, None, False, draws(2, 3)),
            Sample(images(nd, 3, size=(7, 6, 9)), 3, [2, 4, 1][-nd:], None, True, draws(1, 3)),
            Sample(images(nd, 2, 3, size=(7, 6, 9)), [3, 1, 2][-nd:], None, 0.5, False, draws(2, 3)),
            Sample(
                images(nd, 1, 2, size=(5, 5, 5)), 1, output_ratio=[0.9, 0.7, 0.5][-nd:], _random_samples=draws(1, 2)
            ),
            Sample(images(nd, 1, 2, size=(4, 4, 4)), 4, 1, _random_samples=draws(1, 2)),
            Sample(images(nd, 0, 3, size=(7, 6, 9)), 2, 3, _random_samples=draws(0, 3)),
            Sample(literal(np.full((1, 1, *[3] * nd), np.nan)), 2, 2, _random_samples=draws(1, 1)).kinked(),
            Sample(distinct(2, 3, *[big] * nd), 2, big // 2, _random_samples=draws(2, 3)).large(),
        ],
        errors=[
            Error(ShapeError, f"{nd + 1} or {nd + 2} dimensions", randn(*[3] * nd), 2, 1),
            Error(ShapeError, "output_size + kernel_size - 1", randn(1, *[4] * nd), 3, 3),
            Error(ShapeError, "output_size=", randn(1, *[4] * nd), 2, 0),
            Error(ShapeError, "_random_samples must have shape", randn(2, *[4] * nd), 2, 2, None, False, draws(2, 2)),
            Error(ValueError, "one of output_size and output_ratio", randn(1, *[4] * nd), 2),
            Error(ValueError, "one of output_size and output_ratio", randn(1, *[4] * nd), 2, 2, 0.5),
            Error(ValueError, "in (0, 1)", randn(1, *[4] * nd), 2, output_ratio=1.5),
        ],
        tolerance={float32: 0, float64: 0, float16: 0, dlx.bfloat16: 0},
        result=lambda dtype: None,
        covers=("gather", "max"),
        lacks={"0-d": "an input has channels"},
    )


def unpool_entry(nd):
    places = np.stack([np.random.default_rng(i).permutation(4**nd)[: 2**nd].reshape([2] * nd) for i in range(6)])
    given, one = literal(places.reshape(2, 3, *[2] * nd), dlx.int64), literal(places[:3], dlx.int64)
    big = [4000, 60, 16][nd - 1]
    return Op(
        f"nn.functional.max_unpool{nd}d",
        reference=max_unpool(nd),
        samples=[
            Sample(randn(2, 3, *[2] * nd), given, 2),
            Sample(randn(3, *[2] * nd), one, 2),
            Sample(randn(2, 3, *[2] * nd), given, 2, output_size=(2, 3, *[5] * nd)),
            Sample(randn(2, 3, *[2] * nd), given, 4, 2, 1),
            Sample(randn(0, 3, *[2] * nd), indices(0, 3, *[2] * nd, below=4), 2),
            Sample(randn(5, 2, *[big] * nd), spread(5, 2, *[big] * nd), 2).large(),
        ],
        errors=[
            Error(ShapeError, "indices", randn(2, 3, *[2] * nd), indices(2, 3, *[1] * nd, below=4), 2),
            Error(DtypeError, "indices", randn(2, 3, *[2] * nd), randn(2, 3, *[2] * nd, dtype=float32), 2),
            Error(
                IndexError,
                "out of bounds",
                randn(2, 3, *[2] * nd),
                indices(2, 3, *[2] * nd, below=999, at_least=900),
                2,
            ),
            Error(ValueError, "output_size", randn(2, 3, *[2] * nd), given, 2, output_size=[9] * nd),
        ],
        covers=("max_unpool",),
        lacks={"0-d": "an input has channels"},
    )


def spread(*shape):
    """Every second place of a plane twice as large in each dimension."""
    n = int(np.prod(shape[2:]))
    return literal(np.broadcast_to((2 * np.arange(n)).reshape(shape[2:]), shape), dlx.int64)


OPS = [
    Op(
        "nn.functional.max_pool2d",
        reference=max_pool2d,
        samples=[
            Sample(distinct(2, 3, 4, 6), 2),
            Sample(distinct(3, 4, 6), 2),
            Sample(distinct(1, 2, 7, 5), 3, 2),
            Sample(distinct(1, 2, 7, 5), (3, 2), (2, 1), (1, 0)),
            Sample(distinct(1, 2, 9, 8), 3, 1, 1, 2),
            Sample(distinct(1, 2, 6, 7), 2, 2, 0, 1, True),
            Sample(distinct(1, 2, 6, 7), 3, 2, 1, ceil_mode=True),
            Sample(distinct(2, 3, 4, 6), 2, return_indices=True),
            Sample(distinct(0, 3, 4, 6), 2),
            Sample(distinct(2, 3, 4, 6).channels_last(), 2).with_strides(18, 1, 9, 3),
            Sample(literal([[[[1.0, 1.0, np.nan, 2.0], [1.0, 1.0, 0.0, np.nan]]]]), 2).only(float32, float64).kinked(),
            Sample(literal([[[[-np.inf, -np.inf], [-np.inf, -np.inf]]]]), 2, padding=1).only(float32, float64).kinked(),
            Sample(distinct(8, 4, 60, 61), 2).large(),
        ],
        errors=[
            Error(ShapeError, "(3, 4)", randn(3, 4), 2),
            Error(ShapeError, "", randn(1, 1, 2, 2), 3),
            Error(ValueError, "padding", randn(1, 1, 4, 4), 2, padding=2),
            Error(ValueError, "kernel_size", randn(1, 1, 4, 4), 0),
            Error(ValueError, "stride", randn(1, 1, 4, 4), 2, 0),
            Error(ValueError, "dilation", randn(1, 1, 4, 4), 2, dilation=0),
        ],
        dtypes=NUMBERS,
        result=lambda dtype: None,
        tolerance={float32: 0, float64: 0, float16: 0, dlx.bfloat16: 0},
        lacks={"0-d": "images have three dimensions at least"},
    ),
    max_entry(1),
    max_entry(3),
    *(avg_entry(nd) for nd in (1, 2, 3)),
    *(adaptive_entry(nd, "avg", adaptive_avg_pool(nd)) for nd in (1, 2, 3)),
    *(adaptive_entry(nd, "max", adaptive_max_pool(nd)) for nd in (1, 2, 3)),
    *(lp_entry(nd) for nd in (1, 2, 3)),
    *(fractional_entry(nd) for nd in (2, 3)),
    *(unpool_entry(nd) for nd in (1, 2, 3)),
]
