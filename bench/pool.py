"""Pooling and interpolation of images, forward and with the gradient, beside PyTorch. Run: python bench/pool.py"""

from harness import Case, main, values

POOLS = [  # name, shape, (functional, x) -> result, what its size is of the input's
    ("max_pool2d 3 / 2", (8, 64, 112, 112), lambda f, x: f.max_pool2d(x, 3, 2, 1), 0.25),
    ("max_pool2d 2 / 2", (32, 64, 28, 28), lambda f, x: f.max_pool2d(x, 2), 0.25),
    ("avg_pool2d 2 / 2", (32, 64, 28, 28), lambda f, x: f.avg_pool2d(x, 2), 0.25),
    ("avg_pool2d 3 / 1", (8, 64, 28, 28), lambda f, x: f.avg_pool2d(x, 3, 1, 1), 1),
    ("adaptive_avg_pool2d 1", (32, 512, 7, 7), lambda f, x: f.adaptive_avg_pool2d(x, 1), 1 / 49),
    ("adaptive_avg_pool2d 7", (8, 256, 28, 28), lambda f, x: f.adaptive_avg_pool2d(x, 7), 1 / 16),
    ("interpolate nearest x 2", (8, 64, 28, 28), lambda f, x: f.interpolate(x, scale_factor=2), 4),
    ("interpolate bilinear x 2", (8, 64, 28, 28), lambda f, x: f.interpolate(x, scale_factor=2, mode="bilinear"), 4),
]


def arguments(lib, shape, grad, last):
    x = values(lib, *shape)
    x = x.contiguous(memory_format=lib.channels_last) if last else x
    return (x.requires_grad_() if grad else x,)


def forward(pool):
    return lambda lib, x: pool(lib.nn.functional, x)


def both_ways(pool):
    def run(lib, x):
        x.grad = None
        pool(lib.nn.functional, x).sum().backward()

    return run


CASES = []
for name, shape, pool, share in POOLS:
    size = 4 * shape[0] * shape[1] * shape[2] * shape[3] * (1 + share)
    for grad, last in [(False, False), (True, False), (False, True)]:
        suffix = (" NHWC" if last else "") + (" with gradient" if grad else "")
        CASES.append(
            Case(
                f"{name} of {'x'.join(map(str, shape))}{suffix}",
                bytes=(2 if grad else 1) * size,
                setup=lambda lib, a=(shape, grad, last): arguments(lib, *a),
                run=(both_ways if grad else forward)(pool),
            )
        )

if __name__ == "__main__":
    main(CASES)
