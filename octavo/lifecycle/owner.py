"""Who is asking: the owner of a report is the authenticated caller. Pure.

    auth   the owner                                 for example
    iam    the ARN of the user, role or root         arn:aws:iam::123456789012:role/Reports
    jwt    the token's issuer and subject            jwt:https://login.example.com/#248289761001
    none   everyone alike, on the local stack        local

Reports of shared types belong to `*`. An ARN begins with `arn:`, so none of these is ever taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from octavo.errors import Unidentified

LOCAL_OWNER = "local"
EVERYONE = "*"  # owns the reports of shared types; no principal is called so
ASSUMED_ROLE = re.compile(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<role>.+)/[^/]+")
# API Gateway hands every claim over as text; JSON's null is no more a name than a missing claim.
NO_NAME = (None, "", "null")


def owner_of(request_context: Mapping[str, Any], auth: str) -> str:
    """Return the caller as HTTP API's authorizer proved it; with auth `none` everyone is one owner.

    Raises Unidentified for a token without a subject, and KeyError when the authorizer is missing, which a deployment
    without one would cause: better no answer than everyone's reports.
    """
    if auth == "none":
        return LOCAL_OWNER
    if auth == "jwt":
        return _subject(request_context["authorizer"]["jwt"]["claims"])
    return _principal(request_context["authorizer"]["iam"]["userArn"])


def may_see(owner: str, caller: str) -> bool:
    """May the caller see a report of this owner? Those of shared types belong to everyone."""
    return owner in {caller, EVERYONE}


def _principal(arn: str) -> str:
    """Return the ARN that stays: a role is its own owner whatever its session is called.

    Sessions come and go with every deploy and login. Users, federated users and root are called by name already.
    """
    if role := ASSUMED_ROLE.fullmatch(arn):
        return f"arn:{role['partition']}:iam::{role['account']}:role/{role['role']}"
    return arn


def _subject(claims: Mapping[str, Any]) -> str:
    """Return `jwt:<iss>#<sub>`: a subject is unique within its issuer alone (RFC 7519 §4.1.2).

    `#` is escaped in the issuer, as is `%`, so the first `#` ends it and no two pairs are written alike.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if issuer in NO_NAME or subject in NO_NAME:
        raise Unidentified("The token has no subject. Ask its issuer for one with the claims `iss` and `sub`.")
    return f"jwt:{quote(str(issuer), safe=':/')}#{subject}"
