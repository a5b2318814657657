# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""An authority and certificates signed by it, made with openssl."""

import subprocess


def make(folder):
    """Write authority, server and client as NAME.crt and NAME.key, and another authority that signed none of them."""
    folder.mkdir(exist_ok=True)
    for name in ("authority", "stranger"):
        _openssl(folder, "req", "-x509", *_key(name), "-days", 2, "-out", f"{name}.crt", "-subj", f"/CN={name}")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    for name in ("server", "client"):
        _openssl(folder, "req", *_key(name), "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "names")
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signed, "-days", 2, "-out", f"{name}.crt")
    return folder


def _key(name):
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"


def _openssl(folder, *words):
    subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True)
