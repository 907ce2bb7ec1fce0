"""The smallest good files of each kind, made byte by byte."""

from __future__ import annotations

import struct
import zlib

PDF = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9]>> endobj
xref
0 4
0000000000 65535 f\x20
0000000009 00000 n\x20
0000000056 00000 n\x20
0000000111 00000 n\x20
trailer <</Root 1 0 R /Size 4>>
startxref
176
%%EOF
"""
TEXT = "Ada Lovelace\n\t数学与诗 👋🏽 — שלום\r\n".encode()


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


PNG = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        png_chunk(b"IDAT", zlib.compress(b"\x00\xff")),
        png_chunk(b"IEND", b""),
    )
)


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


JPEG = b"".join(
    (
        b"\xff\xd8",
        jpeg_segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
        jpeg_segment(0xDB, b"\x00" + b"\x01" * 64),
        jpeg_segment(0xC0, b"\x08\x00\x01\x00\x01\x01\x01\x11\x00"),
        jpeg_segment(0xC4, b"\x00\x00\x01" + b"\x00" * 14 + b"\x00"),  # one code, two bits long: no difference
        jpeg_segment(0xC4, b"\x10\x00\x01" + b"\x00" * 14 + b"\x00"),
        jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
        b"\x0f",
        b"\xff\xd9",
    )
)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(told)) + told + b"\x00" * (len(told) % 2) for name, told in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


#: Lossless, one black point.
WEBP = riff((b"VP8L", bytes.fromhex("2f00000000071011fd0f4444ff03")))
