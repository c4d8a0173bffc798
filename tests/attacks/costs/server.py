"""An API server on loopback that answers what costs too much, to one request of those that a reading makes."""

from __future__ import annotations

import contextlib
import gzip
import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from igz_runtime.cluster.clouds import KUBERNETES_PRIORITIES
from tests.loopback import LISTS, answering

Chunks = Iterator[bytes]
MILLION = 1_000_000


def _head(status: str = "200 OK", *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, "", ""]).encode()


def _whole(body: bytes, status: str = "200 OK", *headers: str) -> Chunks:
    yield _head(status, f"Content-Length: {len(body)}", *headers)
    yield body


def fine(path: str) -> Any:
    """What an honest server with nothing in it answers."""
    last = path.rsplit("/", 1)[-1]
    if last in LISTS:
        classes = [{"metadata": {"name": name}, "value": 2_000_000_000} for name in KUBERNETES_PRIORITIES]
        items = classes if last == "priorityclasses" else []
        return {"kind": LISTS[last], "metadata": {"resourceVersion": "1"}, "items": items}
    return {"gitVersion": "v1.33.0"} if last == "version" else None


def _list(last: str, items: str) -> bytes:
    return f'{{"kind": "{LISTS[last]}", "metadata": {{"resourceVersion": "1"}}, "items": [{items}]}}'.encode()


def _config_map(name: str, text: str, key: str = "platform.yaml") -> Chunks:
    return _whole(json.dumps({"kind": "ConfigMap", "metadata": {"name": name}, "data": {key: text}}).encode())


class Attack:
    """What a server does to the requests for one path. The methods are what `costs.yaml` names, by their names."""

    def __init__(self, last: str, over: threading.Event) -> None:
        self._last = last
        self._over = over
        self._pages = 0

    def large_page(self) -> Chunks:
        return _whole(_list(self._last, ",".join(['{"metadata": {"name": "a"}, "x": "%s"}' % ("x" * MILLION)] * 160)))

    def unannounced(self) -> Chunks:
        yield _head("200 OK", "Connection: close") + b'{"kind": "'
        while not self._over.is_set():
            yield b"x" * MILLION

    def chunked(self) -> Chunks:
        yield _head("200 OK", "Transfer-Encoding: chunked")
        while not self._over.is_set():
            yield b"f4240\r\n" + b"x" * MILLION + b"\r\n"

    def trailers(self) -> Chunks:
        yield _head("200 OK", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n"
        while not self._over.is_set():
            yield b"X: y\r\n" * 1000

    def compressed(self) -> Chunks:
        return _whole(gzip.compress(b" " * 200 * MILLION, 1), "200 OK", "Content-Encoding: gzip")

    def compressed_twice(self) -> Chunks:
        body = gzip.compress(gzip.compress(b" " * 100 * MILLION, 1))
        return _whole(body, "200 OK", "Content-Encoding: gzip, gzip")

    def refusal(self) -> Chunks:
        return _whole(b'{"message": "%s"}' % (b"no " * 50 * MILLION), "403 Forbidden")

    def compressed_refusal(self) -> Chunks:
        return _whole(gzip.compress(b" " * 200 * MILLION, 1), "500 Error", "Content-Encoding: gzip")

    def words(self) -> Chunks:
        return _whole(b'{"message": "%s"}' % (b"no " * 5 * MILLION), "403 Forbidden")

    def drip(self) -> Chunks:
        yield _head("200 OK", "Content-Length: 1000000")
        while not self._over.wait(0.2):
            yield b" "

    def dripped_head(self) -> Chunks:
        yield b"HTTP/1.1 200 OK\r\n"
        while not self._over.wait(0.2):
            yield b"X"

    def headers(self) -> Chunks:
        yield b"HTTP/1.1 200 OK\r\n"
        while not self._over.is_set():
            yield b"X: y\r\n" * 1000

    def to_be_continued(self) -> Chunks:
        while not self._over.is_set():
            yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1000

    def silence(self) -> Chunks:
        self._over.wait()
        yield from ()

    def redirected(self) -> Chunks:
        return _whole(b"{}", "302 Found", f"Location: /{self._last}?{self._pages}")

    def deep(self) -> Chunks:
        return _whole(b"[" * MILLION)

    def many(self) -> Chunks:
        return _whole(_list(self._last, "[]," * 5 * MILLION + "0"))

    def digits(self) -> Chunks:
        return _whole(b'{"kind": "%s", "a": %s}' % (LISTS[self._last].encode(), b"9" * 10_000))

    def pages_without_end(self) -> Chunks:
        self._pages += 1
        page = {"kind": LISTS[self._last], "metadata": {"continue": str(self._pages)}, "items": []}
        return _whole(json.dumps(page).encode())

    def expired_without_end(self) -> Chunks:
        self._pages += 1
        return _whole(json.dumps({"metadata": {"continue": str(self._pages)}}).encode(), "410 Gone")

    def many_nodes(self) -> Chunks:
        node = '{"metadata": {"name": "n%d", "labels": {"agentpool": "g%d"}}, "status": {"allocatable": {"cpu": "1"}}}'
        return _whole(_list(self._last, ",".join(node % (number, number) for number in range(30_000))))

    def device_classes(self) -> Chunks:
        classes = ({"metadata": {"name": f"c{n}"}, "spec": {"extendedResourceName": f"x/r{n}"}} for n in range(20_000))
        return _whole(_list(self._last, ",".join(map(json.dumps, classes))))

    def slices(self) -> Chunks:
        spec = {"driver": "d", "nodeName": "n", "devices": [{"name": "d"}]}
        pools = ({"name": f"p{n}", "generation": 1, "resourceSliceCount": 1} for n in range(20_000))
        return _whole(_list(self._last, ",".join(json.dumps({"spec": {**spec, "pool": pool}}) for pool in pools)))

    def node_pools(self) -> Chunks:
        pools = ({"metadata": {"name": f"p{n}"}, "spec": {}} for n in range(20_000))
        return _whole(_list(self._last, ",".join(map(json.dumps, pools))))

    def amounts(self) -> Chunks:
        huge = "9" * MILLION
        offers = f'"cpu": "{huge}", "memory": "1e999999999", "pods": "{huge}"'
        return _whole(_list(self._last, f'{{"metadata": {{"name": "a"}}, "status": {{"allocatable": {{{offers}}}}}}}'))

    def large_text(self) -> Chunks:
        return _config_map(self._last, "a: b\n" * MILLION)

    def slow_text(self) -> Chunks:
        return _config_map(self._last, "".join(f"a{number}: [1, 2, {{b: c}}]\n" for number in range(40_000)))

    def merged_text(self) -> Chunks:
        lines = (f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 40))
        return _config_map(self._last, "a0: &a0 {k: v}\n" + "".join(lines))

    def nested_text(self) -> Chunks:
        return _config_map(self._last, "[" * 500_000)

    def tagged_text(self) -> Chunks:
        return _config_map(self._last, "a: !" + "x" * 900_000 + " b\n")

    def groups(self) -> Chunks:
        return self._status(3_000)

    def some_groups(self) -> Chunks:
        return self._status(2_000)

    def _status(self, count: int) -> Chunks:
        groups = [{"name": f"of-{n}", "health": {"maxSize": 1}} for n in range(count)]
        return _config_map(self._last, json.dumps({"nodeGroups": groups}), "status")


