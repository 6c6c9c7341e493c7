"""The funnel sees all work: ten training steps are recorded and replayed naively, and give eager's bits."""

import digits_cnn
import numpy as np
import pytest

import dlx


class Training:
    """Steps with dropout, batch normalisation, Adam and a schedule, on batches that lie in memory beforehand."""

    def __init__(self) -> None:
        dlx.manual_seed(11)
        self.net = digits_cnn.model(dlx, dropout=0.5)
        digits_cnn.start(dlx, self.net)
        self.optimizer = dlx.optim.Adam(self.net.parameters(), lr=1e-2)
        self.schedule = dlx.optim.lr_scheduler.StepLR(self.optimizer, step_size=3, gamma=0.5)
        images, labels = digits_cnn.data()
        self.batches = [(dlx.tensor(images[i : i + 32]), dlx.tensor(labels[i : i + 32])) for i in range(0, 320, 32)]
        self.losses = dlx.zeros(len(self.batches))

    def step(self, i: int) -> None:
        x, y = self.batches[i]
        self.optimizer.zero_grad()
        loss = dlx.nn.functional.cross_entropy(self.net(x), y)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        with dlx.no_grad():
            self.losses[i] = loss

    def state(self) -> list[dlx.Tensor]:
        """Every tensor that a step reads and changes."""
        slots = [v for state in self.optimizer.state.values() for v in state.values() if isinstance(v, dlx.Tensor)]
        rates = [rate for _, rate in self.optimizer._rates]  # the learning rate is memory that the kernel reads
        return [*self.net.parameters(), *self.net.buffers(), *slots, *rates, self.losses]


def test_replayed_steps_give_the_same_bits():
    training = Training()
    training.step(0)  # makes gradients and the optimizer's state
    state = training.state()
    before = [x.detach().clone() for x in state]
    generator = dlx.get_rng_state()

    recorder = dlx._C._Recorder()
    recorder.start()
    try:
        for i in range(len(training.batches)):
            training.step(i)
    finally:
        recorder.stop()
    assert len(recorder) > 200
    eager = [x.detach().clone() for x in state]
    assert any(not np.array_equal(a.numpy(), b.numpy()) for a, b in zip(before, eager))

    def restore():
        with dlx.no_grad():
            for x, old in zip(state, before):
                x.detach().copy_(old)
        dlx.set_rng_state(generator)

    for _ in range(2):  # a replay leaves the recording as it was
        restore()
        recorder.replay()
        for x, want in zip(state, eager):
            np.testing.assert_array_equal(x.detach().numpy(), want.numpy())


def test_every_kind_of_work_passes_the_funnel():
    recorder = dlx._C._Recorder()
    x, array = dlx.ones(3, 4), np.ones((3, 4), np.float32)
    recorder.start()
    try:
        x.fill_(2)
        x.copy_(dlx.from_numpy(array))
        x.to(dlx.float64)
        (x + 1).sum()
        dlx.rand(3)
        x[0] = 5
        dlx.cat([x, x])
    finally:
        recorder.stop()
    names = recorder.names()
    for name in ("fill", "copy", "add", "sum", "uniform"):
        assert name in names, f"{name} is not among the recorded {names}"


def test_nothing_is_recorded_after_stop_or_by_another():
    first, second = dlx._C._Recorder(), dlx._C._Recorder()
    first.start()
    with pytest.raises(RuntimeError):
        second.start()
    first.stop()
    n = len(first)
    dlx.ones(3).exp()
    assert len(first) == n


def test_reading_a_value_while_recording_is_an_error():
    recorder, x = dlx._C._Recorder(), dlx.ones(())
    recorder.start()
    try:
        for read in (x.item, x.tolist, x.numpy, lambda: bool(x), lambda: float(x)):
            with pytest.raises(RuntimeError, match="record"):
                read()
    finally:
        recorder.stop()
    assert x.item() == 1
