"""Certificates made for a test, and a TLS front that ends encryption before a plain backend."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST_SECONDS = 20.0


class Authority:
    """A certificate that vouches for itself at one address: `file` is what a client trusts, `server` serves with it."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", name: str = "ca") -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(certificate.public_bytes(Encoding.PEM))
        both = folder / f"{name}-server.pem"
        both.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + self.file.read_bytes())
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(both)


@contextmanager
def tls_front(url: str, context: ssl.SSLContext) -> Iterator[str]:
    """The https address at which the plain backend `url` answers for as long as the block runs."""
    parts = urlsplit(url)
    target = (parts.hostname or "", parts.port or 80)
    open_sockets: set[socket.socket] = set()
    threads: list[threading.Thread] = []

    def converse(plain: socket.socket) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with (
            contextlib.suppress(OSError),
            plain,
            context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection(target, _LONGEST_SECONDS) as backend,
        ):
            backend.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_sockets.update((client, backend))
            back = threading.Thread(target=_pump, args=(backend, client), daemon=True)
            back.start()
            _pump(client, backend)
            back.join(_LONGEST_SECONDS)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = listener.accept()
                connection.settimeout(_LONGEST_SECONDS)
                threads.append(threading.Thread(target=converse, args=(connection,), daemon=True))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            _shut(listener)
            for each in open_sockets.copy():
                _shut(each)
            for thread in (acceptor, *threads):
                thread.join(_LONGEST_SECONDS)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _shut(sink)


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
