"""LeNet-5, the first convolutional network that many people train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import nn
from dlx.nn import functional as F

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["LeNet"]


class LeNet(nn.Module):
    """Two convolutions of 5 x 5, each with a pooling, and three linear layers.

    The paper has tanh where this has ReLU, means with a trained scale where this takes the largest of 2 x 2, and
    distances to drawn digits for scores.

    Args:
        num_classes: scores of each image.
        in_channels: of the images: 1 for grey, 3 for colour.
        image_size: height and width of the images, 16 or more: 28 for MNIST, 32 for CIFAR and for the paper, which
            puts the digits on a ground of that size.

    Shapes: input ``(n, in_channels, image_size, image_size)``, output ``(n, num_classes)``.

    Raises:
        ValueError: the images are too small.

    Example:
        >>> model = dlx.models.vision.LeNet()
        >>> model(dlx.zeros(2, 1, 32, 32)).shape
        dlx.Size([2, 10])
        >>> sum(p.numel() for p in model.parameters())
        61706

    Source: LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition".
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1, image_size: int = 32) -> None:
        super().__init__()
        side = ((image_size - 4) // 2 - 4) // 2  # each convolution takes 4 away, each pooling halves
        if side < 1:
            raise ValueError(f"LeNet: image_size must be at least 16. Got {image_size}.")
        self.conv1 = nn.Conv2d(in_channels, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * side * side, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(images)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
