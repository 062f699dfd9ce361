"""A page of another site, in the same browser, tries what it can; the page itself works there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.daemon("shared")

TRIES = """
async ([target, token]) => {
  const outcome = {};
  const attempt = async (name, doing) => {
    try { outcome[name] = await doing(); } catch (error) { outcome[name] = "blocked"; }
  };
  const text = async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`;
  await attempt("read", async () => text(await fetch(`${target}/view/history`)));
  await attempt("with token", async () =>
    text(await fetch(`${target}/view/history`, { headers: { "X-Difd-Token": token } })));
  await attempt("simple post", async () => text(await fetch(`${target}/exchange`,
    { method: "POST", mode: "no-cors", body: new URLSearchParams({ secret: "x" }) })));
  const load = (tag, address) => new Promise((done) => {
    const element = document.createElement(tag);
    element.onload = () => done("loaded");
    element.onerror = () => done("blocked");
    element.src = address;
    document.body.append(element);
  });
  await attempt("image", () => load("img", `${target}/static/mark.svg`));
  await attempt("script", () => load("script", `${target}/static/htmx.min.js`));
  const frame = document.createElement("iframe");
  frame.src = `${target}/`;
  document.body.append(frame);
  await new Promise((done) => { frame.onload = done; setTimeout(done, 5000); });
  await attempt("frame", () => frame.contentDocument ? "same" : "opaque");
  outcome.htmx = typeof window.htmx;
  return outcome;
}
"""


class _Quiet(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>evil</title><body>evil</body>")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def foreign() -> Iterator[str]:
    """The address of another site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_another_site_gets_nothing(chromium, gateway, foreign):
    gateway.enter()
    context = chromium.new_context()
    page = context.new_page()
    answers = []
    page.on("response", lambda response: answers.append((response.url, response.status)))
    page.goto(foreign)
    outcome = page.evaluate(TRIES, [gateway.origin, gateway.token])
    assert outcome["read"] == "blocked"
    assert outcome["with token"] == "blocked"
    assert outcome["simple post"] in {"blocked", "opaque 0 "}
    assert outcome["image"] == "blocked"
    assert outcome["script"] == "blocked"
    assert outcome["htmx"] == "undefined"
    assert outcome["frame"] == "opaque"
    codes = {code for address, code in answers if address.startswith(gateway.origin)}
    assert codes, "the tries reached the gateway"
    assert codes <= {403, 405}, codes
    assert gateway.get("/view/history").code == 200, "the page itself goes on"
    context.close()


def test_the_address_opens_once_and_survives_a_reload(gateway, page, chromium):
    page.goto(gateway.address)
    expect(page.get_by_role("heading", name="Find duplicate and similar pictures")).to_be_visible()
    assert gateway.secret not in page.url
    assert page.evaluate("document.cookie") == ""
    page.reload()
    expect(page.get_by_role("heading", name="Find duplicate and similar pictures")).to_be_visible()
    other = chromium.new_context().new_page()
    other.goto(gateway.address)
    expect(other.get_by_text("This address was used before")).to_be_visible()
    other.goto(f"{gateway.origin}/")
    expect(other.get_by_text("opens with the address")).to_be_visible()
    other.context.close()
