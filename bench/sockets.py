"""A reader of a Streamlit page without a browser: a real websocket, Streamlit's own protobuf messages.

``Reader.open`` signs in by the cookie and runs the page once, ``Reader.choose`` changes a filter as the browser's
selectbox does: the widget's new value goes up, and the answer is complete when the script has finished. Keeps the
hashes of the messages it has seen, as a browser does, so that what did not change is not sent again.
"""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pyarrow as pa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

#: How long an answer may take before it is an error.
PATIENCE_S = 120.0

_DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_FAILED = ForwardMsg.FINISHED_WITH_COMPILE_ERROR


class PageFailed(Exception):
    """The page showed an exception, or its script did not finish."""


@dataclass
class Answer:
    """One run of the page: seconds from asking to its end, bytes that came over the wire, and what was drawn.

    ``charts``: rows of each chart; ``tables``: rows and columns of each table; ``filters``: options of each selectbox.
    """

    seconds: float = 0.0
    received: int = 0
    charts: list[int] = field(default_factory=list)
    tables: list[tuple[int, int]] = field(default_factory=list)
    filters: list[int] = field(default_factory=list)


@dataclass
class Reader:
    """One open page. ``label``: what the filter's selectbox is called."""

    address: str
    secret: str | None = None
    query: str = ""
    label: str = "Industry"
    answers: list[Answer] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _widgets: dict[str, WidgetState] = field(default_factory=dict)
    _filter: tuple[str, list[str]] | None = None
    _part: str = ""  # what the filter's change runs again: "" the whole page, else a fragment of it
    _hashes: list[str] = field(default_factory=list)
    _page: str = ""

    async def __aenter__(self) -> Self:
        headers = {"Cookie": f"dispatch_session={self.secret}"} if self.secret else {}
        url = self.address.replace("http://", "ws://") + "/_stcore/stream"
        self._socket = await connect(
            url,
            subprotocols=["streamlit"],
            additional_headers=headers,
            origin=self.address,
            max_size=None,
            open_timeout=PATIENCE_S,
        )
        return self

    async def __aexit__(
        self, kind: type | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def open(self) -> Answer:
        """The first run of the page."""
        return await self._ask()

    @property
    def choices(self) -> int:
        """How many values the filter has besides the one that means all."""
        return len(self._filter[1]) - 1

    async def choose(self, number: int) -> Answer:
        """Set the filter to one of its values (1 to ``choices``; 0 means all)."""
        name, options = self._filter
        self._widgets[name] = WidgetState(id=name, string_value=options[number])
        return await self._ask()

    async def _ask(self) -> Answer:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        if self.answers:
            message.rerun_script.fragment_id = self._part
        message.rerun_script.cached_message_hashes.extend(self._hashes)
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        answer = await self._answer(began)
        self.answers.append(answer)
        return answer

    async def _answer(self, began: float) -> Answer:
        answer = Answer()
        while True:
            raw = await self._socket.recv()
            answer.received += len(raw)
            message = ForwardMsg()
            message.ParseFromString(raw)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable and message.hash not in self._hashes:
                self._hashes.append(message.hash)
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta":
                self._drawn(message, answer)
            elif kind == "script_finished":
                if message.script_finished == _FAILED:
                    raise PageFailed("the script does not compile")
                if message.script_finished in _DONE:
                    answer.seconds = time.perf_counter() - began
                    return answer

    def _drawn(self, message: ForwardMsg, answer: Answer) -> None:
        """Note what an element is, and the filter and its state."""
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise PageFailed(element.exception.message)
        if kind == "html":
            answer.tables += [_size(table) for table in element.html.body.split("<table")[1:]]
        elif kind == "vega_lite_chart":
            answer.charts.append(sum(_rows(held.data.data) for held in element.vega_lite_chart.datasets))
        elif kind == "selectbox":
            box = element.selectbox
            answer.filters.append(len(box.options))
            if box.id not in self._widgets or box.set_value:
                self._widgets[box.id] = WidgetState(id=box.id, string_value=box.raw_value)
            if box.label == self.label:
                self._filter, self._part = (box.id, list(box.options)), message.delta.fragment_id


def _size(table: str) -> tuple[int, int]:
    """Rows under the head of an HTML table, and columns."""
    return table.count("<tr>") - 1, table.count("<th")


def _rows(arrow: bytes) -> int:
    return pa.ipc.open_stream(arrow).read_all().num_rows if arrow else 0
