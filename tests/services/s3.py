"""A real S3-compatible server on loopback, whose buckets are in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

from minio import Minio
from moto.server import ThreadedMotoServer

from tests.services.ports import kept_port


@contextmanager
def bucket(name: str = "journal") -> Iterator[str]:
    """Give an empty bucket as `s3+http://key:secret@host/bucket`."""
    with kept_port() as port:
        server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
        server.start()
        # Its buckets outlive it, in this process.
        urlopen(Request(f"http://127.0.0.1:{port}/moto-api/reset", method="POST")).close()
        try:
            place = f"127.0.0.1:{port}"
            Minio(place, "a-key", "a-secret", secure=False, region="us-east-1").make_bucket(name)
            yield f"s3+http://a-key:a-secret@{place}/{name}?region=us-east-1"
        finally:
            server.stop()
