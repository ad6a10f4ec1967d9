"""The work of `market_data_enriched` as a script: delta-rs, one bar a time by provider, TA-Lib, delta-rs; decimals are kept.

`--bars=` is the table of Bronze, `--target=` the one that is written.
"""

import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import talib
from deltalake import DeltaTable, write_deltalake

PRIORITY = {"alpha_vantage": 0, "coinbase": 1, "oanda": 2}


def winners(path: str) -> pd.DataFrame:
    bars = DeltaTable(path).to_pyarrow_table().to_pandas(types_mapper=pd.ArrowDtype)
    bars["rank"] = bars["is_mock"].astype("int64") * 10 + bars["source_provider"].map(PRIORITY).fillna(9).astype("int64")
    bars = bars.sort_values(["asset_pair", "timestamp", "rank", "_extracted_at"], ascending=[True, True, True, False])
    providers = bars.groupby(["asset_pair", "timestamp"])["source_provider"].transform("nunique")
    bars["provider_count"] = providers.astype("int64")
    return bars.drop_duplicates(["asset_pair", "timestamp"]).drop(columns=["rank"])


def indicators(bars: pd.DataFrame) -> dict[str, np.ndarray]:
    high, low, close, volume = (bars[name].astype("float64").to_numpy() for name in ("high", "low", "close", "volume"))
    columns = {f"sma_{period}": talib.SMA(close, period) for period in (20, 50, 200)}
    columns |= {f"ema_{period}": talib.EMA(close, period) for period in (12, 26, 50, 200)}
    columns["macd"], columns["macd_signal"], columns["macd_histogram"] = talib.MACD(close, 12, 26, 9)
    columns["adx_14"] = talib.ADX(high, low, close, 14)
    columns["plus_di_14"] = talib.PLUS_DI(high, low, close, 14)
    columns["minus_di_14"] = talib.MINUS_DI(high, low, close, 14)
    columns["rsi_14"] = talib.RSI(close, 14)
    columns["stoch_k"], columns["stoch_d"] = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    columns["cci_20"] = talib.CCI(high, low, close, 20)
    columns["willr_14"] = talib.WILLR(high, low, close, 14)
    columns["roc_10"] = talib.ROC(close, 10)
    columns["mfi_14"] = talib.MFI(high, low, close, volume, 14)
    columns["atr_14"] = talib.ATR(high, low, close, 14)
    columns["natr_14"] = talib.NATR(high, low, close, 14)
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    columns |= {"bb_upper": upper, "bb_middle": middle, "bb_lower": lower}
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["bb_percent_b"] = (close - lower) / (upper - lower)
        columns["bb_bandwidth"] = (upper - lower) / middle
        log_return = np.concatenate([[np.nan], np.log(close[1:] / close[:-1])])
        usual = pd.Series(columns["natr_14"]).shift(1).rolling(100).mean().to_numpy()
        columns["volatility_ratio"] = columns["natr_14"] / usual
        flow = np.where(high > low, ((close - low) - (high - close)) / (high - low) * volume, 0.0)
        columns["cmf_20"] = (pd.Series(flow).rolling(20).sum() / pd.Series(volume).rolling(20).sum()).to_numpy()
        day = bars["timestamp"].dt.floor("D").to_numpy()
        money = pd.Series((high + low + close) / 3 * volume).groupby(day).cumsum()
        columns["vwap_day"] = (money / pd.Series(volume).groupby(day).cumsum()).to_numpy()
    columns["log_return"] = log_return
    columns["realized_vol_30"] = pd.Series(log_return).rolling(30).std().to_numpy()
    columns["donchian_upper_20"], columns["donchian_lower_20"] = talib.MAX(high, 20), talib.MIN(low, 20)
    columns["obv"] = talib.OBV(close, volume)
    return columns


def readings(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    adx, ratio = columns["adx_14"], columns["volatility_ratio"]
    up = columns["plus_di_14"] > columns["minus_di_14"]
    known = ~(np.isnan(adx) | np.isnan(ratio))
    regime = np.select([~known, adx >= 25, ratio >= 1.5], [None, "trend", "volatile"], "range")
    above = columns["sma_20"] > columns["sma_50"]
    return {
        "regime": regime,
        "regime_direction": np.select([~known, up], [None, "up"], "down"),
        "trend_direction": np.select([np.isnan(columns["sma_50"]), above], [None, "uptrend"], "downtrend"),
    }


def enriched(bars: pd.DataFrame) -> pa.Table:
    kept = ["asset_pair", "timestamp", "open", "high", "low", "close", "volume", "source_provider", "provider_count"]
    table = pa.Table.from_pandas(bars[[*kept, "is_mock", "_extracted_at", "partition_date"]], preserve_index=False)
    columns = indicators(bars)
    for name, values in {**columns, **readings(columns), "bar_seq": np.arange(len(bars))}.items():
        table = table.append_column(name, pa.array(values, from_pandas=True))
    table = table.append_column("timeframe", pa.repeat(pa.scalar("1m"), len(bars)))
    return table.append_column("closed_at", pc.add(table["timestamp"], pa.scalar(60_000_000, pa.duration("us"))))


def main() -> None:
    path, target = (next(text[len(name) :] for text in sys.argv if text.startswith(name)) for name in ("--bars=", "--target="))
    series = [enriched(bars) for _, bars in winners(path).groupby("asset_pair", sort=True)]
    write_deltalake(target, pa.concat_tables(series), partition_by=["timeframe", "partition_date"])


main()
