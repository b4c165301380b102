"""The options of a deployment, and the values that are refused."""

import pytest

from infra.limits import SIZES
from infra.options import LOCAL_ACCOUNT, Location, OptionError, Options, TokenIssuer

ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123"


def options(account="123456789012", **context):
    return Options.from_context(context.get, account=account)


def test_every_option_has_a_default():
    assert options() == Options()


@pytest.mark.parametrize("account", ["123456789012", None])
def test_an_open_api_is_refused_for_any_real_account(account):
    with pytest.raises(OptionError, match=r"only for the local stack.*Leave `auth` out"):
        options(account, auth="none")


def test_an_open_api_is_allowed_on_the_local_stack():
    assert options(LOCAL_ACCOUNT, auth="none").auth == "none"


def test_tokens_of_one_issuer_can_be_required():
    assert options(auth="jwt", issuer=ISSUER, audience="octavo").issuer == TokenIssuer(ISSUER, ("octavo",))


def test_several_audiences_are_separated_by_commas():
    issuer = options(auth="jwt", issuer=ISSUER, audience="octavo, https://reports.example.com/,api://0a1b ").issuer
    assert issuer.audience == ("octavo", "https://reports.example.com/", "api://0a1b")


@pytest.mark.parametrize(
    "url", ["https://tenant.eu.auth0.com/", "https://login.example.com:8443/realms/staff", "https://login.example.com"]
)
def test_the_issuer_is_kept_unchanged(url):
    assert options(auth="jwt", issuer=url, audience="octavo").issuer.url == url


@pytest.mark.parametrize("context", [{}, {"issuer": ISSUER}, {"audience": "octavo"}, {"issuer": "", "audience": ""}])
def test_auth_jwt_without_an_issuer_or_an_audience_is_refused(context):
    with pytest.raises(OptionError, match=r"which tokens to accept\. Set issuer .* Set audience"):
        options(auth="jwt", **context)


@pytest.mark.parametrize("auth", [{}, {"auth": "iam"}, {"auth": "none"}])
@pytest.mark.parametrize("context", [{"issuer": ISSUER}, {"audience": "octavo"}])
def test_an_issuer_is_refused_when_no_token_is_required(auth, context):
    with pytest.raises(OptionError, match=r"Add auth=jwt, or leave them out"):
        options(LOCAL_ACCOUNT, **auth, **context)


@pytest.mark.parametrize(
    "url",
    [
        "login.example.com",
        "ftp://login.example.com",
        "https://",
        "https://anna@login.example.com",
        "https://login.example.com/?tenant=1",
        "https://login.example.com/#staff",
        "https://login.example.com/ ",
        "https://login.example.com/.well-known/openid-configuration",
        "https://login.example.com/realms/staff/.well-known/openid-configuration",
    ],
)
@pytest.mark.parametrize("account", ["123456789012", LOCAL_ACCOUNT])
def test_an_issuer_that_tokens_cannot_have_is_refused(account, url):
    with pytest.raises(OptionError, match=r"The option issuer must be an https:// address"):
        options(account, auth="jwt", issuer=url, audience="octavo")


@pytest.mark.parametrize("account", ["123456789012", None])
def test_an_issuer_without_tls_is_refused_for_any_real_account(account):
    with pytest.raises(OptionError, match=r"The option issuer must .* only for the local stack"):
        options(account, auth="jwt", issuer="http://127.0.0.1:8080", audience="octavo")


def test_an_issuer_without_tls_is_allowed_on_the_local_stack():
    local = options(LOCAL_ACCOUNT, auth="jwt", issuer="http://127.0.0.1:8080", audience="octavo")
    assert local.issuer.url == "http://127.0.0.1:8080"


@pytest.mark.parametrize("audience", [",", "octavo,", "octavo,,other", "octavo other", ["octavo", "other"]])
def test_a_malformed_audience_is_refused(audience):
    with pytest.raises(OptionError, match=r"The option audience must be one audience, or several separated by commas"):
        options(auth="jwt", issuer=ISSUER, audience=audience)


