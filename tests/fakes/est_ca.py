"""Another clinic's own authority, behind EST (RFC 7030): everything in it is done by openssl."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from pathlib import Path

_CLIENT = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
    "extendedKeyUsage=clientAuth\n"
)
_BOTH = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
    "extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=IP:127.0.0.1\n"
)
_LIMIT_S = 90


def _openssl(folder: Path, *words: str, given: bytes = b"") -> bytes:
    return subprocess.run(
        ["openssl", *words],
        cwd=folder,
        input=given,
        check=True,
        capture_output=True,
        timeout=_LIMIT_S,
    ).stdout


class EstCa:
    """A root, a certificate for its server and one for a registration authority."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.renames = ""
        (folder / "client.ext").write_text(_CLIENT)
        (folder / "both.ext").write_text(_BOTH)
        self._new_key("root")
        _openssl(
            folder,
            *("req", "-x509", "-new", "-key", "root.key", "-out", "root.pem", "-days", "30"),
            *(
                "-subj",
                "/CN=Hospital authority",
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
            ),
        )
        for name in ("server", "bridge"):
            self._new_key(name)
            request = _openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}")
            made = self._signed(request, "both.ext", "PEM")
            key = (folder / f"{name}.key").read_bytes()
            (folder / f"{name}.pem").write_bytes(key + made)

    def answer(
        self, method: str, path: str, _headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> tuple[int, bytes, str]:
        """Answer as RFC 7030, 4.1.3 and 4.2.3 say; only a registration authority is let in."""
        self.asked.append(path)
        kind = "application/pkcs7-mime; smime-type=certs-only"
        if (method, path) == ("GET", "/.well-known/est/hubs/cacerts"):
            return 200, self._pkcs7((self.folder / "root.pem").read_bytes()), kind
        if (method, path) != ("POST", "/.well-known/est/hubs/simpleenroll"):
            return 404, b"", "text/plain"
        if peer is None:
            return 401, b"Show a certificate.", "text/plain"
        request = base64.b64decode(body)
        if self.renames:
            self._new_key("other")
            words = (
                "req",
                "-new",
                "-key",
                "other.key",
                "-outform",
                "DER",
                "-subj",
                f"/CN={self.renames}",
            )
            request = _openssl(self.folder, *words)
        made = self._signed(request, "client.ext", "DER")
        return 200, self._pkcs7(made), kind

    def _new_key(self, name: str) -> None:
        words = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        _openssl(self.folder, *words, "-out", f"{name}.key")

    def _signed(self, request: bytes, extensions: str, form: str) -> bytes:
        words = ("x509", "-req", "-inform", form, "-CA", "root.pem", "-CAkey", "root.key")
        return _openssl(
            self.folder,
            *words,
            "-CAcreateserial",
            "-days",
            "20",
            "-extfile",
            extensions,
            given=request,
        )

    def _pkcs7(self, pem: bytes) -> bytes:
        (self.folder / "out.pem").write_bytes(pem)
        words = ("crl2pkcs7", "-nocrl", "-certfile", "out.pem", "-outform", "DER")
        der = _openssl(self.folder, *words)
        return base64.encodebytes(der)
