"""The report as one HTML page that opens offline and loads nothing.

The template places what the view holds; the style sheet and the script stand inline, allowed by their digests in a
Content Security Policy that allows nothing else. Charts are Vega-Lite specs as inert JSON, drawn by the script with
Vega's expression interpreter, so no text is ever run as code. Without scripts every number and every text
alternative is still there.
"""

from seatrial.report.page.render import render_html as render_html
