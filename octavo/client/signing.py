"""An AWS identity on every request: Signature Version 4, with the credentials botocore finds.

Importing this module imports botocore; `octavo.client.endpoint` does so only when requests are to be signed.
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
    """Sign for API Gateway in `region`. The credentials come from the environment, a profile, SSO or a role.

    Raises CredentialsMissing when there are none, or they cannot be used.
    """

    requires_request_body = True

    def __init__(self, region: str) -> None:
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        # Few headers are signed: a proxy may rewrite the others.
        stated = {name: request.headers[name] for name in ("host", "content-type") if name in request.headers}
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content, headers=stated)
        try:
            # Frozen for each request: the chain renews them as they expire.
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
                "This API wants signed requests, and no AWS credentials were found."
                " Set AWS_PROFILE, or run `aws configure` or `aws sso login`."
            )
        return credentials
