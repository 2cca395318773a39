"""test/clients/program.ts, with the Python client."""

import json
import sys
import threading
import traceback
from typing import Any

from pydantic import BaseModel

import pawl


class Limits(BaseModel):
    cap: int
    burst: int = 0


lock = threading.Lock()


def say(**line: Any) -> None:
    with lock:
        print(json.dumps(line, default=lambda shape: shape.model_dump()), flush=True)


def shown(snapshot: pawl.Snapshot[Limits]) -> dict[str, Any]:
    return {"version": snapshot.version, "value": snapshot.value.model_dump()}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


OUTCOMES = {pawl.NeedsConfirmation: "needs-confirmation", pawl.NeedsApproval: "needs-approval"}


class Program:
    client: pawl.Client
    config: pawl.LiveConfig[Limits]

    def open(self, order: dict[str, Any]) -> dict[str, Any]:
        self.client = pawl.connect(
            order["server"],
            token_file=order["tokenFile"],
            ca_file=order["caFile"],
            cache_folder=order["cacheFolder"],
            pace=pawl.Pace(min_back_off=0.05, max_back_off=0.5, start=order.get("start", 1)),
        )
        return {}

    def watch(self, order: dict[str, Any]) -> dict[str, Any]:
        self.config = self.client.watch(
            order["namespace"],
            order["path"],
            Limits,
            on_change=lambda old, now: say(event="change", old=shown(old), now=shown(now)),
            on_error=lambda error: say(
                event="error",
                reason=error.reason,
                message=str(error),
                version=error.version,
                printed="".join(traceback.format_exception(error)) + repr(error.__context__),
            ),
        )
        return shown(self.config.current) | {"source": self.config.source}

    def get(self, _: dict[str, Any]) -> dict[str, Any]:
        return shown(self.config.current) | {"source": self.config.source, "staleFor": self.config.stale_for()}

    def decode(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"data": pawl.decode(order["text"], "yaml")}

    def save(self, order: dict[str, Any]) -> dict[str, Any]:
        outcome = self.client.save(order["namespace"], order["path"], **order["request"])
        name = OUTCOMES.get(type(outcome), type(outcome).__name__.lower())
        # The order has an id of its own.
        return {"outcome": name} | {"approvalId" if key == "id" else camel(key): value for key, value in vars(outcome).items()}

    def close(self, _: dict[str, Any]) -> dict[str, Any]:
        self.client.close()
        return {"left": [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]}


program = Program()
for line in sys.stdin:
    order = json.loads(line)
    try:
        answer = getattr(program, order["do"])(order)
        say(**(answer | {"id": order["id"]}))
    except pawl.PawlError as error:
        say(id=order["id"], error={"reason": error.reason, "message": str(error)})
    except Exception as error:
        say(id=order["id"], error={"reason": "bug", "message": repr(error)})
