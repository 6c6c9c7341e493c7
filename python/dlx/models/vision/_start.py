"""How the networks start: without trained weights, of which dlx ships none, and with which values instead."""

from __future__ import annotations

from typing import Any

from dlx import nn


def untrained(name: str, network: type[nn.Module], weights: Any, *args: Any, **kwargs: Any) -> Any:
    """Make the network, or raise if trained weights are asked for, in torchvision's words of today or of old."""
    pretrained, _ = kwargs.pop("pretrained", False), kwargs.pop("progress", True)  # of downloading
    if weights is not None or pretrained:
        raise ValueError(
            f"{name}: dlx ships no trained weights. Leave weights=None and load torchvision's, saved as safetensors: "
            f"model.load_state_dict(dlx.load('{name}.safetensors'))."
        )
    return network(*args, **kwargs)


def start_convolutions(model: nn.Module) -> None:
    """Draw the weights of convolutions so that ReLU keeps variances backward; norms start as the identity.

    Source: He et al. 2015, arXiv:1502.01852.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            module.reset_parameters()


def start_linear(layer: nn.Linear) -> None:
    """Draw the weights with a standard deviation of 0.01; the bias is 0."""
    nn.init.normal_(layer.weight, 0, 0.01)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
