"""Entries of optimizer steps, by the formulas of PyTorch's documentation. One call steps all parameters."""

import numpy as np
from op_table import FLOATS, Op, Sample, literal, positive, randn

import dlx
from dlx import float16, float32, float64


def sgd_step(params, grads, buffers, lr, momentum, dampening, weight_decay, nesterov, maximize):
    new_params, new_buffers = [], []
    for i, (p, g) in enumerate(zip(params, grads)):
        g = (-g if maximize else g) + weight_decay * p
        if momentum:
            buffer = momentum * buffers[i] + (1 - dampening) * g
            new_buffers.append(buffer)
            g = g + momentum * buffer if nesterov else buffer
        new_params.append(p - lr * g)
    return (*new_params, *new_buffers)


def adam_step(
    params, grads, means, squares, maxima, steps, lr, beta1, beta2, eps, weight_decay, decoupled, amsgrad, maximize
):
    new = [[], [], [], [], []]
    for i, (p, g, m, v, t) in enumerate(zip(params, grads, means, squares, steps)):
        t, g = t + 1, -g if maximize else g
        p, g = (p * (1 - lr * weight_decay), g) if decoupled else (p, g + weight_decay * p)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        top = v
        if amsgrad:
            top = np.maximum(maxima[i], v)
            new[3].append(top)
        p = p - lr / (1 - beta1**t) * m / (np.sqrt(top) / np.sqrt(1 - beta2**t) + eps)
        for kept, value in zip((new[0], new[1], new[2], new[4]), (p, m, v, t)):
            kept.append(value)
    return tuple(x for group in new for x in group)


def rmsprop_step(params, grads, squares, means, buffers, steps, lr, alpha, eps, weight_decay, momentum, maximize):
    new = [[], [], [], [], []]
    for i, (p, g, v, t) in enumerate(zip(params, grads, squares, steps)):
        g = (-g if maximize else g) + weight_decay * p
        v = alpha * v + (1 - alpha) * g * g
        spread = v
        if means:
            m = alpha * means[i] + (1 - alpha) * g
            new[2].append(m)
            spread = v - m * m
        u = g / (np.sqrt(spread) + eps)
        if buffers:
            u = momentum * buffers[i] + u
            new[3].append(u)
        for kept, value in zip((new[0], new[1], new[4]), (p - lr * u, v, t + 1)):
            kept.append(value)
    return tuple(x for group in new for x in group)


def adagrad_step(params, grads, sums, steps, lr, lr_decay, eps, weight_decay, maximize):
    new = [[], [], []]
    for p, g, s, t in zip(params, grads, sums, steps):
        g = (-g if maximize else g) + weight_decay * p
        s = s + g * g
        p = p - lr / (1 + t * lr_decay) * g / (np.sqrt(s) + eps)
        for kept, value in zip(new, (p, s, t + 1)):
            kept.append(value)
    return tuple(x for group in new for x in group)


def total_norm(tensors, p):
    parts = np.abs(np.concatenate([x.reshape(-1) for x in tensors]))
    return np.asarray(np.linalg.norm(parts, p), dtype=tensors[0].dtype)


def clip_to_norm(tensors, norm, max_norm):
    factor = max_norm / (norm + 1e-6)
    return tuple(x if factor >= 1 else x * factor for x in tensors)


def clip_to_value(tensors, limit):
    return tuple(np.clip(x, -limit, limit) for x in tensors)


LR = literal(0.1, float64)
SHAPES = [(3, 4), (), (1025,), (0, 2)]
LARGE = [(300, 301), (5,)]


def state(shapes, make=randn):
    return [make(*shape).constant().updated() for shape in shapes]


def grads(shapes):
    return [randn(*shape).constant() for shape in shapes]


def steps(shapes):
    return [literal(float(i), float64).constant().updated() for i in range(len(shapes))]


def sgd(shapes, *options):
    return Sample(state(shapes), grads(shapes), state(shapes) if options[0] else [], LR, *options)


def adam(shapes, *options):
    maxima = state(shapes, positive) if options[-2] else []
    return Sample(
        state(shapes), grads(shapes), state(shapes), state(shapes, positive), maxima, steps(shapes), LR, *options
    )


def rmsprop(shapes, alpha, eps, weight_decay, momentum, maximize, centered=False):
    # Averages far below the root of the squares, so that their difference loses no digits.
    means = state(shapes, lambda *shape: 0.1 * randn(*shape)) if centered else []
    buffers = state(shapes) if momentum else []
    return Sample(
        state(shapes), grads(shapes), state(shapes, lambda *shape: positive(*shape) + 1), means, buffers, steps(shapes),
        LR, alpha, eps, weight_decay, momentum, maximize,
    )  # fmt: skip


