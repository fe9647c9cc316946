"""What is read of okws: names of keys, records, rows, and what may be wrong with them. No input or output."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Optional
from urllib.parse import quote

Fields = dict[str, str]

#: Channels whose rows are entries of a stream.
STREAMS = frozenset(
    "trades option-trades trades-all liquidation-orders sprd-public-trades public-block-trades"
    " public-struc-block-trades struc-block-trades sprd-trades copytrading-lead-notification fills".split()
)
#: Channels of what is listed: a set of ids names the rows.
LISTED = frozenset(
    "instruments event-contract-markets orders orders-algo algo-advance grid-orders-spot grid-orders-contract"
    " grid-sub-orders algo-recurring-buy rfqs quotes sprd-orders deposit-info withdrawal-info positions account"
    " balance_and_position".split()
)
#: Channels of single rows and books.
OTHERS = frozenset(
    "tickers call-auction-details books books5 bbo-tbt books-l2-tbt books50-l2-tbt books-rpi open-interest"
    " funding-rate price-limit opt-summary estimated-price mark-price index-tickers adl-warning status"
    " sprd-tickers sprd-bbo-tbt sprd-books5 sprd-books-l2-tbt block-tickers economic-calendar grid-positions"
    " liquidation-warning account-greeks".split()
)
#: Channels in the names of v3, beside candles.
LEGACY = frozenset(
    "spot/ticker spot/trade spot/depth spot/depth_l2_tbt spot/depth5 futures/ticker futures/trade futures/depth"
    " futures/depth_l2_tbt futures/depth5 swap/ticker swap/trade swap/depth swap/depth_l2_tbt swap/depth5"
    " option/ticker option/trade option/depth option/depth_l2_tbt option/depth5 futures/mark_price"
    " futures/price_range swap/mark_price swap/price_range index/ticker swap/funding_rate futures/estimated_price"
    " option/summary system/status spot/account futures/account swap/account option/account futures/position"
    " swap/position option/position spot/order futures/order swap/order option/order spot/order_algo"
    " futures/order_algo swap/order_algo spot/instruments futures/instruments swap/instruments option/instruments".split()
)
_CANDLES = re.compile(r"^(mark-price-|index-|sprd-|\w+/)?candle\d+\w+$")
_BARS = re.compile(
    r"^(candle1s|mark-price-candle1Yutc|(mark-price-|index-|sprd-)?candle"
    r"([135]m|15m|30m|[1246]H|12H|[1235]D|1W|[13]M|(6H|12H|[1235]D|1W|[13]M)utc)"
    r"|(spot|futures|swap|option|index)/candle(60|180|300|900|1800|3600|7200|14400|21600|43200|86400|604800)s)$"
)
_PLAIN = "_.~@#$&+,;|<>^()!-"


class OkwsError(Exception):
    """Every error of this package."""


class StaleError(OkwsError):
    """The data must not be used: the message says why; `state` is what okws says of the path, None if nothing."""

    def __init__(self, path: str, why: str, state: Optional[State] = None) -> None:
        super().__init__(f"{path} {why}")
        self.state = state


class UsageError(OkwsError, ValueError):
    """The call cannot be right: the message names what was given, what it is, and what to use."""


class NoServiceError(OkwsError):
    """Nobody listens for commands."""


class CommandError(OkwsError):
    """The service did not do it; `code` as in docs/reference/commands.md, `detail` the message of the reply."""

    def __init__(self, code: int, detail: Any) -> None:
        super().__init__(f"{code}: {detail if isinstance(detail, str) else json.dumps(detail)}")
        self.code, self.detail = code, detail


class Reason(NamedTuple):
    code: str
    message: str
    next_at: int
    """When it is tried again, Unix ms by Redis' clock; 0: that is not known."""


