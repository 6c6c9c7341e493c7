"""Where in the model an exception rose: read only while one rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlx.nn.modules.module import Module

# Their first argument is not a message, or it is what somebody catches them for.
_LEFT_ALONE = (KeyError, StopIteration, OSError, UnicodeError)


def name_module(error: Exception, module: Module) -> None:
    """Note that the exception passes through a module; its text begins with the path from here to where it rose.

    Called from the innermost module outwards. Each call works the path out anew, so that it is right wherever the
    exception is caught.
    """
    if isinstance(error, _LEFT_ALONE) or len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    passed = error.__dict__.get("_dlx_passed")
    if passed is None:
        error.__dict__["_dlx_passed"] = ([module], "", error.args[0])
        return
    modules, path, text = passed
    if modules[-1] is module:  # forward that calls itself
        return
    for name, inner in module.named_modules():
        if inner is modules[-1]:
            path = f"{name}.{path}" if path else name
            modules.append(module)
            error.__dict__["_dlx_passed"] = (modules, path, text)
            error.args = (f"{path} ({type(modules[0]).__name__}): {text}",)
            return
