"""Who gets past the gate of the review page: the threats that concern the browser, one by one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest
from harness.gateway import is_open, running_gateway
from harness.instance import wait_until

from difclient.review.form import FIELDS_MAX
from difd.system.peers import is_stranger

pytestmark = pytest.mark.daemon("shared")

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def entered(gateway):
    gateway.enter()
    return gateway


def test_the_address_is_of_this_machine_alone(gateway):
    assert is_open("127.0.0.1", gateway.port)
    host = socket.gethostbyname(socket.gethostname())
    for address in {host, "127.0.0.2"} - {"127.0.0.1"}:
        assert not is_open(address, gateway.port), address


def test_every_gateway_has_another_port_and_secret(instance, gateway):
    with running_gateway(instance) as other:
        assert other.port != gateway.port
        assert other.secret != gateway.secret
        assert len(gateway.secret) >= 43, "256 bits"


def test_the_page_itself_holds_nothing_and_all_else_wants_the_token(entered):
    token, entered.token = entered.token, None
    for path in ("/", "/static/main.js", "/static/htmx.min.js"):
        assert entered.get(path).code == 200, path
    for path in ("/view/history", "/alive", "/nowhere"):
        assert entered.get(path).code == 401, path
        assert entered.get(path, **{"X-Difd-Token": "wrong"}).code == 401, path
        assert entered.get(f"{path}?token={token}").code == 401, path
        assert entered.get(path, Cookie=f"token={token}").code == 401, path
    assert entered.post("/", ()).code == 401
    entered.token = token
    assert entered.get("/view/history").code == 200


def test_the_secret_works_once(gateway):
    assert gateway.exchange("wrong").code == 403
    assert gateway.exchange("").code == 403
    assert gateway.exchange("ä").code == 403
    gateway.enter()
    replayed = gateway.exchange()
    assert replayed.code == 403
    assert "token" not in replayed.text
    assert gateway.get("/view/history").code == 200, "the first one stays in"


def test_before_the_exchange_no_token_is_good(gateway):
    for token in ("", "None", gateway.secret):
        assert gateway.get("/view/history", **{"X-Difd-Token": token}).code == 401


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:{port}", "localhost:{port}", "127.0.0.1", "[::1]:{port}"]
)
def test_a_name_made_to_mean_this_machine_is_refused(entered, name):
    host = name.format(port=entered.port)
    for path in ("/", "/static/main.js", "/view/history"):
        assert entered.get(path, Host=host).code == 421
    assert entered.exchange(Host=host).code == 421


def test_two_names_or_none_are_refused(entered):
    with socket.create_connection(("127.0.0.1", entered.port)) as line:
        line.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b" 421 " in line.recv(100)
    with socket.create_connection(("127.0.0.1", entered.port)) as line:
        host = entered.host.encode()
        line.sendall(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nHost: evil.example\r\n\r\n")
        assert b" 400 " in line.recv(100) or b" 421 " in line.recv(100)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_another_origin_is_refused_even_with_the_token(entered, origin):
    for path in ("/", "/view/history"):
        assert entered.get(path, Origin=origin).code == 403
    assert entered.post("/view/history", (), Origin=origin).code == 403
    assert entered.exchange(Origin=origin).code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_calls_another_site_is_refused(entered, site):
    for path in ("/", "/static/main.js", "/view/history"):
        assert entered.get(path, **{"Sec-Fetch-Site": site}).code == 403
    assert entered.get("/", **{"Sec-Fetch-Site": "none"}).code == 200
    assert entered.get("/view/history", **{"Sec-Fetch-Site": "same-origin"}).code == 200


def test_a_simple_post_of_another_page_fails(entered):
    """As a form or `fetch` without preflight sends it: no header of its own can be set."""
    for path in ("/exchange", "/view/history", "/searches"):
        simple = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", **FORM}
        assert entered.raw("POST", path, simple, b"secret=x").code == 403
    token = {"X-Difd-Token": entered.token}
    assert entered.raw("POST", "/view/history", token, b"").code == 403, "without an origin"


def test_no_other_origin_is_ever_allowed_to_read(entered):
    preflight = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-difd-token",
    }
    answers = [
        entered.raw("OPTIONS", "/view/history", preflight),
        entered.raw("OPTIONS", "/view/history", {**preflight, "Origin": entered.origin}),
        entered.get("/view/history"),
        entered.get("/"),
    ]
    assert [answer.code for answer in answers] == [403, 405, 200, 200]
    for answer in answers:
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_every_answer_tells_the_browser_what_not_to_do(entered):
    for answer in (
        entered.get("/"),
        entered.get("/static/base.css"),
        entered.get("/view/history"),
        entered.get("/nowhere"),
        entered.get("/", Host="evil.example"),
    ):
        headers = {name.lower(): value for name, value in answer.headers.items()}
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "set-cookie" not in headers
        assert "server" not in headers


def test_the_page_has_no_script_or_style_of_its_own_and_loads_nothing_from_elsewhere(gateway):
    page = gateway.get("/").text
    assert page.count("<script") == page.count("<script src=")
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "//" not in page.replace("/>", "")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../session.py",
        "/static/..%2fsession.py",
        "/static/%2e%2e/session.py",
        "/static/..%5csession.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/vendor/htmx.min.js",
        "/static/",
        "/../../../../etc/passwd",
    ],
)
def test_no_path_leads_out(entered, path):
    answer = entered.get(path)
    assert answer.code == 404
    assert b"root:" not in answer.body
    assert b"import" not in answer.body


def test_a_request_without_end_is_refused(entered):
    token = {"Origin": entered.origin, "X-Difd-Token": entered.token}
    huge = {**token, "Content-Length": "99999999999"}
    assert entered.raw("POST", "/view/history", huge).code == 413
    chunked = {**token, "Transfer-Encoding": "chunked"}
    assert entered.raw("POST", "/view/history", chunked).code == 411


def test_a_form_of_more_fields_than_any_is_refused_in_words(entered):
    body = b"a=1&" * (FIELDS_MAX + 1)
    headers = {"Origin": entered.origin, "X-Difd-Token": entered.token}
    answer = entered.raw("POST", "/searches", headers, body)
    assert (answer.code, answer.text) == (400, "The form has too many fields.")


def test_another_user_cannot_take_the_place(gateway):
    """The browser's command line shows the address to everybody for a moment."""
    if os.getuid() != 0:
        assert is_stranger(("127.0.0.1", 1), ("127.0.0.1", gateway.port)), "nobody's socket"
        return
    script = (
        "import sys, urllib.request as r, urllib.error as e\n"
        "q = r.Request(sys.argv[1] + '/exchange', b'secret=' + sys.argv[2].encode(),"
        " {'Origin': sys.argv[1]})\n"
        "try: print(r.urlopen(q).status)\n"
        "except e.HTTPError as error: print(error.code, error.read().decode())\n"
    )
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    said = subprocess.run(
        [*nobody, "/usr/bin/python3", "-c", script, gateway.origin, gateway.secret],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout
    assert said.startswith("403 This page belongs to another user."), said
    silent = (
        "import socket, sys\n"
        "line = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "line.settimeout(20)\n"
        "line.sendall(sys.argv[2].encode())\n"
        "print(line.recv(100).split(b'\\r')[0].decode())\n"
    )
    head = (
        f"POST /exchange HTTP/1.1\r\nHost: {gateway.host}\r\nOrigin: {gateway.origin}\r\n"
        "Content-Length: 4000000\r\n\r\n"
    )
    said = subprocess.run(
        [*nobody, "/usr/bin/python3", "-c", silent, str(gateway.port), head],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout
    assert said.startswith("HTTP/1.1 403"), "refused before anything of the body came"
    gateway.enter()  # the secret is still good for its owner


def test_it_ends_itself_when_nobody_uses_it(instance):
    with running_gateway(instance, "--idle-minutes", "0.02") as gateway:
        assert gateway.process.wait(20) == 0
        assert not is_open("127.0.0.1", gateway.port)


def test_it_stays_while_it_is_used_and_strangers_do_not_count(instance):
    with running_gateway(instance, "--idle-minutes", "0.04") as gateway:
        gateway.enter()
        for _ in range(8):
            assert gateway.get("/alive").code == 200
            assert gateway.process.poll() is None
            signal.sigtimedwait([], 0.5)
        gateway.token = "wrong"  # noqa: S105  that is the point
        wait_until(lambda: _refused_or_gone(gateway), 20)
        assert gateway.process.wait(20) == 0


def _refused_or_gone(gateway) -> bool:
    try:
        assert gateway.get("/alive").code == 401
    except OSError:
        return True
    return gateway.process.poll() is not None


def test_a_taken_port_is_said_in_one_sentence(instance, gateway):
    answer = instance.difctl("review", "--no-browser", "--port", str(gateway.port))
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"difctl: Port {gateway.port} cannot be used: ")


def test_an_unknown_job_is_refused_before_anything_is_served(instance):
    answer = instance.difctl("review", "--no-browser", "abc")
    assert answer.returncode == 2
    assert "There is no job 'abc'" in answer.stderr
    assert not answer.stdout


def test_it_opens_the_browser_with_the_address(instance, tmp_path):
    """$BROWSER is what Python's webbrowser, and so `difctl review`, runs."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(seen)!r}, 'w').write(sys.argv[1])\n"
        "print('** WARNING **: no bus', file=sys.stderr)"
    )
    browser.chmod(0o755)
    instance.environment["BROWSER"] = str(browser)
    with instance.start("review", "--idle-minutes", "0.05") as process:
        assert process.wait(30) == 0
        assert seen.read_text() == process.stdout.read().strip()
        assert process.stderr.read() == "", "what the browser complains of is not ours to tell"
