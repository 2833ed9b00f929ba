"""The bench: RUN things. Server, workers, the reader's modules, and waiting for a state."""

from workbook.bench.bench import Bench, open_bench
from workbook.bench.load import send_paced
from workbook.errors import BenchError, BenchTimeout
from workbook.wait import wait_until

__all__ = ["Bench", "BenchError", "BenchTimeout", "open_bench", "send_paced", "wait_until"]
