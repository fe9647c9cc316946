"""The last bars as a pandas DataFrame, or as CSV where there is no pandas.

    pip install ./clients/python
    python3 examples/python/candles.py candle1m:BTC-USDT [COUNT] > bars.csv

Ends with 2 where the call is wrong, with 1 where there are no bars that may be used.
"""

import asyncio
import csv
import math
import os
import sys
from typing import NoReturn

USAGE = "usage: candles.py PATH [COUNT], as in: candles.py candle1m:BTC-USDT 100"


def fail(why: object, code: int) -> NoReturn:
    print(why, file=sys.stderr)
    sys.exit(code)


if not 2 <= len(sys.argv) <= 3 or sys.argv[1].startswith("-") or not all(map(str.isdecimal, sys.argv[2:])):
    fail(USAGE, 2)

try:
    from okws_client import AsyncOkws, OkwsError, UsageError
    from redis.exceptions import RedisError
except ImportError as missing:
    sys.exit(f"{missing}; install the client with: pip install ./clients/python")


async def main(path: str, count: int) -> None:
    url, server = os.environ.get("REDIS_URL", "redis://localhost"), os.environ.get("OKWS_SERVER", "test")
    try:
        client = AsyncOkws.connect(url, server)
    except ValueError as error:
        fail(f"REDIS_URL: {error}", 2)
    async with client as okws:
        # StaleError where the path is not live; a quiet market may have no bar of the last minute.
        bars = await okws.candles(path, count, max_age_ms=math.inf)
    try:
        import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        table = csv.DictWriter(sys.stdout, bars[0] if bars else [])
        table.writeheader()
        table.writerows(bars)
        return
    frame = pandas.DataFrame(bars).astype({name: float for name in ("open", "high", "low", "close")})
    frame.index = pandas.to_datetime(frame.pop("ts").astype("int64"), unit="ms", utc=True)
    print(frame.to_csv())


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100))
    except UsageError as error:
        fail(error, 2)
    except OkwsError as error:
        fail(error, 1)
    except RedisError as error:
        fail(f"redis: {error}", 1)
