"""The owner of a report, which is the authenticated caller. Pure.

    auth   the owner                                 for example
    iam    the ARN of the user, role or root         arn:aws:iam::123456789012:role/Reports
    jwt    the token's issuer and subject            jwt:https://login.example.com/#248289761001
    none   everyone is one owner (local stack)      local

Reports of shared types belong to `*`. An ARN begins with `arn:`, so no two of these forms can be confused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from octavo.errors import Unidentified

LOCAL_OWNER = "local"
EVERYONE = "*"  # the owner of all reports of shared types; no principal has this name
ASSUMED_ROLE = re.compile(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<role>.+)/[^/]+")
# API Gateway passes every claim as text, JSON's null as "null", which names nobody either.
NO_NAME = (None, "", "null")


def owner_of(request_context: Mapping[str, Any], auth: str) -> str:
    """Return the caller that the HTTP API's authorizer has authenticated; with auth `none` everyone is one owner.

    Raises Unidentified for a token without a subject. Raises KeyError if the deployment has no authorizer: no answer is
    better than everyone's reports.
    """
    if auth == "none":
        return LOCAL_OWNER
    if auth == "jwt":
        return _subject(request_context["authorizer"]["jwt"]["claims"])
    return _principal(request_context["authorizer"]["iam"]["userArn"])


def may_see(owner: str, caller: str) -> bool:
    """Say whether the caller may see a report of this owner; reports of shared types belong to everyone."""
    return owner in {caller, EVERYONE}


def _principal(arn: str) -> str:
    """Return the ARN without its session: the owner is the role, because sessions change with every login.

    The ARNs of users, federated users and root have no session.
    """
    if role := ASSUMED_ROLE.fullmatch(arn):
        return f"arn:{role['partition']}:iam::{role['account']}:role/{role['role']}"
    return arn


def _subject(claims: Mapping[str, Any]) -> str:
    """Return `jwt:<iss>#<sub>`: a subject is unique within its issuer alone (RFC 7519 §4.1.2).

    `#` and `%` are escaped in the issuer, so the first `#` ends it and no two pairs have the same text.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if issuer in NO_NAME or subject in NO_NAME:
        raise Unidentified("The token has no subject. Ask its issuer for one with the claims `iss` and `sub`.")
    return f"jwt:{quote(str(issuer), safe=':/')}#{subject}"