@dataclass(frozen=True)
class State:
    """What okws says of a path (a field of P/subs) at one moment. Times are Unix ms by Redis' clock."""

    path: str
    state: str
    since: int
    received_at: int
    exchange_at: int
    rows: int
    error: Optional[Reason]
    owners: tuple[str, ...]
    connection: str
    generation: int
    epoch: int
    """Of the service that wrote it; 0: it has none."""
    history_rows: int
    history_at: int
    """When rows from before the subscription were put before the others, and how many; 0: none were."""
    age_ms: float
    """How long ago the last row arrived; infinite when none has."""
    served: bool
    """Whether a service keeps the server up."""

    @property
    def live(self) -> bool:
        return self.served and self.state == "live" and self.error is None


class Row(NamedTuple):
    path: str
    row: Fields
    id: str = ""
    """Of an entry of a stream: where to go on, as `follow(path, after=id)`."""


class Missed(NamedTuple):
    """Said in the place of rows: so many were missed (None: it cannot be known; 0: a lost connection cost nothing)."""

    path: str
    rows: Optional[int]
    why: str
    state: Optional[State]


class Level(NamedTuple):
    price: str
    size: str
    orders: str


@dataclass(frozen=True)
class Book:
    """Both sides of one moment, best first."""

    state: str
    ts: str
    seq_id: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Names:
    """Keys of one server. In a Redis Cluster its name stands in braces."""

    def __init__(self, prefix: str, server: str, clustered: bool) -> None:
        self.clustered = clustered
        self.prefix = f"{prefix}/{{{server}}}" if clustered else f"{prefix}/{server}"

    def key(self, path: str) -> str:
        # The exchange's own channel `status` leaves that name to the connection.
        return f"{self.prefix}/{'system/status' if path == 'status' else path}"


def spell(path: str) -> str:
    """A path as keys have it: what is not plain in an id is percent-coded."""
    table, *ids = path.split(":")
    return ":".join([table, *(_spell_id(each) for each in ids)])


def _spell_id(text: str) -> str:
    name, value = re.fullmatch(r"(\w+=)?(.*)", text, re.DOTALL).groups("")  # type: ignore[union-attr]
    return name + (value if re.search("%[0-9A-Fa-f]{2}", value) else quote(value, safe=_PLAIN))


def table_of(path: str) -> str:
    return path.partition(":")[0]


def seconds_of(member: str) -> float:
    """The score of a candle."""
    return int(member) / 1000 if member.isdigit() else datetime.fromisoformat(member.replace("Z", "+00:00")).timestamp()


def has_candles(path: str) -> bool:
    return _CANDLES.match(table_of(path)) is not None


def is_channel(table: str) -> bool:
    """Keys of single rows of v3 have an id behind the table: `spot/trade/123`."""
    known = STREAMS | LISTED | OTHERS | LEGACY
    return table in known or table.rpartition("/")[0] in LEGACY or _BARS.match(table) is not None


def has_book(path: str) -> bool:
    return re.search("book|bbo|depth", table_of(path)) is not None


def kind_of(path: str, type: str) -> str:
    """What a key of this type holds, and the method that reads it."""
    if type == "zset":
        return "is a series of bars: use candles or follow" if has_candles(path) else "is an index: read its rows with row"
    if type == "hash" and has_book(path):
        return "is a book: use book or follow"
    kinds = {
        "stream": "is a stream: use entries or follow",
        "set": "is a list: use listed",
        "hash": "is a single row: use row or follow",
    }
    return kinds.get(type, f"is a key of type {type}, which is none of okws")


def check_after(after: Optional[str]) -> None:
    if after is not None and not re.fullmatch(r"\d+(-\d+)?", after):
        raise UsageError(f"after is the id of an entry, as 1795375747063-0 or 0-0: {after}")


def read_state(path: str, text: Optional[str], status: Optional[str], now_ms: float) -> Optional[State]:
    """A field of P/subs; None where the path is not subscribed, or the field is no record of okws."""
    try:
        record = json.loads(text) if text else None
        return _state_of(path, record, status, now_ms) if isinstance(record, dict) else None
    except (ValueError, TypeError, AttributeError):
        return None


