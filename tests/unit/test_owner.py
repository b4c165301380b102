import pytest

from octavo.owner import EVERYONE, may_see, owner_of


def asked_by(arn):
    return {"authorizer": {"iam": {"userArn": arn}}}


def test_a_role_is_one_owner_in_all_its_sessions():
    first, second = (asked_by(f"arn:aws:sts::123456789012:assumed-role/Reports/{name}") for name in ("monday", "x@y.z"))
    assert owner_of(first, "iam") == owner_of(second, "iam") == "arn:aws:iam::123456789012:role/Reports"


def test_a_user_is_the_owner_by_arn():
    assert owner_of(asked_by("arn:aws:iam::123456789012:user/Anna"), "iam") == "arn:aws:iam::123456789012:user/Anna"


def test_without_its_authorizer_nobody_is_answered():
    with pytest.raises(KeyError):
        owner_of({"authorizer": {}}, "iam")


def test_a_shared_report_may_be_seen_by_all_and_others_by_their_owner_alone():
    assert may_see(EVERYONE, "anna")
    assert may_see("anna", "anna")
    assert not may_see("anna", "ben")
