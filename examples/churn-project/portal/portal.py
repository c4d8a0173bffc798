"""The application: a page with the customers that are the likeliest to leave. The Dockerfile puts it into an image."""

import csv
import html
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 8050
"""The port that MLRun's application runtime forwards to."""


def page(scores: Path, most: int = 10) -> str:
    """The customers with the highest probabilities, as HTML."""
    with scores.open() as opened:
        rows = sorted(csv.DictReader(opened), key=lambda row: float(row["probability"]), reverse=True)[:most]
    listed = "".join(f"<tr><td>{html.escape(row['customer'])}<td>{float(row['probability']):.0%}" for row in rows)
    return f"<!doctype html><title>Churn</title><table><tr><th>customer<th>leaves{listed}</table>"


class Portal(BaseHTTPRequestHandler):
    """Answers every GET with the page."""

    def do_GET(self) -> None:
        """Send the page."""
        body = page(Path(os.environ.get("SCORES", "scores.csv"))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Portal).serve_forever()
