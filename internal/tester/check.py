"""Run scim2-tester against a server and hold the outcome against our decisions.

usage: ROLLCALL_TOKEN=... check.py BASE_URL NAME
"""

import os
import sys
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# Checks that do not apply, with the reason: (title, resource type, words of the
# failure) -> why. An entry that no longer fails is an error too.
NOT_APPLICABLE = {
    ("check_remove_attribute", "User", "'active'"): (
        "active is computed from the account's lifecycle and always has a value: "
        "removing it is refused with 400 mutability (docs/decisions/0009)"
    ),
}

PASSED = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


def excuse(result):
    """Return the key of the entry that explains a failure, or None."""
    for title, kind, words in NOT_APPLICABLE:
        if (title, kind) == (result.title, result.resource_type) and words in (result.reason or ""):
            return title, kind, words
    return None


def main(base, name):
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
