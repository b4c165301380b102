"""The checks of the API before any report is requested: who the caller is, and that nobody else may call."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import httpx

from octavo.client.endpoint import BearerToken
from octavo.operations.doctor.account import caller_arn
from octavo.operations.doctor.deployment import Deployment
from octavo.operations.doctor.finding import CheckFailed, CheckSkipped

REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


def identity(deployment: Deployment) -> str:
    """The API accepts the caller. Raises the client's errors if it does not: nothing else can be checked then."""
    found = len(deployment.client.types())
    types = f"{found} report type{'' if found == 1 else 's'}"
    return f"The API accepts {_caller(deployment)} and offers {types}."


def closed_to_others(deployment: Deployment) -> str:
    """A request without credentials is refused."""
    if deployment.auth is None:
        raise CheckSkipped("This API asks for no credentials, as the local stack does.")
    address = f"{deployment.client.url}/report-types"
    answer = deployment.http.get(address)
    if answer.status_code not in REFUSED:
        raise CheckFailed(
            f"A request without credentials is answered with {answer.status_code}, so anybody may read reports.",
            "Deploy again with auth=iam or auth=jwt, and remove any proxy that adds credentials (docs/deploy.md).",
        )
    return f"A request without credentials is refused ({answer.status_code})."


def _caller(deployment: Deployment) -> str:
    """Describe the caller: an ARN, the subject of a token, or everybody."""
    if isinstance(deployment.auth, BearerToken):
        claims = _claims(deployment.auth)
        return f"the subject {claims.get('sub', '?')!r} of the issuer {claims.get('iss', '?')}"
    if deployment.auth is None:
        return "everybody"
    try:
        return caller_arn()
    except CheckSkipped:
        return "your AWS identity"


def _claims(token: BearerToken) -> dict[str, Any]:
    """Read the claims of a token, without any proof: the API has checked it."""
    request = next(token.auth_flow(httpx.Request("GET", "https://localhost")))
    payload = [*request.headers["Authorization"].split("."), ""][1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
