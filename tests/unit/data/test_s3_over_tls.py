"""DuckDB reads S3 over TLS: whom it trusts, where it looks for a bucket, and how it signs.

The server is a small S3 on this machine. It has a certificate of an authority that nobody else knows, and it checks
each signature with botocore.
"""

import re
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import botocore
import duckdb
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from octavo.data import extensions
from octavo.data.database import connect
from octavo.data.sources import Needs
from octavo.settings import Settings

KEY, SECRET, TOKEN, REGION = "AKIDEXAMPLE", "the-secret-key", "the-session-token", "eu-central-1"
NOW = datetime.now(UTC)


class Authority:
    """A certificate authority. `path` is its certificate."""

    def __init__(self, folder, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None), NOW)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server_file(self, path, *hosts, begins=NOW):
        """Write a key and its certificate for some host names, valid for a day."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.IPAddress(ip_address(h)) if h[0].isdigit() else x509.DNSName(h) for h in hosts]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        certificate = self._signed(subject, key, x509.SubjectAlternativeName(names), begins)
        secret = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pem = serialization.Encoding.PEM
        path.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, *secret))
        return path

    def _signed(self, subject, key, extension, begins):
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(begins - timedelta(hours=1)).not_valid_after(begins + timedelta(days=1))
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())


class Requests(BaseHTTPRequestHandler):
    """Answers each request for a key that ends in `t.parquet`, if its signature is right."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        data, seen = self.server.data, self.server.seen
        seen.append((self.headers["Host"].partition(":")[0], self.path, self.headers["x-amz-security-token"]))
        if not self._is_signed():
            return self._answer(403, b"")
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"] or "")
        if not asked:
            return self._answer(200, data)
        first, last = int(asked[1]), min(int(asked[2]), len(data) - 1)
        return self._answer(206, data[first : last + 1], f"bytes {first}-{last}/{len(data)}")

    do_HEAD = do_GET  # noqa: N815  (http.server calls it so)

    def _answer(self, status, body, content_range=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("ETag", '"1"')
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _is_signed(self):
        header = self.headers["Authorization"] or ""
        parts = dict(part.split("=", 1) for part in header.removeprefix("AWS4-HMAC-SHA256 ").split(", "))
        names = parts["SignedHeaders"].split(";")
        address = f"https://{self.headers['Host']}{self.path}"
        request = AWSRequest(self.command, address, {name: self.headers[name] for name in names})
        request.context["timestamp"] = self.headers["x-amz-date"]
        signer = S3SigV4Auth(Credentials(KEY, SECRET, TOKEN), "s3", REGION)
        expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        scope = f"{KEY}/{self.headers['x-amz-date'][:8]}/{REGION}/s3/aws4_request"
        return parts["Signature"] == expected and parts["Credential"] == scope and "x-amz-security-token" in names

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    duckdb.sql(f"COPY (SELECT range AS n FROM range(100_000)) TO '{folder}/t.parquet'")
    return folder


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder, "authority")


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """The credentials of a function's role, in the environment, as Lambda gives them."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    values = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def serve(folder):
    """Start a server with a certificate file. Its requests are `seen`."""
    servers = []

    def start(certificate):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        server.data, server.seen = (folder / "t.parquet").read_bytes(), []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # a client that refuses the certificate
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Sum the numbers of an `s3://` address, as a step with these settings does."""

    def run(address, **settings):
        monkeypatch.setattr(extensions, "settings", Settings({"AWS_REGION": REGION, **settings}))
        with closing(connect(tmp_path, Needs.of_path(address))) as connection:
            return connection.execute(f"SELECT sum(n)::bigint FROM '{address}'").fetchone()[0]

    return run


TOTAL = 100_000 * 99_999 // 2


def test_a_server_of_a_trusted_authority_is_read(serve, read, authority, folder):
    server = serve(authority.server_file(folder / "good.pem", "127.0.0.1"))
    address = f"https://127.0.0.1:{server.server_port}"
    assert read("s3://lake/t.parquet", AWS_ENDPOINT_URL_S3=address, AWS_CA_BUNDLE=str(authority.path)) == TOTAL
    assert set(server.seen) == {("127.0.0.1", "/lake/t.parquet", TOKEN)}


