"""One short file per chart: a summary and its traces as a Vega-Lite specification and the same in words."""
