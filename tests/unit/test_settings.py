import pytest

from octavo.errors import SettingError
from octavo.settings import Settings


def test_a_missing_setting_is_named():
    with pytest.raises(SettingError, match="OCTAVO_TABLE is not set"):
        _ = Settings({}).table


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
