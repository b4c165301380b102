"""Authentication and ownership with `auth=iam`, the default, with users and roles of the emulator's account.

The emulator checks signatures and policies (`AUTH=true`, which the local stack sets). Its responses are similar to
those of AWS, but not the same. These tests do not show what AWS refuses.
"""

import json

import httpx
import pytest

from infra.local import Stack
from infra.local.deployment import REGION, Account
from octavo.client.signing import SigV4
from tests.e2e.conftest import ROOT

REQUEST = {"type": "flights", "parameters": {"carrier": "HA"}, "format": "csv"}
ANYONE_MAY_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Callers:
    """The users and roles of the account, with their credentials."""

    def __init__(self, deployment):
        account = Account(deployment.endpoint_url)
        self._iam, self._sts = account.client("iam"), account.client("sts")
        api_id = deployment.api_url.split("/")[-2]
        self._api = f"arn:aws:execute-api:{REGION}:000000000000:{api_id}/$default"

    def invoke(self, calls):
        return policy({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{self._api}/{calls}"})

    def user(self, name, calls="*/*"):
        self._iam.create_user(UserName=name)
        self._iam.put_user_policy(UserName=name, PolicyName="call", PolicyDocument=self.invoke(calls))
        key = self._iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def role(self, name):
        self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(ANYONE_MAY_ASSUME))
        self._iam.put_role_policy(RoleName=name, PolicyName="call", PolicyDocument=self.invoke("*/*"))

    def session(self, role, name):
        arn = f"arn:aws:iam::000000000000:role/{role}"
        held = self._sts.assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": held["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": held["SecretAccessKey"],
            "AWS_SESSION_TOKEN": held["SessionToken"],
        }


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    home = tmp_path_factory.mktemp("signed")
    with Stack(home / "stack", reports=ROOT / "reports", context={"auth": "iam"}, check=False) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def callers(deployment):
    return Callers(deployment)


@pytest.fixture
def call(deployment, monkeypatch):
    """A function that sends a request, signed as the client signs if there are credentials."""

    def called(method, path, credentials=None, **more):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (credentials or {}).items():
            monkeypatch.setenv(name, value)
        auth = SigV4(REGION) if credentials else None
        return httpx.request(method, f"{deployment.api_url}/{path}", auth=auth, timeout=60, **more)

    return called


def test_a_report_belongs_to_the_user_who_signed_and_to_no_other(call, callers):
    anna, ben = callers.user("anna"), callers.user("ben")
    submitted = call("POST", "reports", anna, json=REQUEST)
    assert submitted.status_code == 202, submitted.text
    report = f"reports/{submitted.json()['id']}"
    assert call("GET", report, anna).json()["id"] == submitted.json()["id"]
    refused = call("GET", report, ben)
    assert (refused.status_code, refused.json()["code"]) == (404, "REPORT_NOT_FOUND")


def test_all_sessions_of_a_role_are_one_owner(call, callers):
    callers.role("nightly")
    callers.role("billing")
    monday, tuesday = (callers.session("nightly", name) for name in ("monday", "tuesday"))
    report = f"reports/{call('POST', 'reports', monday, json=REQUEST).json()['id']}"
    assert call("GET", report, tuesday).status_code == 200
    assert call("GET", report, callers.session("billing", "monday")).status_code == 404


def test_a_caller_who_may_only_read_cannot_submit(call, callers):
    reader = callers.user("reader", "GET/*")
    assert call("GET", "report-types", reader).status_code == 200
    assert call("POST", "reports", reader, json=REQUEST).status_code == 403


def test_a_caller_without_a_policy_or_with_a_wrong_key_or_none_is_refused(call, callers):
    stranger = callers.user("stranger", "GET/nothing")
    forger = callers.user("forger") | {"AWS_SECRET_ACCESS_KEY": "0" * 40}
    for credentials in (stranger, forger, None):
        assert call("GET", "report-types", credentials).status_code == 403
