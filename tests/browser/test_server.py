"""The server that stands before the application in this suite."""

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.browser.conftest import served


@pytest.mark.one_engine
def test_the_server_ends_after_the_requests_that_it_is_answering(app: Flask) -> None:
    began, ended = threading.Event(), threading.Event()

    def slow() -> str:
        began.set()
        time.sleep(1)
        ended.set()
        return "fini"

    app.view_functions["privacy.your_data"] = slow
    with served(app) as address, socket.create_connection(("127.0.0.1", urlsplit(address).port or 0)) as visitor:
        visitor.sendall(b"GET /vos-donnees HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert began.wait(10)
    assert ended.is_set()
