"""Image models: whole training steps, and inference, beside PyTorch. Run: python bench/vision.py [--threads 1]

The models are written here, once for both libraries; those of dlx.models.vision have the same layers.
"""

from harness import Case, main, values


def models(lib):
    """LeNet, ResNet-18, MobileNetV2 and a U-Net from the layers of `lib`."""
    nn = lib.nn

    def conv(i, o, k=3, stride=1, groups=1, act=nn.ReLU):
        layers = [nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o)]
        return nn.Sequential(*layers, *([act()] if act else []))

    class Residual(nn.Module):
        def __init__(self, layers, shortcut=None, act=None):
            super().__init__()
            self.layers, self.shortcut, self.act = layers, shortcut, act

        def forward(self, x):
            y = self.layers(x) + (self.shortcut(x) if self.shortcut else x)
            return self.act(y) if self.act else y

    def lenet():
        features = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU()]
        head = [nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
        return nn.Sequential(*features, nn.MaxPool2d(2), nn.Flatten(), *head)

    def resnet18():
        layers = [conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
        i = 64
        for o, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)]:
            shortcut = conv(i, o, 1, stride, act=None) if stride > 1 else None
            layers.append(Residual(nn.Sequential(conv(i, o, 3, stride), conv(o, o, act=None)), shortcut, nn.ReLU()))
            i = o
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))

    def mobilenet_v2():
        layers, i = [conv(3, 32, 3, 2, act=nn.ReLU6)], 32
        for t, o, n, s in [
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ]:
            for block in range(n):
                wide, stride = i * t, s if block == 0 else 1
                parts = [conv(i, wide, 1, act=nn.ReLU6)] if t > 1 else []
                parts += [conv(wide, wide, 3, stride, wide, nn.ReLU6), conv(wide, o, 1, act=None)]
                layers.append(Residual(nn.Sequential(*parts)) if stride == 1 and i == o else nn.Sequential(*parts))
                i = o
        layers += [conv(320, 1280, 1, act=nn.ReLU6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000)]
        return nn.Sequential(*layers)

    class Level(nn.Module):
        def __init__(self, i, width, depth):
            super().__init__()
            self.first = nn.Sequential(conv(i, width), conv(width, width))
            self.inner = Level(width, 2 * width, depth - 1) if depth else None
            if depth:
                self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)
                self.last = nn.Sequential(conv(2 * width, width), conv(width, width))

        def forward(self, x):
            x = self.first(x)
            if self.inner is None:
                return x
            return self.last(lib.cat([x, self.up(self.inner(nn.functional.max_pool2d(x, 2)))], 1))

    def unet():
        return nn.Sequential(Level(3, 32, 3), nn.Conv2d(32, 4, 1))

    return {"LeNet": lenet, "ResNet-18": resnet18, "MobileNetV2": mobilenet_v2, "U-Net": unet}


def arguments(lib, name, shape, last, train):
    model, x = models(lib)[name](), values(lib, *shape)
    if last:
        x = x.contiguous(memory_format=lib.channels_last)
        model = model.to(memory_format=lib.channels_last) if lib.__name__ == "torch" else model
    model.train(train)
    return model, x, lib.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9)


def step(lib, model, x, optimizer):
    optimizer.zero_grad()
    model(x).square().mean().backward()
    optimizer.step()


def infer(lib, model, x, optimizer):
    with lib.no_grad():
        model(x)


CASES = []
for name, shape, train in [
    ("LeNet", (64, 1, 28, 28), True),
    ("ResNet-18", (16, 3, 64, 64), True),
    ("MobileNetV2", (8, 3, 64, 64), True),
    ("U-Net", (4, 3, 64, 64), True),
    ("ResNet-18", (1, 3, 224, 224), False),
    ("MobileNetV2", (1, 3, 224, 224), False),
]:
    for last in (False, True):
        CASES.append(
            Case(
                f"{name} {'x'.join(map(str, shape))} {'step' if train else 'inference'}" + (" NHWC" if last else ""),
                setup=lambda lib, a=(name, shape, last, train): arguments(lib, *a),
                run=step if train else infer,
            )
        )

if __name__ == "__main__":
    main(CASES)
