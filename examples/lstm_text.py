"""Train a character LSTM on a poem until it knows it by heart, in the words of PyTorch.

The network reads the text character by character and guesses the next one each time. At the end it is given the
poem's first words and writes on by itself.

Run: python examples/lstm_text.py        (about ten seconds on two cores)
"""

import math

import dlx
import dlx.nn as nn
import dlx.nn.functional as F

# William Blake, The Tyger (1794), its first four stanzas.
TEXT = """\
Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?

And what shoulder, & what art,
Could twist the sinews of thy heart?
And when thy heart began to beat,
What dread hand? & what dread feet?

What the hammer? what the chain,
In what furnace was thy brain?
What the anvil? what dread grasp,
Dare its deadly terrors clasp!
"""
CHARACTERS = sorted(set(TEXT))
NUMBER = {character: number for number, character in enumerate(CHARACTERS)}


class Model(nn.Module):
    def __init__(self, hidden=96):
        super().__init__()
        self.embedding = nn.Embedding(len(CHARACTERS), 32)
        self.lstm = nn.LSTM(32, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(CHARACTERS))

    def forward(self, x, state=None):
        hidden, state = self.lstm(self.embedding(x), state)
        return self.out(hidden), state


def write_on(model, start, length):
    """Continue a text with the likeliest character each time."""
    text, state = start, None
    x = dlx.tensor([[NUMBER[character] for character in start]])
    with dlx.no_grad():
        for _ in range(length):
            scores, state = model(x, state)
            x = scores[:, -1:].argmax(dim=2)
            text += CHARACTERS[x.item()]
    return text


def main(steps=400, quiet=False):
    """Train, and return the losses, the model, the whole text's loss, and the share of 200 characters recited right."""
    dlx.manual_seed(0)
    numbers = dlx.tensor([NUMBER[character] for character in TEXT])
    model = Model()
    optimizer = dlx.optim.Adam(model.parameters(), lr=1e-2)
    schedule = dlx.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    length, batch = 48, 12

    losses = []
    for step in range(steps):
        starts = dlx.randint(0, len(numbers) - length, (batch, 1))
        windows = numbers[starts + dlx.arange(length + 1)]
        scores, _ = model(windows[:, :-1])
        loss = F.cross_entropy(scores.flatten(0, 1), windows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if not quiet and (step + 1) % 100 == 0:
            print(f"step {step + 1:4}: loss {loss.item():.4f} ({math.exp(loss.item()):.2f} characters to choose from)")

    with dlx.no_grad():
        scores, _ = model(numbers[None, :-1])
        whole = F.cross_entropy(scores[0], numbers[1:]).item()
    start = TEXT[:12]
    recited = write_on(model, start, 200)
    right = sum(a == b for a, b in zip(recited[len(start) :], TEXT[len(start) :])) / 200
    if not quiet:
        print(f"the whole text: loss {whole:.4f}\n\n{recited}\n")
    return {"losses": losses, "model": model, "loss": whole, "recited": right}


if __name__ == "__main__":
    main()