def _state_of(path: str, record: dict[str, Any], status: Optional[str], now_ms: float) -> State:
    received, error = int(record.get("receivedAt") or 0), record.get("error")
    history = record.get("history") or {}
    return State(
        path=path,
        state=str(record.get("state")),
        since=int(record.get("since") or 0),
        received_at=received,
        exchange_at=int(record.get("exchangeAt") or 0),
        rows=int(record.get("rows") or 0),
        error=Reason(str(error.get("code")), str(error.get("message")), int(error.get("nextAt") or 0))
        if isinstance(error, dict)
        else None,
        owners=tuple(record.get("owners") or ()),
        connection=str(record.get("connection") or ""),
        generation=int(record.get("generation") or 0),
        epoch=int(record.get("epoch") or 0),
        history_rows=int(history.get("rows") or 0),
        history_at=int(history.get("at") or 0),
        age_ms=now_ms - received if received else float("inf"),
        served=status not in (None, "EXIT"),
    )


def check_fresh(path: str, state: Optional[State], max_age_ms: float) -> None:
    """Raises StaleError by the rules of docs/reference/freshness.md."""
    if state is None:
        raise StaleError(path, "is not subscribed")
    if not state.served:
        raise StaleError(path, "is kept up by no service", state)
    if not state.live:
        reason = f", {state.error.code}: {state.error.message}" if state.error else ""
        raise StaleError(path, f"is {state.state}{reason}", state)
    if not -1000 <= state.age_ms <= max_age_ms or state.received_at == 0:
        raise StaleError(path, f"is live, but its last row is {state.age_ms:.0f} ms old", state)


def sort_levels(side: Fields, sign: int) -> tuple[Level, ...]:
    """Raises ValueError or ArithmeticError where these are no levels."""
    levels = (Level(price, *_parts(value)) for price, value in side.items() if price[:1].isdigit())
    return tuple(sorted(levels, key=lambda level: sign * Decimal(level.price)))


def _parts(value: str) -> tuple[str, str]:
    size, *rest = value.split()
    return size, rest[-1] if rest else size


def number_of(id: str) -> tuple[int, int]:
    ms, _, n = id.partition("-")
    return int(ms), int(n or 0)


def count_missed(
    info: Any, last: str, position: Optional[int], unread: Optional[int]
) -> tuple[Optional[int], Optional[int]]:
    """How many entries of a stream are gone behind `last`, and how many were ever added up to those. `position`: how many
    up to `last`; `unread`: how many are there behind it. None: that is not known. `info`: of XINFO STREAM."""
    added, oldest = info.get("entries-added"), info.get("first-entry")
    gone = bool(oldest) and last != "0-0" and number_of(oldest[0]) > number_of(last)
    if added is None:  # Redis before 7
        return None if gone else 0, None
    if position is None and last == "0-0":
        position = added - info["length"]
    missed: Optional[int] = 0
    if position is None or added < position:
        missed = None if gone or position is not None else 0
    elif unread is not None:
        missed = added - position - unread
    elif gone:
        missed = added - info["length"] - position
    if missed is not None and missed < 0:
        # Fewer are gone than have been read: it is another stream. Else more came while this was asked.
        missed = None if gone else 0
    if missed is None or position is None:
        return missed, None if unread is None else added - unread
    return missed, position + missed


def read_levels(text: str) -> tuple[Level, ...]:
    """Raises ValueError where this is no side of a book."""
    levels = json.loads(text or "[]")
    try:
        if not isinstance(levels, list):
            raise TypeError("not a list")
        return tuple(Level(each[0], each[1], str(each[-1]) if len(each) > 2 else "") for each in levels)
    except (TypeError, IndexError, KeyError) as error:
        raise ValueError("not levels") from error
