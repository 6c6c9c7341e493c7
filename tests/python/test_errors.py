"""Errors: their kinds, what they say, and that nothing is harmed by them."""

import pytest

import dlx


def test_kinds_are_pythons_and_pytorchs():
    assert issubclass(dlx.ShapeError, ValueError)
    assert issubclass(dlx.ShapeError, RuntimeError)
    assert issubclass(dlx.DtypeError, TypeError)
    assert issubclass(dlx.DtypeError, RuntimeError)
    for kind in (ValueError, RuntimeError, dlx.ShapeError):
        with pytest.raises(kind):
            dlx.ones(2) + dlx.ones(3)
    with pytest.raises(RuntimeError):
        dlx.nn.functional.softmax(dlx.tensor([1, 2]), dim=0)
    assert dlx.ShapeError.__module__ == "dlx"


def test_message_says_what_it_got():
    with pytest.raises(dlx.ShapeError) as e:
        dlx.nn.functional.linear(dlx.ones(32, 100), dlx.ones(64, 128))
    for part in ("linear", "(32, 100)", "(64, 128)", "100", "128"):
        assert part in str(e.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dlx._C.softmax(dlx.ones(2), "one", None, None), "softmax: argument 2 must be an int. Got str."),
        (lambda: dlx._C.softmax(None, 0, None, None), "softmax: argument 1"),
        (lambda: dlx._C.softmax(dlx.ones(2)), "softmax"),
        (lambda: dlx._C.softmax(dlx.ones(2), 0, None, None, 4), "softmax"),
        (lambda: dlx._C.matmul(dlx.ones(2, 2), 3, None), "matmul: argument 2"),
        (lambda: dlx._C.reshape(dlx.ones(2), (1, "a")), "reshape: argument 2"),
        (lambda: dlx._C.add(dlx.ones(2), dlx.ones(2), 1, 5), "add: argument 4"),
        (lambda: dlx.ones(2).reshape(1.5), "reshape"),
        (lambda: dlx.ones(2, dtype="float32"), "dtype"),
    ],
)
def test_wrong_arguments_are_type_errors(call, words):
    with pytest.raises(TypeError) as e:
        call()
    assert words in str(e.value)


@pytest.mark.parametrize("n", [1 << 63, -(1 << 63) - 1, 1 << 100])
def test_integers_that_are_too_large(n):
    x = dlx.ones(2, dtype=dlx.int64)
    for call in (
        lambda: x + n,
        lambda: x.reshape(n),
        lambda: x[n:],
        lambda: dlx.full((2,), n),
        lambda: dlx.sum(x, n),
        lambda: x.fill_(n),
    ):
        try:
            call()
        except (OverflowError, ValueError, RuntimeError, IndexError, TypeError):
            pass
    assert x.tolist() == [1, 1]


def test_sizes_that_overflow_or_cannot_be_had():
    big = 1 << 40
    for call in (
        lambda: dlx.ones(big, big), lambda: dlx.ones(1).expand(big, big), lambda: dlx.ones(1).expand(1 << 40) + 1,
        lambda: dlx.ones(1).expand(big, 1 << 30).reshape(-1), lambda: dlx.empty(1 << 62), lambda: dlx.arange(1 << 60),
    ):  # fmt: skip
        with pytest.raises((MemoryError, ValueError, RuntimeError)):
            call()


def test_index_errors_touch_nothing():
    x = dlx.zeros(5, 3)
    with pytest.raises(IndexError, match="index 5 is out of bounds"):
        x.index_add_(0, dlx.tensor([0, 5]), dlx.ones(2, 3))
    with pytest.raises(IndexError):
        x[7] = 1
    with pytest.raises(IndexError, match="class 9"):
        dlx.nn.functional.cross_entropy(dlx.ones(2, 5), dlx.tensor([0, 9]))
    assert x[1:].sum().item() == 0


def test_error_in_a_large_parallel_kernel():
    dlx.set_num_threads(2)
    index = dlx.zeros(200_000, dtype=dlx.int64)
    index[150_000] = 1_000_000
    for _ in range(3):
        with pytest.raises(IndexError, match="1000000"):
            dlx.index_select(dlx.ones(10), 0, index)
    assert dlx.ones(300_000).exp().sum().item() > 0


def test_reduction_over_the_same_dimension_twice():
    with pytest.raises(ValueError, match="dim"):
        dlx.ones(2, 3).sum((0, -2))


def test_graph_is_intact_after_an_error_in_backward():
    x = dlx.ones(2, requires_grad=True)
    y = x.exp()
    with pytest.raises((RuntimeError, ValueError)):
        y.backward(dlx.ones(3))
    y.sum().backward()
    assert x.grad is not None


def test_names_that_no_message_can_show():
    lone = "\ud800"  # half of a character: not to be written in UTF-8
    x, at = dlx.ones(2), dlx.tensor([0])
    for call in (
        lambda: x.scatter_reduce(0, at, x, lone),
        lambda: dlx.nn.functional.embedding_bag(at, dlx.ones(2, 2), at, mode=lone),
        lambda: dlx.nn.functional.mse_loss(x, x, reduction=lone),
        lambda: x.to(lone),
    ):
        with pytest.raises((ValueError, TypeError, RuntimeError)):
            call()