@pytest.mark.parametrize(
    ("text", "location", "keys"),
    [
        ("s3://lake", Location("lake", ""), "*"),
        ("s3://lake/", Location("lake", ""), "*"),
        ("s3://lake/sales/2026/", Location("lake", "sales/2026"), "sales/2026/*"),
    ],
)
def test_the_data_root_is_a_folder_of_a_bucket(text, location, keys):
    assert options(data_root=text).data_root == location
    assert location.keys == keys
    assert location.url == text.rstrip("/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"auth": "open"},
        {"data_root": "lake/sales"},
        {"data_root": "s3://Lake"},
        {"data_root": "s3://lake/*"},
        {"api_url": "reports.example.com"},
        {"capacity": "0"},
        {"capacity": "many"},
        {"max_running": "0"},
        {"retention_days": "-1"},
        {"removal": "snapshot"},
        {"stack": "2fast"},
        {"plan_memory_mb": "127"},
        {"plan_memory_mb": "10241"},
        {"plan_storage_mb": "511"},
        {"plan_storage_mb": "10241"},
        {"chunk_memory_mb": "2 GB"},
        {"chunk_storage_mb": "0"},
        {"kms_key": "alias/reports"},
        {"kms_key": "arn:aws:kms:eu-central-1:123456789012:alias/reports"},
        {"permissions_boundary": "Boundary"},
        {"permissions_boundary": "arn:aws:iam::123456789012:role/Boundary"},
        {"alarm_topic": "arn:aws:sqs:eu-central-1:123456789012:alarms"},
        {"alarm_topic": "ops"},
        {"tags": "cost-center"},
        {"tags": "cost-center="},
        {"tags": "aws:owner=me"},
        {"tags": "a=1,a=2"},
        {"tags": "a=<1>"},
        {"tags": ",".join(f"name{n}=1" for n in range(51))},
        {"log_retention_days": "31"},
        {"log_retention_days": "forever"},
    ],
)
def test_a_wrong_value_is_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(OptionError, match=f"The option {name} must"):
        options(**wrong)


def test_the_sizes_of_plan_and_chunk_can_be_chosen_as_far_as_lambda_allows():
    chosen = options(plan_memory_mb="10240", plan_storage_mb="512", chunk_memory_mb=128, chunk_storage_mb="10240")
    assert (chosen.size("plan").memory_mb, chosen.size("plan").storage_mb) == (10240, 512)
    assert (chosen.size("chunk").memory_mb, chosen.size("chunk").storage_mb) == (128, 10240)
    assert chosen.size("plan").timeout_s == SIZES["plan"].timeout_s


def test_a_function_has_its_fixed_size_unless_an_option_says_otherwise():
    assert {name: options().size(name) for name in SIZES} == SIZES
    assert options(plan_memory_mb="4096").size("merge") == SIZES["merge"]


def test_the_functions_run_in_no_vpc_unless_the_options_name_it():
    assert (options().subnets, options().security_groups) == ((), ())
    told = options(subnets="subnet-0a1b2c3d, subnet-0b2c3d4e", security_groups="sg-0c3d4e5f")
    assert (told.subnets, told.security_groups) == (("subnet-0a1b2c3d", "subnet-0b2c3d4e"), ("sg-0c3d4e5f",))


@pytest.mark.parametrize(
    ("wrong", "missing"),
    [({"subnets": "subnet-0a1b2c3d"}, "security_groups"), ({"security_groups": "sg-0c3d4e5f"}, "subnets")],
)
def test_subnets_and_security_groups_need_each_other(wrong, missing):
    with pytest.raises(OptionError, match=f"The option {missing} is missing"):
        options(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"subnets": "vpc-0a1b2c3d"}, {"subnets": "subnet-0a1b2c3d,subnet-0a1b2c3d"}, {"security_groups": "web"}]
)
def test_a_subnet_or_a_security_group_is_named_by_its_id(wrong):
    (name,) = wrong
    with pytest.raises(OptionError, match=f"The option {name} must"):
        options(**{"subnets": "subnet-0a1b2c3d", "security_groups": "sg-0c3d4e5f"} | wrong)


def test_tags_are_pairs_that_commas_separate():
    assert options(tags="cost-center=4711, owner = Reports team,url=https://a.example/b?".rstrip("?")).tags == {
        "cost-center": "4711",
        "owner": "Reports team",
        "url": "https://a.example/b",
    }


@pytest.mark.parametrize("topic", ["ops@example.com", "arn:aws:sns:eu-central-1:123456789012:alarms"])
def test_alarms_notify_a_topic_or_an_address(topic):
    assert options(alarm_topic=topic).alarm_topic == topic


@pytest.mark.parametrize("days", ["1", "90", 3653])
def test_logs_are_kept_as_long_as_cloudwatch_can_keep_them(days):
    assert options(log_retention_days=days).log_retention_days == int(days)
