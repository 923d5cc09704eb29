"""Run scim2-tester against a server and hold the outcome against our decisions.

usage: ROLLCALL_TOKEN=... check.py BASE_URL NAME
"""

import os
import random
import sys
from collections import Counter
from datetime import datetime, timezone

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ServiceProviderConfig
from scim2_tester import Status, check_server, filling
from scim2_tester.checkers import patch_add, patch_replace

BADGE = "urn:example:scim:schemas:extension:badge:User"
COST = "urn:example:scim:schemas:extension:cost:Group"

LIFECYCLE = "urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User"

BYTES = "the suite compares the base64 text that it sent with the bytes that it reads"
APPENDED = "the suite expects an add to replace a list in an extension; it adds to it (RFC 7644 section 3.5.2.1)"
ON_REQUEST = "the suite reads an attribute with returned request without asking for it (RFC 7643 section 7)"

COMPUTED = "the extension holds what the server computes beside what was sent: it comes back with more, and never goes whole"
ORDERED = "the suite fills in the ends of a validity one by one, in an order that makes none (docs/lifecycle.md)"

# Checks that do not apply, with the reason: (title, resource type, words of the
# failure) -> why. An entry that no longer fails is an error too.
NOT_APPLICABLE = {
    ("check_remove_attribute", "User", "'active'"): (
        "active is computed from the account's lifecycle and always has a value: "
        "removing it is refused with 400 mutability (docs/decisions/0009)"
    ),
    ("check_add_attribute", "User", f"'{BADGE}:scan'"): BYTES,
    ("check_replace_attribute", "User", f"'{BADGE}:scan'"): BYTES,
    ("check_add_attribute", "Device", "'image'"): BYTES,
    ("check_replace_attribute", "Device", "'image'"): BYTES,
    ("check_add_attribute", "User", f"'{BADGE}:doors'"): APPENDED,
    ("check_add_attribute", "User", f"'{BADGE}:keys'"): APPENDED,
    ("check_add_attribute", "Group", f"'{COST}:approvers'"): APPENDED,
    ("check_add_attribute", "User", f"'{LIFECYCLE}'"): COMPUTED,
    ("check_replace_attribute", "User", f"'{LIFECYCLE}'"): COMPUTED,
    ("check_remove_attribute", "User", f"'{LIFECYCLE}'"): COMPUTED,
    ("check_add_attribute", "User", f"'{LIFECYCLE}:validFrom'"): ORDERED,
    ("check_replace_attribute", "User", f"'{LIFECYCLE}:validFrom'"): ORDERED,
    ("check_add_attribute", "User", f"'{LIFECYCLE}:tags'"): APPENDED,
    ("check_add_attribute", "Device", "'hint'"): ON_REQUEST,
    ("check_replace_attribute", "Device", "'hint'"): ON_REQUEST,
}

PASSED = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


# What the suite fills in for these types is a UUID, which is none of them.
VALUES = {
    float: lambda: round(random.uniform(0, 100), 3),
    datetime: lambda: datetime.now(timezone.utc),
}


def teach_types():
    """Let the suite make values of the data types that it does not know."""
    original = filling.generate_random_value

    def generate(context, path, mutability=None, required=None):
        value = original(context, path, mutability, required)
        binding = path.resolve()
        make = VALUES.get(binding.target_type) if binding else None
        if value is None or make is None:
            return value
        return [make()] if binding.target_is_multivalued else make()

    for module in (filling, patch_add, patch_replace):
        module.generate_random_value = generate


def teach_security_events():
    """Let the suite pass over securityEvents, which RFC 9967 adds to the
    ServiceProviderConfig and which its model does not know yet."""
    ServiceProviderConfig.model_config["extra"] = "ignore"
    ServiceProviderConfig.model_rebuild(force=True)


def excuse(result):
    """Return the key of the entry that explains a failure, or None."""
    for title, kind, words in NOT_APPLICABLE:
        if (title, kind) == (result.title, result.resource_type) and words in (result.reason or ""):
            return title, kind, words
    return None


def main(base, name):
    teach_types()
    teach_security_events()
    headers = {"Authorization": "Bearer " + os.environ["ROLLCALL_TOKEN"]}
    results = check_server(SyncSCIMClient(Client(base_url=base, headers=headers, timeout=30)))
    unexplained, used = [], set()
    for result in results:
        if result.status in PASSED:
            continue
        key = excuse(result)
        if key:
            used.add(key)
            print(f"not applicable: {result.title} {result.resource_type}: {NOT_APPLICABLE[key]}")
        else:
            unexplained.append(result)
            print(f"{result.status.name}: {result.title} {result.resource_type}: {result.reason}")
    stale = set(NOT_APPLICABLE) - used
    for key in stale:
        print(f"the check {key} passes now: take it off the list")
    print(f"scim2-tester on {name}: {dict(Counter(r.status.name for r in results))}")
    passed = len(results) - len(unexplained) - len(used)
    print(f"{passed} passed, {len(unexplained) + len(stale)} failed, {len(used)} skipped")
    return 1 if unexplained or stale or passed < 50 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
