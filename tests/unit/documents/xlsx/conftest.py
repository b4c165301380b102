"""Workbooks of made-up rows, and their readers."""

import zipfile
from contextlib import closing

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from openxml_audit import OpenXmlValidator, ValidationSeverity
from python_calamine import CalamineWorkbook

from tests.unit.documents.conftest import of_type, stored


class Book:
    """A workbook, as its readers see it."""

    def __init__(self, made) -> None:
        self.made, self.path = made, made.path
        with zipfile.ZipFile(self.path) as archive:
            assert archive.testzip() is None

    def part(self, name):
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(name).decode()

    def openpyxl(self, **options):
        return openpyxl.load_workbook(self.path, **options)

    def cells(self, sheet=0):
        """Return the values of the rows below the header, as openpyxl reads them. It leaves escapes to its users."""
        rows = self.openpyxl().worksheets[sheet].iter_rows(min_row=2, values_only=True)
        return [tuple(unescape(value) if isinstance(value, str) else value for value in row) for row in rows]

    def calamine(self, sheet=0):
        """Return the values of the rows below the header, as calamine reads them."""
        return CalamineWorkbook.from_path(str(self.path)).get_sheet_by_index(sheet).to_python()[1:]

    def about(self):
        """Return what the sheet about the report says: the values by their labels."""
        with closing(self.openpyxl(read_only=True)) as workbook:  # it reads this sheet only
            return dict(workbook.worksheets[-1].iter_rows(max_col=2, values_only=True))

    def faults(self):
        """Return what is against the schemas of ECMA-376. (Warnings are advice: for example, to share strings.)"""
        found = OpenXmlValidator().validate(str(self.path)).errors
        return [error.description for error in found if error.severity is ValidationSeverity.ERROR]


@pytest.fixture
def book(tmp_path):
    """Return a function that makes the workbook of a report type over the rows of a query."""

    def made(select, report_type, parameters=None, **options):
        folder = stored(select, tmp_path)
        return Book(of_type(report_type, folder, folder, "xlsx", parameters or {}, options))

    return made
