"""Zappa 0.63 with two cures and without its own packaging: `python infra/zappa_cured.py COMMAND STAGE`.

The reasons are told in docs/decisions/0004-zappa-with-our-own-entry.md; judge them again with each version of Zappa.
"""

from __future__ import annotations

from typing import Any

import zappa.cli
from click import ClickException

#: What a public Function URL needs: statement, action, and the condition that keeps it to the URL.
URL_STATEMENTS = (
    ("FunctionURLAllowPublicAccess", "lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
    ("FunctionURLAllowPublicAccessInvoke", "lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
)


class CuredZappa(zappa.cli.Zappa):  # type: ignore[misc]  # Zappa tells no types
    """Zappa's way to AWS, narrowed."""

    cured = True

    def update_function_url_policy(self, function_name: str, function_url_config: dict[str, Any]) -> None:
        """Open the function to everybody through its URL alone; Zappa lets everybody invoke it, with any event."""
        if function_url_config["authorizer"] != "NONE":
            super().update_function_url_policy(function_name, function_url_config)
            return
        held = {statement["Sid"]: statement for statement in self.list_function_url_policy(function_name)}
        for name, action, condition in URL_STATEMENTS:
            if name in held and held[name].get("Condition"):
                continue
            if name in held:
                self.lambda_client.remove_permission(FunctionName=function_name, StatementId=name)
            self.lambda_client.add_permission(
                FunctionName=function_name, StatementId=name, Action=action, Principal="*", **condition
            )

    def schedule_events(self, *args: Any, **options: Any) -> None:
        """Set the schedules without handing the function's role to EventBridge, which the function's policy lets in."""
        self.events_client.meta.events.register("provide-client-params.events.PutRule", _without_role)
        super().schedule_events(*args, **options)


def _without_role(params: dict[str, Any], **_context: Any) -> None:
    params.pop("RoleArn", None)


def run(stage: str, command: str, *arguments: str, description: str) -> None:
    """Run a Zappa command; raises SystemExit when Zappa says that it failed, which it doesn't always."""
    zappa.cli.Zappa = CuredZappa
    cli = zappa.cli.ZappaCLI()
    cli.api_stage = stage
    cli.override_stage_config_setting("lambda_description", description)
    cli.handle([command, stage, *arguments])


def guard(cli: zappa.cli.ZappaCLI) -> None:
    """Zappa asks this before each command (`callbacks`). Raises ClickException for what must not happen here."""
    if cli.command == "package" or (cli.command in ("deploy", "update") and not cli.vargs.get("zip")):
        raise ClickException("The package is built by `make package`, and `make deploy STAGE=…` hands it to Zappa.")
    # Without the cures AWS refuses new schedules, after Zappa has deleted the old ones.
    if cli.command in ("deploy", "update", "schedule") and not getattr(type(cli.zappa), "cured", False):
        raise ClickException(f"Run `python infra/zappa_cured.py {cli.command} …`: this project needs Zappa's cures.")


if __name__ == "__main__":
    zappa.cli.Zappa = CuredZappa
    zappa.cli.handle()
