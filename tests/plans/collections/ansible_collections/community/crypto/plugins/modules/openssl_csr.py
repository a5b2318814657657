# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: openssl_csr
short_description: A stand-in for community.crypto.openssl_csr
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  common_name: {description: See community.crypto.openssl_csr., type: raw}
  path: {description: See community.crypto.openssl_csr., type: raw}
  privatekey_path: {description: See community.crypto.openssl_csr., type: raw}
  subject_alt_name: {description: See community.crypto.openssl_csr., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "common_name": {"type": "raw"},
            "path": {"type": "raw"},
            "privatekey_path": {"type": "raw"},
            "subject_alt_name": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
