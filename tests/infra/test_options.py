"""What a deployer may choose, and what is refused."""

import pytest

from infra.options import LOCAL_ACCOUNT, Location, OptionError, Options


def options(account="123456789012", **context):
    return Options.from_context(context.get, account=account)


def test_nothing_need_be_chosen():
    assert options() == Options()


@pytest.mark.parametrize("account", ["123456789012", None])
def test_an_open_api_is_refused_for_any_real_account(account):
    with pytest.raises(OptionError, match=r"local stack alone.*Leave `auth` out"):
        options(account, auth="none")


def test_an_open_api_is_allowed_on_the_local_stack():
    assert options(LOCAL_ACCOUNT, auth="none").auth == "none"


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
        {"auth": "jwt"},
        {"data_root": "lake/sales"},
        {"data_root": "s3://Lake"},
        {"data_root": "s3://lake/*"},
        {"api_url": "reports.example.com"},
        {"max_concurrency": "0"},
        {"max_concurrency": "many"},
        {"retention_days": "-1"},
        {"removal": "snapshot"},
        {"stack": "2fast"},
    ],
)
def test_a_wrong_value_is_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(OptionError, match=f"The context {name} must"):
        options(**wrong)