def adagrad(shapes, *options):
    return Sample(state(shapes), grads(shapes), state(shapes, positive), steps(shapes), LR, *options)


LACKS = {
    "parallel backward": "no gradient",
    "layouts": "parameters and their state are contiguous",
    "errors": "dlx.optim checks what users give",
}
TOLERANCE = {float32: 1e-5, float16: 4e-3, dlx.bfloat16: 4e-2}

OPS = [
    Op(
        "_C.sgd_step",
        reference=sgd_step,
        samples=[
            sgd(SHAPES, 0.0, 0.0, 0.0, False, False),
            sgd(SHAPES, 0.0, 0.0, 0.1, False, True),
            sgd(SHAPES, 0.9, 0.0, 0.1, False, False),
            sgd(SHAPES, 0.9, 0.25, 0.0, False, False),
            sgd(SHAPES, 0.9, 0.0, 0.0, True, True),
            sgd(LARGE, 0.9, 0.0, 0.1, False, False).large(),
        ],
        dtypes=FLOATS,
        result=lambda dtype: None,
        gradient=False,
        tolerance=TOLERANCE,
        lacks=LACKS,
    ),
    Op(
        "_C.adam_step",
        reference=adam_step,
        samples=[
            adam(SHAPES, 0.9, 0.999, 1e-8, 0.0, False, False, False),
            adam(SHAPES, 0.9, 0.999, 1e-8, 0.1, False, False, True),
            adam(SHAPES, 0.8, 0.99, 1e-3, 0.1, True, False, False),
            adam(SHAPES, 0.9, 0.999, 1e-8, 0.0, False, True, False),
            adam(LARGE, 0.9, 0.999, 1e-8, 0.01, True, False, False).large(),
        ],
        dtypes=FLOATS,
        result=lambda dtype: None,
        gradient=False,
        tolerance=TOLERANCE,
        lacks=LACKS,
    ),
    Op(
        "_C.rmsprop_step",
        reference=rmsprop_step,
        samples=[
            rmsprop(SHAPES, 0.99, 1e-8, 0.0, 0.0, False),
            rmsprop(SHAPES, 0.9, 1e-3, 0.1, 0.0, True),
            rmsprop(SHAPES, 0.9, 1e-8, 0.0, 0.9, False),
            rmsprop(SHAPES, 0.9, 1e-8, 0.1, 0.9, False, centered=True),
            rmsprop(LARGE, 0.9, 1e-8, 0.1, 0.9, False, centered=True).large(),
        ],
        dtypes=FLOATS,
        result=lambda dtype: None,
        gradient=False,
        tolerance=TOLERANCE,
        lacks=LACKS,
    ),
    Op(
        "_C.adagrad_step",
        reference=adagrad_step,
        samples=[
            adagrad(SHAPES, 0.0, 1e-10, 0.0, False),
            adagrad(SHAPES, 0.5, 1e-3, 0.1, True),
            adagrad(LARGE, 0.1, 1e-10, 0.0, False).large(),
        ],
        dtypes=FLOATS,
        result=lambda dtype: None,
        gradient=False,
        tolerance=TOLERANCE,
        lacks=LACKS,
    ),
    Op(
        "_C.total_norm",
        reference=total_norm,
        samples=[
            *[Sample(grads(SHAPES), p) for p in (2.0, 1.0, 3.0, np.inf)],
            Sample(grads(SHAPES[:3]), -np.inf),
            *[Sample(grads(LARGE), p).large() for p in (2.0, np.inf)],
        ],
        dtypes=FLOATS,
        gradient=False,
        tolerance=TOLERANCE,
        lacks=LACKS,
    ),
    Op(
        "_C.clip_to_norm",
        reference=clip_to_norm,
        samples=[
            Sample(state(SHAPES), literal(2.0).constant(), 1.0),
            Sample(state(SHAPES), literal(2.0).constant(), 3.0),
            Sample(state(LARGE), literal(2.0).constant(), 1.0).large(),
        ],
        dtypes=FLOATS,
        result=lambda dtype: None,
        gradient=False,
        tolerance=TOLERANCE,
        lacks=LACKS,
    ),
    Op(
        "_C.clip_to_value",
        reference=clip_to_value,
        samples=[Sample(state(SHAPES), 0.5), Sample(state(LARGE), 0.5).large()],
        dtypes=FLOATS,
        result=lambda dtype: None,
        gradient=False,
        tolerance=TOLERANCE,
        lacks=LACKS,
    ),
]
