"""Every code exists once, and every error has one of them."""

import pytest

from octavo.codes import Code
from octavo.errors import ClientError, OctavoError, PermanentError, TransientError, family
from octavo.lifecycle import failure

# The codes that no error class has: failures that no error reports, and an address where the API has nothing.
WITHOUT_AN_ERROR = {Code.TIMED_OUT, Code.CANCELLED, Code.NOT_FOUND}


@pytest.mark.parametrize("error", [*family(OctavoError)], ids=lambda error: error.__name__)
def test_the_code_of_an_error_is_one_of_the_codes(error):
    assert isinstance(error.code, Code)


def test_every_code_is_used():
    assert {error.code for error in family(OctavoError)} | WITHOUT_AN_ERROR == set(Code)


def test_a_code_is_written_as_it_is_named():
    assert {code.name: code.value for code in Code} == {code.name: str(code) for code in Code}
    assert all(code.name == code.value for code in Code)


def test_errors_with_the_same_code_have_the_same_title_and_status():
    by_code = {}
    for error in [*family(PermanentError), *family(TransientError), *family(ClientError)]:
        if error.code != Code.INTERNAL:
            by_code.setdefault(error.code, set()).add((error.title, error.retryable, error.status))
    assert {code for code, told in by_code.items() if len(told) > 1} == set()


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (failure.timed_out(), Code.TIMED_OUT),
        (failure.timed_out("Merge", 3), Code.TIMED_OUT),
        (failure.cancelled(), Code.CANCELLED),
        (failure.stopped(), Code.CANCELLED),
        (failure.killed("Render chunk", Code.RENDER_FAILED, 3), Code.RENDER_FAILED),
        (failure.unexpected("Plan"), Code.INTERNAL),
    ],
)
def test_a_failure_that_no_error_reports_says_what_to_do(made, code):
    assert (made.code, made.retryable) == (code, True)
    assert len(made.message.split(". ")) >= 2
