"""Sign requests with AWS Signature Version 4 and the credentials that botocore finds.

This module imports botocore, so `octavo.client.endpoint` imports it only if requests have to be signed.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import cached_property

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import get_session

from octavo.errors import CredentialsMissing

SERVICE = "execute-api"


class SigV4(httpx.Auth):
    """Sign requests to API Gateway in `region`. The credentials come from the environment, a profile, SSO or a role.

    Raises CredentialsMissing if there are none, or if they cannot be used.
    """

    requires_request_body = True

    def __init__(self, region: str) -> None:
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        # Only these headers are signed, because a proxy may rewrite the others.
        headers = {name: request.headers[name] for name in ("host", "content-type") if name in request.headers}
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content, headers=headers)
        try:
            # Frozen for each request, because botocore renews them when they expire.
            credentials = self._credentials.get_frozen_credentials()
            SigV4Auth(credentials, SERVICE, self._region).add_auth(signed)
        except BotoCoreError as error:
            raise CredentialsMissing(f"The AWS credentials cannot be used: {error}") from error
        request.headers.update(dict(signed.headers.items()))
        yield request

    @cached_property
    def _credentials(self) -> Credentials:
        credentials = get_session().get_credentials()
        if credentials is None:
            raise CredentialsMissing(
                "This API requires signed requests, and no AWS credentials were found."
                " Set AWS_PROFILE, or run `aws configure` or `aws sso login`."
            )
        return credentials
