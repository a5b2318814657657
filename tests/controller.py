# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A stand-in for AWX's API on loopback: what awx_setup makes, with the fields of the documented schema."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlparse

from credential_types import validate

FIELDS = {
    "organizations": {"name": str, "description": str},
    "projects": {"name": str, "organization": int},
    "inventories": {"name": str, "organization": int},
    "execution_environments": {"name": str, "image": str},
    "credential_types": {
        "name": str,
        "description": str,
        "kind": ("cloud", "net"),
        "inputs": dict,
        "injectors": dict,
        "managed": bool,
    },
    "credentials": {"name": str, "description": str, "organization": int, "credential_type": int, "inputs": dict},
    "notification_templates": {
        "name": str,
        "description": str,
        "organization": int,
        "notification_type": ("webhook", "slack", "email"),
        "notification_configuration": dict,
    },
    "job_templates": {
        "name": str,
        "description": str,
        "organization": int,
        "job_type": ("run", "check"),
        "project": int,
        "playbook": str,
        "inventory": int,
        "execution_environment": int,
        "extra_vars": str,
        "allow_simultaneous": bool,
        "job_slice_count": int,
        "ask_variables_on_launch": bool,
        "ask_limit_on_launch": bool,
        "survey_enabled": bool,
    },
    "workflow_job_templates": {
        "name": str,
        "description": str,
        "organization": int,
        "allow_simultaneous": bool,
        "ask_variables_on_launch": bool,
    },
    "workflow_job_template_nodes": {
        "identifier": str,
        "workflow_job_template": int,
        "unified_job_template": int,
        "extra_data": dict,
        "type": str,
    },
    "workflow_approval_templates": {"name": str, "description": str, "timeout": int},
}
LINKS = {
    "job_templates": {"credentials", "notification_templates_error"},
    "workflow_job_templates": {"notification_templates_approvals"},
    "workflow_job_template_nodes": {"success_nodes", "failure_nodes", "always_nodes"},
}
TEMPLATES = ("job_templates", "workflow_job_templates", "workflow_approval_templates")


class RefusedError(Exception):
    """The API says no, with 400."""


class Controller:
    """All that the API knows, and every change that it was asked for."""

    def __init__(self):
        self.items = {kind: [] for kind in FIELDS}
        self.links = {}
        self.surveys = {}
        self.changes = []
        self.secrets = {}
        self._last = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *wire: _Handler(self, *wire))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def named(self, kind, name):
        [found] = [item for item in self.items[kind] if name in {item.get("name"), item.get("identifier")}]
        return found

    def linked(self, kind, name, link):
        """Return the names of what an item is linked with."""
        ids = self.links.get((kind, self.named(kind, name)["id"], link), [])
        return [
            item.get("name") or item["identifier"] for number in ids for item in self._all() if item["id"] == number
        ]

    def add(self, kind, /, **given):
        self._must_fit(kind, given)
        self._last += 1
        url = f"/api/v2/{kind}/{self._last}/"
        item = {"id": self._last, "url": url, "type": kind.removesuffix("s"), "related": {}, **self._kept(kind, given)}
        if kind in LINKS and kind != "workflow_job_template_nodes":
            item["related"]["survey_spec"] = f"{url}survey_spec/"
        self.items[kind].append(item)
        return item

    def answer(self, method, path, query, given):
        """Return a status and a document."""
        kind, number, rest = re.fullmatch(r"/api/v2/(\w+)/(?:(\d+)/)?(?:(\w+)/)?", path).groups()
        if method != "GET":
            self.changes.append((method, path, given))
        if number is None:
            return (201, self.add(kind, **given)) if method == "POST" else (200, self._listed(kind, query))
        item = next(item for item in self.items[kind] if item["id"] == int(number))
        if rest == "survey_spec":
            if method == "POST":
                self.surveys[item["id"]] = given
            return 200, self.surveys.get(item["id"], {})
        if rest == "create_approval_template":
            made = self.add("workflow_approval_templates", **given)
            item["unified_job_template"] = made["id"]
            item["related"]["unified_job_template"] = made["url"]
            return 201, made
        if rest:
            return self._link(kind, item, rest, given if method == "POST" else None)
        if method == "PATCH":
            self._must_fit(kind, given)
            item.update(self._kept(kind, given))
        return 200, item

    def _all(self):
        return [item for items in self.items.values() for item in items]

    def _listed(self, kind, query):
        items = (
            [item for name in TEMPLATES for item in self.items[name]]
            if kind == "unified_job_templates"
            else self.items[kind]
        )
        wanted = {key.removeprefix("or__"): value for key, value in query.items()}
        found = [item for item in items if all(str(item.get(key)) == value for key, value in wanted.items())]
        return {"count": len(found), "next": None, "previous": None, "results": found}

    def _link(self, kind, item, link, given):
        if link not in LINKS.get(kind, ()):
            raise RefusedError(f"{kind} have no {link}")
        linked = self.links.setdefault((kind, item["id"], link), [])
        if given is None:
            results = [{"id": number} for number in linked]
            return 200, {"count": len(results), "next": None, "results": results}
        if given.get("disassociate"):
            linked.remove(given["id"])
        else:
            linked.append(given["id"])
        return 204, None

    def _must_fit(self, kind, given):
        for name, value in given.items():
            fits = FIELDS[kind].get(name)
            if fits is None:
                raise RefusedError(f"{kind} have no field {name}")
            if value not in fits if isinstance(fits, tuple) else not isinstance(value, fits):
                raise RefusedError(f"{name} of {kind} cannot be {value!r}")
        if kind == "credential_types":
            validate(given["inputs"], given["injectors"])
        if kind == "credentials":
            fields = self._type_of(given)["inputs"]
            unknown = given["inputs"].keys() - {field["id"] for field in fields["fields"]}
            missing = set(fields["required"]) - given["inputs"].keys()
            if unknown or missing:
                raise RefusedError(f"inputs: {unknown} unknown, {missing} missing")

    def _type_of(self, credential):
        return next(item for item in self.items["credential_types"] if item["id"] == credential["credential_type"])

    def _kept(self, kind, given):
        """Return fields as the API shows them: secrets are not."""
        if kind != "credentials":
            return given
        secret = {field["id"] for field in self._type_of(given)["inputs"]["fields"] if field.get("secret")}
        self.secrets.update(
            {name: value for name, value in given["inputs"].items() if name in secret and value != "$encrypted$"}
        )
        shown = {name: "$encrypted$" if name in secret else value for name, value in given["inputs"].items()}
        return {**given, "inputs": shown}


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, controller, *wire):
        self.controller = controller
        super().__init__(*wire)

    def _respond(self):
        place = urlparse(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        given = json.loads(self.rfile.read(size) or "{}")
        try:
            if self.headers.get("Authorization") != "Bearer token":
                status, document = 401, {"detail": "Authentication credentials were not provided."}
            else:
                status, document = self.controller.answer(self.command, place.path, dict(parse_qsl(place.query)), given)
        except RefusedError as error:
            status, document = 400, {"__all__": [str(error)]}
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = _respond  # noqa: N815  http.server calls them so

    def log_message(self, *_words):
        pass
