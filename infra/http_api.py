"""The HTTP API: its routes, its authorizer and its access log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.functions import ReportFunction
from infra.logs import Logs
from infra.options import TokenIssuer

STAGE = "$default"
# The log says who called what, and the outcome. It contains no query string and no header.
ACCESS_LOG = {
    "time": "$context.requestTime",
    "request_id": "$context.requestId",
    "route": "$context.routeKey",
    "path": "$context.path",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


@dataclass(frozen=True)
class Route:
    """A call, such as `"GET /reports/{id}"`, and the function that answers it."""

    call: str
    function: ReportFunction

    @property
    def method(self) -> apigateway.HttpMethod:
        return apigateway.HttpMethod(self.call.split()[0])

    @property
    def path(self) -> str:
        return self.call.split()[1]


class HttpApi(Construct):
    """An HTTP API. `url` is its own address without a final slash, and `id` is its ID.

    All routes have the same authorizer. With auth `iam` it is AWS_IAM, and with auth `jwt` it checks the tokens of
    `issuer`. With auth `none` there is no authorizer.
    """

    def __init__(self, scope: Construct, id: str, *, auth: str, issuer: TokenIssuer | None, logs: Logs) -> None:
        super().__init__(scope, id)
        stack_name = cdk.Stack.of(self).stack_name
        caller = "$context.authorizer.claims.sub" if issuer else "$context.identity.userArn"
        self._api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"{stack_name}-api",
            description="Octavo: asynchronous reports",
            default_authorizer=_authorizer(auth, issuer),
            create_default_stage=False,
        )
        log_group = logs.group(self, f"/aws/vendedlogs/apis/{stack_name}-api")
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=self._api.api_id,
            stage_name=STAGE,
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn, format=json.dumps({**ACCESS_LOG, "caller": caller})
            ),
        )
        self.id = self._api.api_id
        self.url = self._api.api_endpoint

    def add_routes(self, routes: Iterable[Route]) -> None:
        """Connect each route to its function, with the authorizer of the API."""
        for route in routes:
            self._api.add_routes(
                path=route.path,
                methods=[route.method],
                integration=integrations.HttpLambdaIntegration(f"{route.function.name}", route.function.function),
            )


def _authorizer(auth: str, issuer: TokenIssuer | None) -> apigateway.IHttpRouteAuthorizer | None:
    if auth == "none":
        return None
    if issuer is None:
        return authorizers.HttpIamAuthorizer()
    return authorizers.HttpJwtAuthorizer(
        "Tokens",
        issuer.url,
        jwt_audience=list(issuer.audience),
        identity_source=["$request.header.Authorization"],
    )
