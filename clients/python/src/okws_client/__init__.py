"""What okws keeps in Redis, for Python: `Okws` for threads, `AsyncOkws` for asyncio. See docs/reference/clients.md."""

from ._aio import AsyncOkws, Followed
from ._model import Book, CommandError, Level, Missed, NoServiceError, OkwsError, Reason, Row, StaleError, State
from ._model import UsageError
from ._sync import Okws

__all__ = [
    "AsyncOkws",
    "Book",
    "CommandError",
    "Followed",
    "Level",
    "Missed",
    "NoServiceError",
    "Okws",
    "OkwsError",
    "Reason",
    "Row",
    "StaleError",
    "State",
    "UsageError",
]
