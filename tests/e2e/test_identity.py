"""Authentication and ownership with `auth=jwt`. The tokens come from an issuer that runs inside this test.

The emulator's authorizer is not the one of AWS. It checks the RSA signature (only RS256, with the key that `kid`
names), `iss`, `aud` (or `client_id`), `exp`, `nbf` and `iat`. It refuses with 401 and `{"message": "Unauthorized"}`. It
does not read the header's `alg` (a token that says `none` is refused because of its signature) and does not require an
`exp`. It does not send the `www-authenticate` header, which says on AWS what is wrong. These tests therefore show that
the deployed template requires tokens and that Octavo separates their owners. They do not show what AWS refuses.
"""

import base64
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from infra.local import Stack
from tests.e2e.conftest import ROOT

AUDIENCE = "octavo"
REQUEST = {"type": "flights", "parameters": {"carrier": "HA"}, "format": "csv"}


def encoded(data):
    """Encode bytes as base64url without padding (RFC 7515 §2). Anything else is first encoded as JSON."""
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(key, header, claims):
    """Return a JWT in compact form (RFC 7515 §3.1). It is always signed with RS256, even if its header differs."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(key.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"


class Documents(BaseHTTPRequestHandler):
    """Serves the documents of its server by their paths."""

    def do_GET(self):
        document = self.server.documents.get(self.path)
        self.send_response(200 if document else 404)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_):
        pass


class Issuer:
    """An issuer of tokens: two documents on the loopback address, and the signing key."""

    def __init__(self):
        self.key = rsa.generate_private_key(65537, 2048)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Documents)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "first"}
        key |= {"n": encoded(numbers.n.to_bytes(256, "big")), "e": encoded(numbers.e.to_bytes(3, "big"))}
        self._server.documents = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [key]},
        }

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def claims(self, sub, **other):
        now = int(time.time())
        return {"iss": self.url, "aud": AUDIENCE, "sub": sub, "iat": now - 60, "exp": now + 3600, **other}

    def signed(self, claims, kid="first"):
        return signed(self.key, {"alg": "RS256", "typ": "JWT", "kid": kid}, claims)

    def token(self, sub, **other):
        """Return a token for `sub`. A claim whose value is None is left out."""
        return self.signed({name: value for name, value in self.claims(sub, **other).items() if value is not None})


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def address(issuer, tmp_path_factory):
    """The address of a local stack that accepts the issuer's tokens."""
    context = {"auth": "jwt", "issuer": issuer.url, "audience": f"{AUDIENCE},octavo-batch"}
    home = tmp_path_factory.mktemp("identity")
    with Stack(home / "stack", reports=ROOT / "reports", context=context, check=False) as deployment:
        yield deployment.api_url


@pytest.fixture
def call(address):
    """A function that sends a request, with or without a token."""
    with httpx.Client(base_url=f"{address}/", timeout=60) as client:

        def called(method, path, token=None, **more):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return client.request(method, path, headers=headers, **more)

        yield called


def test_a_report_belongs_to_the_subject_of_the_token_and_to_no_other(call, issuer):
    submitted = call("POST", "reports", issuer.token("anna"), json=REQUEST)
    assert submitted.status_code == 202, submitted.text
    report = f"reports/{submitted.json()['id']}"
    assert call("GET", report, issuer.token("anna", jti="another")).json()["id"] == submitted.json()["id"]
    for path in (report, f"{report}/document"):
        refused = call("GET", path, issuer.token("ben"))
        assert (refused.status_code, refused.json()["code"]) == (404, "REPORT_NOT_FOUND")


def test_identical_requests_of_two_subjects_are_two_reports(call, issuer):
    tokens = (issuer.token("carla"), issuer.token("carla"), issuer.token("dora"))
    first, again, other = (call("POST", "reports", token, json=REQUEST).json()["id"] for token in tokens)
    assert first == again != other


def test_every_audience_is_accepted_and_a_client_id_may_replace_it(call, issuer):
    for claims in ({"aud": "octavo-batch"}, {"aud": ["mail", AUDIENCE]}, {"aud": None, "client_id": AUDIENCE}):
        assert call("GET", "report-types", issuer.token("anna", **claims)).status_code == 200


@pytest.mark.parametrize("subject", [{}, {"sub": ""}, {"sub": None}], ids=["none", "empty", "null"])
def test_a_genuine_token_without_a_subject_is_refused(call, issuer, subject):
    token = issuer.signed({name: value for name, value in issuer.claims("").items() if name != "sub"} | subject)
    for refused in (call("POST", "reports", token, json=REQUEST), call("GET", "reports/any", token)):
        assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")


def test_the_command_makes_a_report_with_a_token_and_only_with_one(address, issuer, tmp_path):
    def octavo(**environment):
        command = [Path(sys.executable).with_name("octavo"), "submit", "flights", "-p", "carrier=HA", "-o", "ha.csv"]
        known = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OCTAVO_"))}
        environment = {**known, "OCTAVO_URL": address, **environment}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    assert octavo().returncode == 2
    assert not (tmp_path / "ha.csv").exists()
    done = octavo(OCTAVO_TOKEN=issuer.token("emma"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ha.csv").read_text().count("\n") == 343


def forged(issuer):
    another = rsa.generate_private_key(65537, 2048)
    return signed(another, {"alg": "RS256", "kid": "first"}, issuer.claims("anna"))


def altered(issuer):
    header, _, signature = issuer.token("anna").split(".")
    return f"{header}.{encoded(issuer.claims('ben'))}.{signature}"


def without_algorithm(issuer):
    return f"{encoded({'alg': 'none', 'kid': 'first'})}.{encoded(issuer.claims('anna'))}."


REFUSED = {
    "no token": lambda issuer: None,
    "no JWT": lambda issuer: "anna",
    "expired": lambda issuer: issuer.token("anna", exp=int(time.time()) - 1),
    "not yet valid": lambda issuer: issuer.token("anna", nbf=int(time.time()) + 600),
    "another audience": lambda issuer: issuer.token("anna", aud="mail"),
    "no audience": lambda issuer: issuer.token("anna", aud=None),
    "another issuer": lambda issuer: issuer.token("anna", iss="http://127.0.0.1:1"),
    "the issuer's name with a slash": lambda issuer: issuer.token("anna", iss=f"{issuer.url}/"),
    "another's signature": forged,
    "claims that were not signed": altered,
    "no algorithm": without_algorithm,
    "an unknown key": lambda issuer: issuer.signed(issuer.claims("anna"), kid="other"),
}


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize(("method", "path"), [("POST", "reports"), ("GET", "reports/any"), ("GET", "report-types")])
def test_a_token_that_the_issuer_did_not_sign_for_octavo_is_refused(call, issuer, fault, method, path):
    body = {"json": REQUEST} if method == "POST" else {}
    answer = call(method, path, REFUSED[fault](issuer), **body)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