@contextlib.contextmanager
def serving(attacks: dict[str, str]) -> Iterator[str]:
    """The address of a server that attacks the requests whose path ends so, for as long as the context lasts."""
    over = threading.Event()
    made = {last: getattr(Attack(last, over), name) for last, name in attacks.items()}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                while path := self._asked():
                    for chunk in self._answer(path):
                        self.wfile.write(chunk)

        def _asked(self) -> str:
            words, length = self.rfile.readline().split(), 0
            while (line := self.rfile.readline()).strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            self.rfile.read(length)
            return words[1].decode().partition("?")[0].rstrip("/") if words else ""

        def _answer(self, path: str) -> Chunks:
            last = path.rsplit("/", 1)[-1]
            found = fine(path)
            if last in made:
                yield from made[last]()
            elif found is None:
                yield from _whole(b"{}", "404 Not Found")
            else:
                yield from _whole(json.dumps(found).encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Nothing: the client may have gone."""

    with answering(Server(("127.0.0.1", 0), Handler)) as address:
        try:
            yield f"http://{address}"
        finally:
            over.set()


def kubeconfig(address: str, folder: Path, **user: Any) -> str:
    """A kubeconfig whose server is at an address."""
    file = folder / "config"
    context = {"cluster": "c", "user": "u"}
    document = {
        "current-context": "here",
        "clusters": [{"name": "c", "cluster": {"server": address}}],
        "contexts": [{"name": "here", "context": context}],
        "users": [{"name": "u", "user": user}],
    }
    file.write_text(json.dumps(document))
    return str(file)
