"""The public face of every function: signature, defaults and docstring, once, one module for each family.

`dlx`, `dlx.nn.functional` and the methods of Tensor only pick names from here. A face calls its function of `_C`
positionally; checks, dtype rules, gradients and kernels are in C++ (`src/ops/<family>.cpp`).
"""
