import pytest

from octavo.errors import SettingError
from octavo.settings import Settings

REQUIRED = {
    "table": "OCTAVO_TABLE",
    "bucket": "OCTAVO_BUCKET",
    "state_machine_arn": "OCTAVO_STATE_MACHINE_ARN",
    "data_root": "OCTAVO_DATA_ROOT",
    "api_url": "OCTAVO_API_URL",
    "auth": "OCTAVO_AUTH",
    "deadline_s": "OCTAVO_DEADLINE_S",
    "max_running": "OCTAVO_MAX_RUNNING",
    "capacity": "OCTAVO_CAPACITY",
    "retention_s": "OCTAVO_RETENTION_S",
    "link_lifetime_s": "OCTAVO_LINK_LIFETIME_S",
    "region": "AWS_REGION",
}


@pytest.mark.parametrize(("setting", "name"), REQUIRED.items())
def test_a_missing_setting_is_named_and_has_no_default(setting, name):
    with pytest.raises(SettingError, match=f"{name} is not set"):
        getattr(Settings({}), setting)


@pytest.mark.parametrize("value", ["0", "-1", "soon", "1.5", ""])
def test_a_value_that_is_not_a_positive_whole_number_is_refused(value):
    with pytest.raises(SettingError, match="OCTAVO_DEADLINE_S must be a whole number above 0"):
        _ = Settings({"OCTAVO_DEADLINE_S": value}).deadline_s


@pytest.mark.parametrize("mode", ["iam", "jwt", "none"])
def test_every_known_authorizer_is_accepted(mode):
    assert Settings({"OCTAVO_AUTH": mode}).auth == mode


def test_an_unknown_authorizer_is_refused():
    with pytest.raises(SettingError, match="OCTAVO_AUTH must be one of iam, jwt, none, not 'off'"):
        _ = Settings({"OCTAVO_AUTH": "off"}).auth


def test_addresses_have_no_final_slash():
    settings = Settings({"OCTAVO_API_URL": "https://reports.example/v1/", "OCTAVO_DATA_ROOT": "s3://data/root/"})
    assert (settings.api_url, settings.data_root) == ("https://reports.example/v1", "s3://data/root")
