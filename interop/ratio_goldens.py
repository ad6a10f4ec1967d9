"""Writes what quantstats and empyrical say of some equity curves, for `npm test`, which has no Python.

    pip install quantstats==0.0.86 empyrical-reloaded==0.7.1
    python interop/ratio_goldens.py
"""

import json
import random
import warnings
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import empyrical
import pandas
import quantstats.stats

warnings.filterwarnings("ignore")


def curve(seed, days, drift, deviation, quiet=0.0):
    """Equities in cents from day to day; the first is what the account began with."""
    chance = random.Random(seed)
    equities = [Decimal("10000.00")]
    for _ in range(days):
        change = 0 if chance.random() < quiet else chance.gauss(drift, deviation)
        equities.append((equities[-1] * (1 + Decimal(change))).quantize(Decimal("0.01")))
    return equities


curves = [
    ("a year and more of crypto", curve(1, 400, 0.0008, 0.02), 365, 0),
    ("a year of stocks over a risk-free rate", curve(2, 252, 0.0004, 0.01), 252, 0.03),
    ("a month with few trades", curve(3, 30, 0.0, 0.004, quiet=0.8), 365, 0),
    ("a steady loser", curve(4, 90, -0.004, 0.006), 365, 0.02),
    ("the shortest that has a Sharpe ratio", curve(5, 20, 0.002, 0.01), 365, 0),
    ("too short for a Sharpe ratio", curve(6, 19, 0.002, 0.01), 365, 0),
]


def measured(equities, days_of_year, risk_free):
    returns = pandas.Series(
        [float((after - before) / before) for before, after in zip(equities, equities[1:])],
        index=pandas.date_range("2025-01-01", periods=len(equities) - 1),
    )
    daily = (1 + risk_free) ** (1 / days_of_year) - 1
    answers = {
        "empyrical": {
            "sharpe": empyrical.sharpe_ratio(returns, risk_free=daily, annualization=days_of_year),
            "sortino": empyrical.sortino_ratio(returns, required_return=daily, annualization=days_of_year),
            "maxDrawdown": empyrical.max_drawdown(returns),
            "cagr": empyrical.cagr(returns, annualization=days_of_year),
            "calmar": empyrical.calmar_ratio(returns, annualization=days_of_year),
        },
        "quantstats": {
            "sharpe": quantstats.stats.sharpe(returns, rf=risk_free, periods=days_of_year),
            "sortino": quantstats.stats.sortino(returns, rf=risk_free, periods=days_of_year),
            "maxDrawdown": quantstats.stats.max_drawdown(returns),
        },
    }
    return {peer: {name: float(value) for name, value in values.items()} for peer, values in answers.items()}


goldens = {
    "versions": {name: version(name) for name in ("quantstats", "empyrical-reloaded")},
    "curves": [
        {
            "name": name,
            "annualizationDays": days_of_year,
            "riskFreeAnnual": risk_free,
            "equities": [str(equity) for equity in equities],
            "answers": measured(equities, days_of_year, risk_free),
        }
        for name, equities, days_of_year, risk_free in curves
    ],
}
target = Path(__file__).parent.parent / "test/transform/marts/ratio-goldens.json"
target.write_text(json.dumps(goldens, indent=1) + "\n")
