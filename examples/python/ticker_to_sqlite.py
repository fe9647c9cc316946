"""Keeps every ticker in SQLite, and notes where it was blind.

    pip install ./clients/python
    python3 examples/python/ticker_to_sqlite.py tickers.db tickers:BTC-USDT [ROWS]

What it does is said on stderr. Ends with 2 where the call is wrong, with 1 where Redis cannot be reached at the start.
"""

import os
import re
import sqlite3
import sys
import time
from typing import Iterable, NoReturn, Optional

USAGE = "usage: ticker_to_sqlite.py FILE PATH [ROWS], as in: ticker_to_sqlite.py tickers.db tickers:BTC-USDT"


def say(text: object) -> None:
    print(text, file=sys.stderr)


def fail(why: object, code: int) -> NoReturn:
    say(why)
    sys.exit(code)


if not 3 <= len(sys.argv) <= 4 or not all(map(str.isdecimal, sys.argv[3:])):
    fail(USAGE, 2)

try:
    from okws_client import Followed, Missed, Okws, StaleError, UsageError
    from redis.exceptions import RedisError
except ImportError as missing:
    sys.exit(f"{missing}; install the client with: pip install ./clients/python")

COLUMNS = ("ts", "last", "bidPx", "askPx")
TABLES = """
create table if not exists tickers (ts integer, path text, last text, bid text, ask text);
create table if not exists blind (at text default current_timestamp, path text, missed integer, why text);
"""


def check(path: str, row: dict[str, str]) -> None:
    if lacking := [name for name in COLUMNS if name not in row]:
        raise UsageError(f"{path} is no ticker, its rows have no {', '.join(lacking)}")


def keep(db: sqlite3.Connection, items: Iterable[Followed], rows: Optional[int]) -> None:
    for item in items:
        with db:
            if isinstance(item, Missed):
                db.execute("insert into blind (path, missed, why) values (?, ?, ?)", (item.path, item.rows, item.why))
                continue
            check(item.path, item.row)
            ts, last, bid, ask = (item.row[name] for name in COLUMNS)
            db.execute("insert into tickers values (?, ?, ?, ?, ?)", (ts, item.path, last, bid, ask))
        if rows is not None and (rows := rows - 1) == 0:
            return


def main(file: str, path: str, rows: Optional[int] = None) -> None:
    url, server = os.environ.get("REDIS_URL", "redis://localhost"), os.environ.get("OKWS_SERVER", "test")
    try:
        # After so many seconds without Redis the reason is said.
        client = Okws.connect(url, server, patience_s=5)
    except ValueError as error:
        fail(f"REDIS_URL: {error}", 2)
    with client as okws:
        try:
            if row := okws.row(path):
                check(path, row)
        except UsageError as error:
            fail(error, 2)
        except RedisError as error:
            fail(f"redis: {error}", 1)
        db = sqlite3.connect(file)
        db.executescript(TABLES)
        say(f"keeping {path} in {file}")
        said = ""
        while True:
            try:
                return keep(db, okws.follow(path, max_age_ms=30_000), rows)
            except UsageError as error:
                fail(error, 2)
            except (StaleError, RedisError) as error:
                why = str(error) if isinstance(error, StaleError) else f"redis: {error}"
            # The same reason with another age is no news.
            if (reason := re.sub(r"\d+ ms", "", why)) != said:
                said = reason
                say(why)
                with db:
                    db.execute("insert into blind (path, why) values (?, ?)", (path, why))
            time.sleep(1)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
    except sqlite3.Error as error:
        fail(f"{sys.argv[1]}: {error}", 1)
