"""Who is asking: the owner of a report is the authenticated caller. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LOCAL_OWNER = "local"
EVERYONE = "*"  # owns the reports of shared types; no principal is called so
ASSUMED_ROLE = re.compile(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<role>.+)/[^/]+")


def owner_of(request_context: Mapping[str, Any], auth: str) -> str:
    """Return the caller as HTTP API's authorizer proved it; with auth `none` everyone is one owner.

    A role is its own owner whatever its session is called: sessions come and go with every deploy and login.
    Raises KeyError when the authorizer is missing, which a deployment without one would cause: better no answer than
    everyone's reports.
    """
    if auth == "none":
        return LOCAL_OWNER
    arn: str = request_context["authorizer"]["iam"]["userArn"]
    if role := ASSUMED_ROLE.fullmatch(arn):
        return f"arn:{role['partition']}:iam::{role['account']}:role/{role['role']}"
    return arn


def may_see(owner: str, caller: str) -> bool:
    """May the caller see a report of this owner? Those of shared types belong to everyone."""
    return owner in {caller, EVERYONE}
