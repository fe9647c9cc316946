"""Keeps every ticker in SQLite, and notes where it was blind.

    pip install ./clients/python
    python3 examples/python/ticker_to_sqlite.py tickers.db tickers:BTC-USDT [ROWS]
"""

import os
import sqlite3
import sys
import time
from typing import Iterable, Optional

USAGE = "usage: ticker_to_sqlite.py FILE PATH [ROWS], as in: ticker_to_sqlite.py tickers.db tickers:BTC-USDT"

if not 3 <= len(sys.argv) <= 4 or not all(map(str.isdecimal, sys.argv[3:])):
    print(USAGE, file=sys.stderr)
    sys.exit(2)

try:
    from okws_client import Followed, Missed, Okws, StaleError
except ImportError as missing:
    sys.exit(f"{missing}; install the client with: pip install ./clients/python")

TABLES = """
create table if not exists tickers (ts integer, path text, last text, bid text, ask text);
create table if not exists blind (at text default current_timestamp, path text, missed integer, why text);
"""


def keep(db: sqlite3.Connection, items: Iterable[Followed], rows: Optional[int]) -> None:
    for item in items:
        with db:
            if isinstance(item, Missed):
                db.execute("insert into blind (path, missed, why) values (?, ?, ?)", (item.path, item.rows, item.why))
                continue
            row = item.row
            values = (row["ts"], item.path, row["last"], row["bidPx"], row["askPx"])
            db.execute("insert into tickers values (?, ?, ?, ?, ?)", values)
        if rows is not None and (rows := rows - 1) == 0:
            return


def main(file: str, path: str, rows: Optional[int] = None) -> None:
    db = sqlite3.connect(file)
    db.executescript(TABLES)
    url, server = os.environ.get("REDIS_URL", "redis://localhost"), os.environ.get("OKWS_SERVER", "test")
    with Okws.connect(url, server) as okws:
        while True:
            try:
                return keep(db, okws.follow(path, max_age_ms=30_000), rows)
            except StaleError as why:
                print(why, file=sys.stderr)
                with db:
                    db.execute("insert into blind (path, why) values (?, ?)", (path, str(why)))
                time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
