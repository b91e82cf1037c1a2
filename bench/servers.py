"""gunicorn against granian, each serving the product as it would; GRANIAN names the program, installed apart."""

import os
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import corpus
from bench.family import Family, free_port, gunicorn, running
from bench.load import Subject, ask, compare
from bench.pages import ARTICLE, UNKNOWN, database, fill, settings

ROUNDS, REQUESTS = 6, 2000


def main() -> None:
    """Print what each of the two costs."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("TMPDIR")) as folder:
        for engine in ("sqlite", "postgresql"):
            with database(engine, Path(folder, engine)) as (url, beside), ExitStack() as stack:
                fill(url, Path(folder, engine), corpus.Size(total=20, waiting=0, visible=20))
                environment = settings(url, Path(folder, engine))
                pairs = []
                for app, name, page in (
                    ("product", "article, unchanged", ARTICLE),
                    ("product", "article, nothing cached", ARTICLE + UNKNOWN),
                    ("bare_flask", "bare Flask", "/"),
                ):
                    both = [
                        Subject(name, stack.enter_context(serve(app, environment, beside=beside)), [page])
                        for serve in (gunicorn_of, granian_of)
                    ]
                    pairs.append(both)
                compare([each for pair in pairs for each in pair], rounds=ROUNDS, requests=REQUESTS)
                print(f"\n### {engine}\n\n| what | gunicorn | granian | granian / gunicorn |\n|---|---|---|---|")
                for one, other in pairs:
                    print(f"| {one.name} | {one.cost:.0f} µs | {other.cost:.0f} µs | {other.cost / one.cost:.2f} |")
                for each in pairs[0]:
                    ask(each, 5 * REQUESTS)
                held = [each.family.pss() for each in pairs[0]]
                print(f"| memory (PSS) | {held[0]:.0f} MB | {held[1]:.0f} MB | {held[1] / held[0]:.2f} |", flush=True)


@contextmanager
def gunicorn_of(app: str, environment: Mapping[str, str], *, beside: Sequence[Family]) -> Iterator[Family]:
    """Give the product under gunicorn."""
    with gunicorn(f"bench.apps:{app}()", environment, beside=beside) as family:
        yield family


@contextmanager
def granian_of(app: str, environment: Mapping[str, str], *, beside: Sequence[Family]) -> Iterator[Family]:
    """Give the product under granian, with as many processes and threads."""
    port = free_port()
    options = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-log", "--factory"]
    command = [os.environ["GRANIAN"], *options, "--port", str(port), f"bench.apps:{app}"]
    paths = os.pathsep.join([".", sysconfig.get_path("purelib")])
    with running(command, {**environment, "PYTHONPATH": paths, "PORT": str(port)}, port, beside) as family:
        yield family
