"""TA-Lib: the same columns, each by a function of its own, which is how its users have them."""

import statistics
import time

import numpy as np
import talib
from contestant import option, report, resident_bytes

REPETITIONS = 5
BARS, SERIES = int(option("bars")), int(option("series"))


def random_bars(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum((numbers.random(BARS) - 0.5) * 0.02))
    high = close * (1 + numbers.random(BARS) * 0.005)
    low = close * (1 - numbers.random(BARS) * 0.005)
    return high, low, close, numbers.random(BARS) * 1000


def compute_all(high: np.ndarray, low: np.ndarray, close: np.ndarray, volume: np.ndarray) -> None:
    for period in (20, 50, 200):
        talib.SMA(close, period)
    for period in (12, 26, 50, 200):
        talib.EMA(close, period)
    talib.MACD(close, 12, 26, 9)
    talib.ADX(high, low, close, 14)
    talib.PLUS_DI(high, low, close, 14)
    talib.MINUS_DI(high, low, close, 14)
    talib.RSI(close, 14)
    talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    talib.CCI(high, low, close, 20)
    talib.WILLR(high, low, close, 14)
    talib.ROC(close, 10)
    talib.MFI(high, low, close, volume, 14)
    talib.ATR(high, low, close, 14)
    talib.NATR(high, low, close, 14)
    talib.BBANDS(close, 20, 2, 2)
    talib.MAX(high, 20)
    talib.MIN(low, 20)
    talib.OBV(close, volume)


series = [random_bars(seed) for seed in range(SERIES)]
rows = SERIES * BARS
start_memory_bytes = resident_bytes()


def timed() -> float:
    started = time.perf_counter()
    for bars in series:
        compute_all(*bars)
    return time.perf_counter() - started


seconds = [timed()]
if option("repeated") == "true":
    seconds = [timed() for _ in range(REPETITIONS)]
report({"rows": rows, "seconds": statistics.median(seconds), "startMemoryBytes": start_memory_bytes})
