"""The chart of a report as a chart of Excel's (ECMA-376 Part 1, 21.2), and the drawing that has its place. Pure.

Its data are cells of the sheet about the report. The chart contains them too, for programs that do not compute.

    bar    bars with the largest on top; if there are more than HORIZONTAL, columns
    line   a line
    pie    a ring
"""

from __future__ import annotations

from octavo.documents.chart_data import ChartData
from octavo.documents.xlsx.namespaces import DECLARATION, DRAWING, OFFICE
from octavo.documents.xlsx.references import column_range, quoted
from octavo.documents.xlsx.strings import attribute, escaped

HORIZONTAL = 16  # bars, at most
BLUE, GREY = "1F4E79", "D9D9D9"
COLUMNS, LEFT, TOP = 10, 3, 1  # the place of the chart in the sheet: from column D, below the title
LEAST_HEIGHT, MOST_HEIGHT, ROWS_PER_BAR = 18, 40, 1.5  # rows of the sheet
CATEGORIES, VALUES = 111, 112  # the numbers of the axes
SHAPE = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"


def chart_xml(chart: ChartData, sheet: str, first: int, last: int) -> str:
    """Return the chart whose names and values are in the columns A and B of a sheet, in the rows `first` to `last`."""
    series = _series(chart, sheet, first, last)
    match chart.kind:
        case "pie":
            plot = f'<c:doughnutChart><c:varyColors val="1"/>{series}<c:holeSize val="60"/></c:doughnutChart>'
        case "line":
            plot = (
                f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{series}<c:marker val="1"/>'
                f"{_axis_ids()}</c:lineChart>{_axes(horizontal=False)}"
            )
        case _:
            horizontal = len(chart.names) <= HORIZONTAL
            plot = (
                f'<c:barChart><c:barDir val="{"bar" if horizontal else "col"}"/><c:grouping val="clustered"/>'
                f'<c:varyColors val="0"/>{series}<c:gapWidth val="60"/>{_axis_ids()}</c:barChart>'
                f"{_axes(horizontal=horizontal)}"
            )
    legend = '<c:legend><c:legendPos val="r"/><c:overlay val="0"/></c:legend>' if chart.kind == "pie" else ""
    return (
        f'{DECLARATION}<c:chartSpace xmlns:c="{DRAWING}/chart" xmlns:a="{DRAWING}/main"'
        f' xmlns:r="{OFFICE}/relationships"><c:roundedCorners val="0"/><c:chart>{_title(chart.title)}'
        f'<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>{plot}</c:plotArea>{legend}'
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>'
    )


def _title(text: str) -> str:
    return (
        '<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1200" b="1"/></a:pPr>'
        f'<a:r><a:rPr lang="en-US" sz="1200" b="1"/><a:t>{escaped(text)}</a:t></a:r></a:p></c:rich></c:tx>'
        '<c:overlay val="0"/></c:title>'
    )


def _series(chart: ChartData, sheet: str, first: int, last: int) -> str:
    names, values = (f"{quoted(sheet)}!{column_range(column, first, last, absolute=True)}" for column in (0, 1))
    count = f'<c:ptCount val="{len(chart.names)}"/>'
    cached_names = "".join(
        f'<c:pt idx="{index}"><c:v>{escaped(name)}</c:v></c:pt>' for index, name in enumerate(chart.names)
    )
    cached_values = "".join(
        f'<c:pt idx="{index}"><c:v>{value!r}</c:v></c:pt>' for index, value in enumerate(chart.values)
    )
    fill = f'<a:solidFill><a:srgbClr val="{BLUE}"/></a:solidFill>'
    match chart.kind:
        case "pie":
            look = ""
        case "line":
            look = f'<c:spPr><a:ln w="25400">{fill}</a:ln></c:spPr><c:marker><c:symbol val="none"/></c:marker>'
        case _:
            look = f'<c:spPr>{fill}</c:spPr><c:invertIfNegative val="0"/>'
    smooth = '<c:smooth val="0"/>' if chart.kind == "line" else ""
    return (
        f'<c:ser><c:idx val="0"/><c:order val="0"/><c:tx><c:v>{escaped(chart.title)}</c:v></c:tx>{look}'
        f"<c:cat><c:strRef><c:f>{escaped(names)}</c:f><c:strCache>{count}{cached_names}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>{escaped(values)}</c:f><c:numCache><c:formatCode>General</c:formatCode>{count}"
        f"{cached_values}</c:numCache></c:numRef></c:val>{smooth}</c:ser>"
    )


def _axis_ids() -> str:
    return f'<c:axId val="{CATEGORIES}"/><c:axId val="{VALUES}"/>'


def _axes(*, horizontal: bool) -> str:
    """Return the axes. Horizontal bars begin on top, so that the axis of the values would move there too."""
    order, crosses = ("maxMin", "max") if horizontal else ("minMax", "autoZero")
    places = ("l", "b") if horizontal else ("b", "l")
    line = f'<a:ln><a:solidFill><a:srgbClr val="{GREY}"/></a:solidFill></a:ln>'
    grid = f"<c:majorGridlines><c:spPr>{line}</c:spPr></c:majorGridlines>"
    marks = '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>'
    return (
        f'<c:catAx><c:axId val="{CATEGORIES}"/><c:scaling><c:orientation val="{order}"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{places[0]}"/><c:numFmt formatCode="General" sourceLinked="0"/>{marks}'
        f'<c:crossAx val="{VALUES}"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/>'
        '<c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>'
        f'<c:valAx><c:axId val="{VALUES}"/><c:scaling><c:orientation val="minMax"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{places[1]}"/>{grid}<c:numFmt formatCode="#,##0.##" sourceLinked="0"/>'
        f'{marks.replace("low", "nextTo")}<c:crossAx val="{CATEGORIES}"/><c:crosses val="{crosses}"/></c:valAx>'
    )


def drawing_xml(chart: ChartData) -> str:
    """Return the drawing that puts the chart beside the facts about the report."""
    height = LEAST_HEIGHT if chart.kind != "bar" else int(len(chart.names) * ROWS_PER_BAR)
    bottom = TOP + max(LEAST_HEIGHT, min(MOST_HEIGHT, height))
    corners = "".join(
        f"<xdr:{name}><xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{line}</xdr:row>"
        f"<xdr:rowOff>0</xdr:rowOff></xdr:{name}>"
        for name, column, line in (("from", LEFT, TOP), ("to", LEFT + COLUMNS, bottom))
    )
    return (
        f'{DECLARATION}<xdr:wsDr xmlns:xdr="{SHAPE}" xmlns:a="{DRAWING}/main"><xdr:twoCellAnchor>{corners}'
        '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr>'
        f'<xdr:cNvPr id="2" name="Chart 1" descr="{attribute(chart.title)}"/><xdr:cNvGraphicFramePr/>'
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic>'
        f'<a:graphicData uri="{DRAWING}/chart"><c:chart xmlns:c="{DRAWING}/chart"'
        f' xmlns:r="{OFFICE}/relationships" r:id="rId1"/></a:graphicData></a:graphic>'
        "</xdr:graphicFrame><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )
