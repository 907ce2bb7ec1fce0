"""Baseline of the cold start: a bare Flask hello with a boto3 DynamoDB client. Prints the CPU seconds it took."""

import resource

import boto3
from flask import Flask

app = Flask(__name__)
table = boto3.client(
    "dynamodb",
    region_name="eu-central-1",
    aws_access_key_id="x",
    aws_secret_access_key="x",
)


@app.get("/")
def hello() -> str:
    return "hello"


assert app.test_client().get("/").status_code == 200
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)  # noqa: T201