@pytest.mark.parametrize(
    ("host", "begins", "trusted"),
    [
        ("127.0.0.1", NOW, None),
        ("127.0.0.1", NOW, "another"),
        ("192.0.2.1", NOW, "authority"),
        ("127.0.0.1", NOW - timedelta(days=9), "authority"),
    ],
    ids=["an unknown authority", "another authority", "a certificate of another host", "an expired certificate"],
)
def test_a_server_is_refused_and_gets_no_request(host, begins, trusted, serve, read, authority, folder):
    server = serve(authority.server_file(folder / "bad.pem", host, begins=begins))
    settings = {"AWS_ENDPOINT_URL_S3": f"https://127.0.0.1:{server.server_port}"}
    if trusted:
        settings["AWS_CA_BUNDLE"] = str(Authority(folder, "another").path if trusted == "another" else authority.path)
    with pytest.raises(duckdb.IOException, match="SSL peer certificate"):
        read("s3://lake/t.parquet", **settings)
    assert server.seen == []


@pytest.mark.parametrize("client", ["curl", "httplib"])
def test_both_clients_of_the_extension_verify_certificates(client, tmp_path, serve, authority, folder):
    server = serve(authority.server_file(folder / "good.pem", "127.0.0.1"))
    connection = duckdb.connect()
    extensions.load(connection, "httpfs")
    connection.execute(f"SET httpfs_client_implementation = '{client}'")
    with pytest.raises(duckdb.IOException, match="SSL"):
        connection.execute(f"FROM 'https://127.0.0.1:{server.server_port}/t.parquet'")


def test_the_authorities_are_those_of_the_bundle(tmp_path, monkeypatch):
    monkeypatch.setattr(extensions, "settings", Settings({"AWS_REGION": REGION}))
    with closing(connect(tmp_path, Needs.of_path("s3://lake/t.parquet"))) as connection:
        (file,) = connection.execute("SELECT current_setting('ca_cert_file')").fetchone()
        with pytest.raises(duckdb.InvalidInputException, match="configuration has been locked"):
            connection.execute("SET enable_curl_server_cert_verification = false")
    assert Path(file) == Path(botocore.__file__).parent / "cacert.pem"
    assert b"BEGIN CERTIFICATE" in Path(file).read_bytes()


@pytest.mark.parametrize(
    ("bucket", "host", "path"),
    [
        ("lake", "lake.s3.localhost", "/sales/t.parquet"),
        ("lake.example.com", "s3.localhost", "/lake.example.com/sales/t.parquet"),
    ],
    ids=["in the host name", "with dots, in the path"],
)
def test_where_the_name_of_a_bucket_is(bucket, host, path, serve, read, authority, folder, monkeypatch):
    server = serve(authority.server_file(folder / "wildcard.pem", "s3.localhost", "*.s3.localhost"))
    monkeypatch.setattr(extensions, "_regional_endpoint", lambda _: f"https://s3.localhost:{server.server_port}")
    assert read(f"s3://{bucket}/sales/t.parquet", AWS_CA_BUNDLE=str(authority.path)) == TOTAL
    assert set(server.seen) == {(host, path, TOKEN)}


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "s3.eu-central-1.amazonaws.com"),
        ("us-east-1", "s3.us-east-1.amazonaws.com"),
        ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_the_address_of_s3_follows_the_region_and_its_partition(region, host, monkeypatch):
    monkeypatch.setattr(extensions, "settings", Settings({"AWS_REGION": region}))
    (secret,) = extensions.SECRETS["s3"](Needs.of_path("s3://lake/t.parquet")).values()
    assert (secret["ENDPOINT"], secret["REGION"], secret["USE_SSL"]) == (host, region, "True")


def test_another_address_of_s3_can_be_set_such_as_that_of_a_vpc_endpoint(monkeypatch):
    address = "https://bucket.vpce-1a2b-3c4d.s3.eu-central-1.vpce.amazonaws.com"
    monkeypatch.setattr(extensions, "settings", Settings({"AWS_REGION": REGION, "AWS_ENDPOINT_URL_S3": address}))
    (secret,) = extensions.SECRETS["s3"](Needs.of_path("s3://a.b/t.parquet")).values()
    assert (secret["ENDPOINT"], secret["URL_STYLE"]) == (address.removeprefix("https://"), "path")
