"""`octavo.Client` is there for those who ask, and for them alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

import octavo
import octavo.client


def test_the_client_is_found_at_the_packages_root():
    assert octavo.Client is octavo.client.Client
    with pytest.raises(AttributeError, match="no attribute 'Cleint'"):
        octavo.Cleint  # noqa: B018 - the look-up is what is tested


def test_the_functions_models_load_no_client():
    loaded = "import sys, octavo, octavo.http.models; print('httpx' in sys.modules, 'octavo.client' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert output == "False False\n"
