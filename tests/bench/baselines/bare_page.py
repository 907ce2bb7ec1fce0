"""Baseline of a member's page: a bare Flask page with one SQLite read, on the same server."""

import os
import sqlite3
import threading

from flask import Flask, render_template_string

app = Flask(__name__)
local = threading.local()
PAGE = "<!doctype html><title>{{ row[0] }}</title><h1>{{ row[0] }}</h1><p>{{ row[1]|length }} bytes</p>"


@app.get("/page")
def page() -> str:
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(os.environ["BENCH_STORE"])
    row = local.connection.execute("SELECT pk, body FROM items WHERE sk = 'PROFILE' LIMIT 1").fetchone()
    return render_template_string(PAGE, row=row)


def application() -> Flask:
    return app
