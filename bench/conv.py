"""2-d convolutions, forward and with gradients, beside PyTorch. Run: python bench/conv.py [--threads 1]"""

from harness import Case, main, values


def arguments(lib, n, c, h, oc, k, groups, grad, last):
    x, w, b = values(lib, n, c, h, h), values(lib, oc, c // groups, k, k), values(lib, oc)
    if last:
        x = x.contiguous(memory_format=lib.channels_last)
        w = w.contiguous(memory_format=lib.channels_last) if lib.__name__ == "torch" else w
    return tuple(t.requires_grad_() for t in (x, w, b)) if grad else (x, w, b)


def forward(stride, padding, groups):
    return lambda lib, x, w, b: lib.nn.functional.conv2d(x, w, b, stride, padding, 1, groups)


def both_ways(stride, padding, groups):
    def run(lib, x, w, b):
        x.grad = w.grad = b.grad = None
        lib.nn.functional.conv2d(x, w, b, stride, padding, 1, groups).sum().backward()

    return run


SHAPES = [  # n, c, h, oc, k, stride, groups
    (32, 1, 8, 32, 3, 1, 1),
    (32, 32, 8, 64, 3, 1, 1),
    (16, 6, 14, 16, 5, 1, 1),
    (8, 64, 56, 64, 3, 1, 1),
    (8, 3, 112, 64, 7, 2, 1),
    (8, 256, 14, 256, 3, 1, 1),
    (8, 128, 28, 256, 3, 2, 1),
    (8, 256, 28, 64, 1, 1, 1),
    (1, 512, 7, 512, 3, 1, 1),
    (4, 128, 28, 128, 3, 1, 32),
    (8, 128, 28, 128, 3, 1, 128),
    (8, 144, 56, 144, 3, 2, 144),
    (8, 960, 7, 960, 3, 1, 960),
]
CASES = []
for n, c, h, oc, k, stride, groups in SHAPES:
    size = (h + 2 * (k // 2) - k) // stride + 1
    flops = 2 * n * oc * size * size * (c // groups) * k * k
    kind = "depthwise " if groups == c > 1 else ""
    name = f"{kind}conv {n}x{c}x{h}x{h} -> {oc}, {k}x{k}" + (f" / {stride}" if stride > 1 else "")
    name += f", {groups} groups" if 1 < groups < c else ""
    layouts = [(False, False), (True, False)] + [(False, True)] * (c >= 32) + [(True, True)] * (groups == c > 1)
    for grad, last in layouts:
        CASES.append(
            Case(
                name + (" NHWC" if last else "") + (" with gradients" if grad else ""),
                bytes=4 * n * (c * h * h + oc * size * size) * (3 if grad else 1),
                flops=(3 if grad else 1) * flops,
                setup=lambda lib, a=(n, c, h, oc, k, groups, grad, last): arguments(lib, *a),
                run=(both_ways if grad else forward)(stride, k // 2, groups),
            )
        )

if __name__ == "__main__":
    main(CASES)
