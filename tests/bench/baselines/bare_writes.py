"""Baseline of a redemption: the same writes, of the same bytes, by a bare sqlite3 loop of the same durability."""

import sqlite3
import time
from pathlib import Path

Row = tuple[object, ...]


def seconds(path: Path, schema: str, commits: list[list[tuple[str, Row]]]) -> float:
    """How long the commits take: each is a list of statements with their rows, in one durable transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {schema}")
    begun = time.perf_counter()
    for statements in commits:
        connection.execute("BEGIN IMMEDIATE")
        for statement, row in statements:
            connection.execute(statement, row)
        connection.execute("COMMIT")
    taken = time.perf_counter() - begun
    connection.close()
    return taken
