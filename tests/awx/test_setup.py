# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The playbook that sets AWX up: the real modules of awx.awx, against an API of AWX's documented schema."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

from controller import Controller
from credential_types import validate
from playground import BIN

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = "ansible==11.13.0"  # the newest whose awx.awx is 24.6.1, the newest AWX
JOURNAL = yaml.safe_load((ROOT / "playbooks" / "files" / "awx" / "saga_journal.yml").read_text())


@pytest.fixture(scope="session")
def modules():
    """A folder of collections with awx.awx, as the package ansible brings it."""
    home = ROOT / ".cache" / "awx" / BUNDLE
    if not (home / "ansible_collections").exists():
        home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", home, BUNDLE]
        subprocess.run(command, check=True, capture_output=True)
        [wheel] = home.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            found = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/")]
            archive.extractall(home, found)
        wheel.unlink()
    return home


@pytest.fixture
def controller():
    controller = Controller()
    controller.add("organizations", name="Default")
    controller.add("projects", name="Orders", organization=1)
    controller.add("inventories", name="Fleet", organization=1)
    controller.add(
        "credential_types", name="Machine", kind="cloud", inputs={"fields": [], "required": []}, injectors={}
    )
    controller.add("credentials", name="root on the fleet", organization=1, credential_type=4, inputs={})
    yield controller
    controller.close()


@pytest.fixture
def set_up(modules, controller, tmp_path):
    """Run the playbook; return how many tasks have changed something."""

    def run(**given):
        variables = {
            "saga_awx_project": "Orders",
            "saga_awx_playbook": "move.yml",
            "saga_awx_inventory": "Fleet",
            "saga_awx_journal": "rediss://journal.example.org:6379/0",
            "saga_awx_name": "Move orders",
            **given,
        }
        done = subprocess.run(
            [BIN / "ansible-playbook", "saga.ops.awx_setup", "-e", json.dumps(variables)],
            cwd=tmp_path,
            env={
                "PATH": f"{BIN}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_COLLECTIONS_PATH": str(modules),
                "ANSIBLE_LOCALHOST_WARNING": "false",
                "ANSIBLE_DEPRECATION_WARNINGS": "false",
                "CONTROLLER_HOST": controller.url,
                "CONTROLLER_OAUTH_TOKEN": "token",
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return int(done.stdout.rpartition("changed=")[2].split()[0])

    return run


FULL = {
    "saga_awx_journal_password": "s3cret",
    "saga_awx_credentials": ["root on the fleet"],
    "saga_awx_slices": 4,
    "saga_awx_channel": "https://chat.example.org/hook",
    "saga_awx_extra_vars": {"saga_fence": "/run/fence"},
    "saga_awx_approval_timeout": 3600,
}


def test_everything_is_set_up_and_a_second_time_nothing_changes(set_up, controller):
    assert set_up(**FULL) == 9
    template = controller.named("job_templates", "Move orders")
    assert (template["playbook"], template["job_slice_count"], template["allow_simultaneous"]) == ("move.yml", 4, False)
    assert json.loads(template["extra_vars"]) == {"saga_lock_wait": "2m", "saga_slices": 4, "saga_fence": "/run/fence"}
    assert set(controller.linked("job_templates", "Move orders", "credentials")) == {
        "root on the fleet",
        "Move orders: journal",
    }
    asked = [question["variable"] for question in controller.surveys[template["id"]]["spec"]]
    assert asked == ["saga_decision", "saga_decision_why", "saga_decision_step", "saga_decision_host"]
    for node, link, following in (("run", "failure_nodes", "approve"), ("approve", "success_nodes", "resume")):
        assert controller.linked("workflow_job_template_nodes", node, link) == [following]
    assert controller.named("workflow_job_template_nodes", "resume")["extra_data"]["saga_decision"] == "approve"
    assert controller.named("workflow_approval_templates", "Move orders: approve")["timeout"] == 3600
    assert controller.secrets == {"password": "s3cret"}
    done = len(controller.changes)
    assert set_up(**FULL) == 0
    assert controller.changes[done:] == []


def test_a_template_alone_is_set_up_and_a_changed_value_changes_it_alone(set_up, controller):
    assert set_up(saga_awx_workflow=False) == 3
    assert "saga_slices" not in controller.named("job_templates", "Move orders")["extra_vars"]
    assert set_up(saga_awx_workflow=False, saga_awx_lock_wait="5m") == 1
    assert "5m" in controller.named("job_templates", "Move orders")["extra_vars"]


def test_the_credential_type_is_one_that_awx_takes():
    validate(JOURNAL["inputs"], JOURNAL["injectors"])


def test_awx_injects_what_the_collection_reads_and_hides_the_secrets(tmp_path):
    (tmp_path / "env").mkdir()
    given = {
        "url": "rediss://journal.example.org:6379/0",
        "password": "s3cret",
        "ca": "-----BEGIN CERTIFICATE-----\nx\n",
    }
    kind = type("Kind", (), {"inputs": JOURNAL["inputs"], "injectors": JOURNAL["injectors"], "managed": False})
    env, shown, arguments = {}, {}, []
    inject_credential(kind, Credential(given), env, shown, arguments, str(tmp_path))
    assert (env["SAGA_JOURNAL"], env["SAGA_REDIS_PASSWORD"]) == (given["url"], "s3cret")
    assert env["SAGA_REDIS_CA"].startswith("/runner/env/")
    assert (tmp_path / "env" / Path(env["SAGA_REDIS_CA"]).name).read_text() == given["ca"]
    assert {name for name, value in env.items() if not value} == {
        "SAGA_REDIS_USERNAME",
        "SAGA_REDIS_WAIT",
        "SAGA_REDIS_CERT",
        "SAGA_REDIS_KEY",
        "SAGA_VAULT_ID",
    }
    assert "s3cret" not in json.dumps(shown)
    assert arguments == []
