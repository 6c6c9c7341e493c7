"""What the whole suite shares."""

import gc


def pytest_collection_finish() -> None:
    """Take the thousands of collected tests out of the collector's sight: those that collect garbage do it often."""
    gc.collect()
    gc.freeze()
