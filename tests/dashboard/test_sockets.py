"""What listens sends at once: a connection that was accepted inherits it (``app.send_at_once``)."""

import socket

from streamlit.web.server.starlette import starlette_server

from dashboard.app import send_at_once
from tests.servers import free_port


def test_an_accepted_connection_waits_for_no_acknowledgement() -> None:
    send_at_once()
    send_at_once()  # twice is once
    port = free_port()
    with starlette_server._bind_socket("127.0.0.1", port, 1) as listening:
        listening.setblocking(True)
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
