from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from octavo.errors import Unidentified
from octavo.lifecycle.owner import EVERYONE, LOCAL_OWNER, may_see, owner_of

ISSUER = "https://login.example.com/"
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda name: name != "null")


def asked_by(arn):
    return {"authorizer": {"iam": {"userArn": arn}}}


def with_token(**claims):
    return {"authorizer": {"jwt": {"claims": claims, "scopes": []}}}


def subject(iss, sub):
    return owner_of(with_token(iss=iss, sub=sub), "jwt")


def test_a_role_is_one_owner_in_all_its_sessions():
    first, second = (asked_by(f"arn:aws:sts::123456789012:assumed-role/Reports/{name}") for name in ("monday", "x@y.z"))
    assert owner_of(first, "iam") == owner_of(second, "iam") == "arn:aws:iam::123456789012:role/Reports"


def test_two_roles_are_two_owners_even_if_their_sessions_have_the_same_name():
    first, second = (asked_by(f"arn:aws:sts::123456789012:assumed-role/{role}/x") for role in ("Reports", "Billing"))
    assert owner_of(first, "iam") != owner_of(second, "iam")


def test_a_role_keeps_its_account_and_partition():
    abroad = asked_by("arn:aws-us-gov:sts::210987654321:assumed-role/AWSReservedSSO_Read_0a1b/anna@example.com")
    assert owner_of(abroad, "iam") == "arn:aws-us-gov:iam::210987654321:role/AWSReservedSSO_Read_0a1b"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:user/Anna",
        "arn:aws:iam::123456789012:user/staff/berlin/Anna",
        "arn:aws:sts::123456789012:federated-user/Anna",
        "arn:aws:iam::123456789012:root",
    ],
)
def test_users_federated_users_and_root_are_owners_by_arn(arn):
    assert owner_of(asked_by(arn), "iam") == arn


def test_a_tokens_subject_is_the_owner_within_its_issuer():
    assert subject(ISSUER, "anna") == "jwt:https://login.example.com/#anna"
    assert subject("https://other.example.com/", "anna") != subject(ISSUER, "anna")


@given(names, names, names, names)
@example("a#b", "c", "a", "b#c")
@example("a%23b", "c", "a#b", "c")
def test_no_two_subjects_are_one_owner(issuer, sub, other_issuer, other_sub):
    assume((issuer, sub) != (other_issuer, other_sub))
    assert subject(issuer, sub) != subject(other_issuer, other_sub)


@given(names, names)
def test_issuer_and_subject_can_be_read_from_the_owner(issuer, sub):
    written = subject(issuer, sub).removeprefix("jwt:").partition("#")
    assert (unquote(written[0]), written[2]) == (issuer, sub)


@given(names, names)
@example(EVERYONE, EVERYONE)
@example("arn:aws:iam::123456789012", "root")
def test_a_subject_is_never_confused_with_a_principal_everyone_or_the_local_owner(issuer, sub):
    owner = subject(issuer, sub)
    assert not owner.startswith("arn:")
    assert owner not in {EVERYONE, LOCAL_OWNER}


@pytest.mark.parametrize("nobody", [{}, {"sub": ""}, {"sub": None}, {"sub": "null"}])
def test_a_token_that_names_nobody_is_refused_and_is_not_everyones(nobody):
    with pytest.raises(Unidentified, match="has no subject") as refused:
        owner_of(with_token(iss=ISSUER, **nobody), "jwt")
    assert (refused.value.status, refused.value.code) == (403, "FORBIDDEN")


def test_a_token_without_an_issuer_is_refused():
    with pytest.raises(Unidentified):
        owner_of(with_token(sub="anna"), "jwt")


@pytest.mark.parametrize("auth", ["iam", "jwt"])
@pytest.mark.parametrize("context", [{}, {"authorizer": {}}])
def test_a_deployment_without_its_authorizer_answers_nobody(auth, context):
    with pytest.raises(KeyError):
        owner_of(context, auth)


def test_the_result_of_one_authorizer_is_not_accepted_for_another():
    with pytest.raises(KeyError):
        owner_of(with_token(iss=ISSUER, sub="anna"), "iam")
    with pytest.raises(KeyError):
        owner_of(asked_by("arn:aws:iam::123456789012:user/Anna"), "jwt")


def test_without_an_authorizer_everyone_is_the_local_owner():
    assert owner_of({}, "none") == LOCAL_OWNER


def test_all_callers_see_a_shared_report_and_only_the_owner_sees_another():
    assert may_see(EVERYONE, "anna")
    assert may_see("anna", "anna")
    assert not may_see("anna", "ben")
