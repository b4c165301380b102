from hypothesis import given
from hypothesis import strategies as st

from octavo.lifecycle.version import version


@given(st.text(), st.text(), st.text(), st.text())
def test_the_version_follows_from_the_bundle_and_the_definition_and_from_nothing_else(bundle, type_, bundle2, type2):
    same = (bundle, type_) == (bundle2, type2)
    if "\0" not in bundle + bundle2:  # digests are hexadecimal
        assert (version(bundle, type_) == version(bundle2, type2)) == same
