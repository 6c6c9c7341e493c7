"""The version, read by the build and by ``dlx.__version__``."""

__version__ = "0.1.0"
