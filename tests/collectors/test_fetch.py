"""A request cannot be turned inward, held up, filled up or fooled; what goes wrong has its code and sentence.

The rows H116 to H124 and H128 of the bad-input catalogue, against a real server; H125 to H127 are in
``test_json_table.py`` and ``test_pull.py``.
"""

import base64
import hashlib
import hmac
import logging
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from collectors.addresses import Reach, address_refused, url_refused
from collectors.credentials import Basic, Bearer, Secret, Signed
from collectors.failure import Failure, told
from collectors.fetch import Ask, Fetched, Net, Policy, open_line
from models.words import words
from tests.collectors import hostile
from tests.collectors.hostile import Hostile, as_json, redirect, reply

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
QUICK = Net(wait=lambda _: None, chance=lambda: 0.0)


@pytest.fixture
def server() -> Iterator[Hostile]:
    with hostile.serving() as found:
        yield found


def reach(*hosts: str, plain: bool = True, networks: tuple = LOOPBACK) -> Reach:
    return Reach(hosts, networks, plain)


def fetched(
    url: str,
    allowed: Reach,
    *,
    net: Net = QUICK,
    now: datetime | None = None,
    ask: dict | None = None,
    **limits,
) -> Fetched | Failure:
    policy = Policy(allowed, **{"deadline_s": 5.0, "tries": 1, **limits})
    with open_line(policy, net, now=now or datetime.now(UTC)) as line:
        return line.fetch(Ask(url, **(ask or {})))


def of(server: Hostile, path: str = "/x", **options) -> Fetched | Failure:
    return fetched(server.address + path, reach(server.host), **options)


def said(failure: Failure | Fetched) -> tuple[str, str, str]:
    """The code and the sentence in both languages; each has its remedy too."""
    assert isinstance(failure, Failure), failure
    (zh, zh_hint), (en, en_hint) = (
        told(failure.code, failure.values, words(code)) for code in ("zh_CN", "en")
    )
    assert zh_hint and en_hint
    assert any("\u4e00" <= c <= "\u9fff" for c in zh) and not any("\u4e00" <= c <= "\u9fff" for c in en)
    return failure.code, zh, en


# --- H116, H117: where it may go ----------------------------------------------------------------------------

TRICKS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0.0.0.0", "localhost",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
]  # fmt: skip


@pytest.mark.parametrize("host", TRICKS)
def test_no_way_of_writing_loopback_reaches_it(host: str) -> None:
    """H116: not even a host that is declared leads inward."""
    with hostile.canary() as (port, came):
        found = fetched(f"http://{host}:{port}/", reach(f"{host}:{port}", networks=()))
        code, zh, en = said(found)
        assert code == "H-BLOCKED"
        assert zh.startswith("目标地址不允许：") and en.startswith("The address ")
        undeclared = fetched(f"http://{host}:{port}/", reach(f"api.example.cn:{port}"))
        assert said(undeclared)[0] == "H-BLOCKED"
        assert came == []


@pytest.mark.parametrize(
    "url",
    [
        "http://a@127.0.0.1:{port}/",
        "http://api.example.cn:{port}@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\\@api.example.cn/",
        "http://127.0.0.1:{port}#@api.example.cn:{port}/",
        "http://127。0。0。1:{port}/",
        "http://①②⑦.⓪.⓪.①:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://%31%32%37.0.0.1:{port}/",
    ],
)
def test_a_disguised_host_is_seen_through(url: str) -> None:
    with hostile.canary() as (port, came):
        found = fetched(url.format(port=port), reach(f"api.example.cn:{port}", "api.example.cn", networks=()))
        assert said(found)[0] in ("H-BLOCKED", "H-URL")
        assert came == []


@pytest.mark.parametrize(
    "address",
    (
        "169.254.169.254 100.100.100.200 10.0.0.1 172.16.0.1 192.168.1.1 0.0.0.0 224.0.0.1 239.255.255.250 "
        "255.255.255.255 127.0.0.1 100.64.0.1 198.18.0.1 192.0.0.8 240.0.0.1 fd00::8 fc00::1 fe80::1%eth0 "
        "ff02::1 ::1 :: ::ffff:10.0.0.1 64:ff9b::a00:1 64:ff9b:1::a00:1 2002:a00:1:: 2001:0:1::1 fec0::1 "
        "2001:db8::1 ::10.0.0.1 nonsense"
    ).split(),
)
def test_an_inward_address_blocks(address: str) -> None:
    """H117, whatever the name was."""
    assert address_refused(address, ())
    net = Net(resolve=lambda host, port: [address], wait=lambda _: None)
    code, zh, en = said(fetched("https://api.example.cn/", reach("api.example.cn", networks=()), net=net))
    assert (code, zh, en) == (
        "H-BLOCKED",
        f"目标地址不允许：{address}。",
        f"The address {address} is not allowed.",
    )


@pytest.mark.parametrize("address", ["114.114.114.114", "8.8.8.8", "240e:0:1::1", "2400:3200::1"])
def test_a_public_address_does_not(address: str) -> None:
    assert not address_refused(address, ())


def test_a_declared_network_opens_itself_and_nothing_else() -> None:
    network = (ip_network("10.21.0.0/16"),)
    assert not address_refused("10.21.3.4", network)
    assert address_refused("10.22.3.4", network)
    assert address_refused("169.254.169.254", (ip_network("169.254.0.0/16"),)), (
        "metadata can never be declared"
    )


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7"))
def test_no_private_address_passes(address) -> None:
    assert address_refused(str(address), ())


# --- H118: names that change their mind ---------------------------------------------------------------------


def test_a_name_is_looked_up_once_and_that_answer_is_connected_to() -> None:
    answers = iter([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]])
    net = Net(resolve=lambda host, port: next(answers), wait=lambda _: None)
    narrow = (ip_network("127.0.0.2/32"),)
    with hostile.serving(host="127.0.0.2") as server, hostile.canary() as (port, came):
        allowed = reach(f"api.example.cn:{server.port}", f"api.example.cn:{port}", networks=narrow)
        server.routes["/x"] = as_json([1], Connection="close")
        with open_line(Policy(allowed, tries=1), net, now=datetime.now(UTC)) as line:
            first = line.fetch(Ask(f"http://api.example.cn:{server.port}/x"))
            again = line.fetch(Ask(f"http://api.example.cn:{port}/x"))
        assert first.content == b"[1]"
        assert server.asked[0].headers["host"] == f"api.example.cn:{server.port}"
        assert said(again)[0] == "H-BLOCKED"
        assert came == []


@pytest.mark.parametrize("answers", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
def test_one_bad_address_among_good_ones_blocks(answers: list[str]) -> None:
    net = Net(resolve=lambda host, port: answers, wait=lambda _: None)
    with hostile.serving(host="127.0.0.2") as server:
        server.routes["/x"] = as_json([1])
        allowed = reach(f"api.example.cn:{server.port}", networks=(ip_network("127.0.0.2/32"),))
        found = fetched(f"http://api.example.cn:{server.port}/x", allowed, net=net)
        assert said(found)[:2] == ("H-BLOCKED", "目标地址不允许：127.0.0.1。")
        assert server.asked == []


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    net = Net(resolve=lambda host, port: ["127.0.0.3", "127.0.0.2"], wait=lambda _: None)
    with hostile.serving(host="127.0.0.2") as server:
        server.routes["/x"] = as_json([1])
        found = fetched(f"http://a.cn:{server.port}/x", reach(f"a.cn:{server.port}"), net=net)
        assert found.content == b"[1]"


# --- H119, H120: addresses and redirects --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "zh", "en"),
    [
        ("file:///etc/passwd", "“file”既不是 https 也不是 http", "“file” is neither"),
        ("ftp://a.cn/", "“ftp”", "“ftp”"),
        ("gopher://a.cn/", "“gopher”", "“gopher”"),
        ("http://a.cn:22/", "端口 22 未登记", "port 22 is not declared"),
        ("http://a.cn:25/", "端口 25 未登记", "port 25 is not declared"),
        ("http://a.cn:99999/", "不是网址", "it is no address"),
        ("http://", "不是网址", "it is no address"),
        ("http://u:p@a.cn/", "其中含有用户名或密码", "a name or password stands in it"),
    ],
)
def test_only_web_addresses_at_declared_ports(url: str, zh: str, en: str) -> None:
    code, in_zh, in_en = said(fetched(url, reach("a.cn")))
    assert code == "H-URL" and zh in in_zh and en in in_en


def test_http_must_be_declared() -> None:
    refused = url_refused("http://a.cn/", reach("a.cn", plain=False))
    assert said(refused)[1] == "网址不可用：该数据源未登记使用 http。"
    assert url_refused("https://a.cn/", reach("a.cn", plain=False)) is None
    assert url_refused("https://a.cn:8443/", reach("a.cn:8443")) is None
    assert said(url_refused("https://a.cn/", reach("a.cn:8443")))[0] == "H-BLOCKED"


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/x", "http://169.254.169.254/latest", "file:///etc/passwd", "//b.cn/x", ""]
)
def test_a_redirect_elsewhere_is_not_followed(server: Hostile, target: str) -> None:
    server.routes["/x"] = redirect(target)
    code, zh, en = said(of(server))
    assert code == "H-REDIRECT" and "未跟随" in zh and "was not followed" in en
    assert len(server.asked) == 1


def test_a_redirect_in_a_loop_ends(server: Hostile) -> None:
    server.routes["/x"] = redirect("/x")
    assert said(of(server, max_redirects=2))[0] == "H-REDIRECT"
    assert len(server.asked) == 3


def test_a_redirect_never_shows_a_query(server: Hostile) -> None:
    server.routes["/x"] = redirect("https://b.cn/y?token=geheim")
    assert "geheim" not in str(said(of(server)))


def test_a_declared_redirect_is_followed_without_the_key_of_another_host(
    server: Hostile, monkeypatch
) -> None:
    monkeypatch.setenv("SOURCE_KEY", "geheim")
    with hostile.serving() as other:
        other.routes["/y"] = as_json([2])
        server.routes["/x"] = [redirect("/here"), redirect(f"{other.address}/y")]
        server.routes["/here"] = redirect(f"{other.address}/y")
        ask = {"auth": Bearer(Secret(env="SOURCE_KEY")), "parameters": (("a", "1"),)}
        found = fetched(f"{server.address}/x", reach(server.host, other.host), ask=ask)
        assert found.content == b"[2]"
        assert [a.headers.get("authorization") for a in server.asked] == ["Bearer geheim"] * 2
        assert "authorization" not in other.asked[0].headers
        assert server.asked[0].query == {"a": "1"} and other.asked[0].query == {}


def test_a_post_is_not_turned_into_something_else(server: Hostile) -> None:
    server.routes["/x"] = redirect("/y", 302)
    assert said(of(server, ask={"method": "POST", "body": b"{}"}))[0] == "H-REDIRECT"
    server.routes |= {"/x": redirect("/y", 308), "/y": as_json([3])}
    assert of(server, ask={"method": "POST", "body": b"{}"}).content == b"[3]"
    assert server.asked[-1].method == "POST" and server.asked[-1].body == b"{}"


# --- H121: nothing from the environment ---------------------------------------------------------------------


def test_no_proxy_and_no_netrc_from_the_environment(server: Hostile, monkeypatch, tmp_path: Path) -> None:
    server.routes["/x"] = as_json([1])
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password geheim\n")
    with hostile.canary() as (port, came):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        assert of(server).content == b"[1]"
        assert came == []
    assert "authorization" not in server.asked[0].headers


# --- H122, H123: too slow, too much -------------------------------------------------------------------------


@pytest.mark.parametrize("misdeed", [hostile.drip_body, hostile.drip_headers, hostile.stall])
def test_a_drip_ends_at_the_deadline(server: Hostile, misdeed: Callable) -> None:
    server.routes["/x"] = misdeed()
    began = time.monotonic()
    code, zh, en = said(of(server, deadline_s=0.5))
    assert time.monotonic() - began < 1.5
    assert (code, zh, en) == (
        "H-TIMEOUT",
        "超过 0.5 秒仍未收到完整应答。",
        "No complete answer came within 0.5 seconds.",
    )


def test_a_handshake_and_a_name_end_at_the_deadline_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, says nothing
        port = silent.getsockname()[1]
        began = time.monotonic()
        assert (
            said(fetched(f"https://127.0.0.1:{port}/", reach(f"127.0.0.1:{port}"), deadline_s=0.3))[0]
            == "H-TIMEOUT"
        )
        over = threading.Event()
        net = Net(resolve=lambda host, port: over.wait(30) or [], wait=lambda _: None)
        assert said(fetched("https://a.cn/", reach("a.cn"), net=net, deadline_s=0.3))[0] == "H-TIMEOUT"
        over.set()
        assert time.monotonic() - began < 2


def test_redirects_share_one_deadline(server: Hostile) -> None:
    server.routes["/x"] = hostile.delayed(0.2, redirect("/x"))
    began = time.monotonic()
    assert said(of(server, deadline_s=0.5, max_redirects=10))[0] == "H-TIMEOUT"
    assert time.monotonic() - began < 1.5


def test_a_bomb_is_defused_in_little_memory(server: Hostile) -> None:
    server.routes["/x"] = hostile.bomb(600)
    tracemalloc.start()
    code, zh, en = said(of(server))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, zh, en) == (
        "H-SIZE",
        "应答解压后超过 5 MB。",
        "The answer is larger than 5 MB after unpacking.",
    )
    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("misdeed", "code"),
    [
        (hostile.endless(), "H-SIZE"),
        (reply(b"x", Content_Length="99999999999"), "H-SIZE"),
        (hostile.written(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1,2"), "H-CONN"),
        (reply(b"[1]", Content_Encoding="gzip"), "H-TYPE"),
        (reply(b"\x1f\x8b broken", Content_Encoding="gzip"), "H-TYPE"),
    ],
)
def test_a_lie_about_the_length_or_the_packing_is_met(server: Hostile, misdeed, code: str) -> None:
    server.routes["/x"] = misdeed
    assert said(of(server))[0] == code


def test_a_run_as_a_whole_has_its_limits_too(server: Hostile) -> None:
    server.routes["/x"] = reply(b"[" + b" " * 400_000 + b"]")
    with open_line(Policy(reach(server.host), max_bytes=1_000_000), QUICK, now=datetime.now(UTC)) as line:
        codes = [getattr(line.fetch(Ask(server.address + "/x")), "code", "fine") for _ in range(3)]
    assert codes == ["fine", "fine", "H-SIZE"]
    server.routes["/x"] = hostile.delayed(0.3, as_json([1]))
    policy = Policy(reach(server.host), whole_s=0.5, tries=1)
    with open_line(policy, QUICK, now=datetime.now(UTC)) as line:
        codes = [getattr(line.fetch(Ask(server.address + "/x")), "code", "fine") for _ in range(3)]
    assert codes == ["fine", "H-TIMEOUT", "H-TIMEOUT"]


# --- H128: credentials, rates, faults, certificates, names ---------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code", "zh", "en"),
    [
        (
            reply(b"", 401),
            "H-AUTH",
            "数据源拒绝了我方凭据（状态码 401）。",
            "refuses our credentials (status 401)",
        ),
        (reply(b"", 403), "H-AUTH", "（状态码 403）", "(status 403)"),
        (reply(b"", 500), "H-5XX", "数据源自身出现故障（状态码 500）。", "a fault of its own (status 500)"),
        (reply(b"", 404), "H-STATUS", "数据源返回状态码 404，没有数据。", "status 404 instead of data"),
        (reply(b"x", 206), "H-STATUS", "206", "206"),
        (reply(b"", 204), "H-EMPTY", "数据源的应答中没有任何记录。", "without any record"),
        (reply(b""), "H-EMPTY", "没有任何记录", "without any record"),
        (reply(b" \n"), "H-EMPTY", "没有任何记录", "without any record"),
        (hostile.reset(), "H-CONN", "与数据源的连接失败：应答尚未完整，连接即已中断。", "it was cut before"),
        (
            hostile.written(b"nonsense\r\n\r\n"),
            "H-CONN",
            "与数据源的连接失败",
            "connection to the source failed",
        ),
    ],
)
def test_what_a_source_does_has_its_code_and_sentence(server: Hostile, answer, code, zh, en) -> None:
    server.routes["/x"] = answer
    found = said(of(server))
    assert found[0] == code and zh in found[1] and en in found[2]


@pytest.mark.parametrize("status", [401, 403, 404, 400])
def test_what_does_not_pass_by_itself_is_asked_once(server: Hostile, status: int) -> None:
    server.routes["/x"] = reply(b"", status)
    assert isinstance(of(server, tries=3), Failure)
    assert len(server.asked) == 1


def test_what_may_pass_is_tried_again_after_growing_pauses(server: Hostile) -> None:
    pauses: list[float] = []
    net = Net(wait=pauses.append, chance=lambda: 1.0)
    server.routes["/x"] = [reply(b"", 500), hostile.reset(), as_json([1])]
    assert of(server, tries=3, net=net).content == b"[1]"
    assert pauses == [0.75, 1.5], "half a second, one second, each with its jitter"
    server.routes["/x"] = reply(b"", 502)
    assert said(of(server, tries=3, net=net))[0] == "H-5XX"
    assert len(server.asked) == 6


def test_a_rate_limit_is_obeyed(server: Hostile) -> None:
    pauses: list[float] = []
    net = Net(wait=pauses.append)
    server.routes["/x"] = [reply(b"", 429, Retry_After="2"), as_json([1])]
    assert of(server, tries=3, net=net).content == b"[1]"
    assert pauses == [2.0]
    server.routes["/x"] = reply(b"", 429, Retry_After="600")
    found = of(server, tries=3, net=net)
    assert pauses == [2.0], "too long to wait for: left to the next run"
    assert (found.code, found.after_s) == ("H-RATE", 600.0)
    assert said(found)[1:] == ("数据源要求等待 600 秒。", "The source asks us to wait 600 seconds.")


def test_retry_after_is_understood_as_a_day_and_capped_at_an_hour(server: Hostile, now: datetime) -> None:
    for text, seconds in (
        (format_datetime(now + timedelta(minutes=10), usegmt=True), 600),
        (format_datetime(now - timedelta(minutes=10), usegmt=True), 0),
        ("86400", 3600),
        ("9" * 500, 3600),
        (format_datetime(now + timedelta(days=9), usegmt=True), 3600),
    ):
        server.routes["/x"] = reply(b"", 429, Retry_After=text)
        assert of(server, now=now).after_s == pytest.approx(seconds, abs=2)
    server.routes["/x"] = reply(b"", 429, Retry_After="soon")
    assert of(server).after_s is None


def test_a_name_that_does_not_resolve(monkeypatch) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    found = fetched("https://a.cn/", reach("a.cn"), net=Net(resolve=nowhere, wait=lambda _: None))
    assert said(found) == ("H-DNS", "域名 a.cn 无法解析。", "The name a.cn cannot be resolved.")


def test_a_port_where_nobody_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, zh, en = said(fetched(f"http://127.0.0.1:{port}/", reach(f"127.0.0.1:{port}")))
    assert code == "H-CONN" and "该端口无应答" in zh and "nobody answers" in en


def test_the_clock_of_the_source_is_compared(server: Hostile, now: datetime) -> None:
    server.routes["/x"] = as_json([1], Date=format_datetime(now + timedelta(hours=3), usegmt=True))
    assert of(server, now=now).skew_s == pytest.approx(3 * 3600, abs=5)


def test_what_is_known_already_is_not_sent_again(server: Hostile) -> None:
    server.routes["/x"] = hostile.unless_known('"v1"', b"[1]")
    first = of(server)
    assert (first.etag, first.unchanged) == ('"v1"', False)
    assert of(server, ask={"etag": '"v1"'}).unchanged
    since = format_datetime(datetime(2026, 1, 1, tzinfo=UTC), usegmt=True)
    of(server, ask={"last_modified": since})
    assert server.asked[-1].headers["if-modified-since"] == since


# --- certificates -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA, *names: str, **options) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def over_tls(context: ssl.SSLContext, ca_file: str | None, name: str = "api.example.cn") -> Fetched | Failure:
    net = Net(resolve=lambda host, port: ["127.0.0.1"], wait=lambda _: None)
    with hostile.serving(context) as server:
        server.routes["/x"] = as_json([1])
        allowed = reach(f"{name}:{server.port}", plain=False)
        return fetched(f"https://{name}:{server.port}/x", allowed, net=net, ca_file=ca_file, tries=3)


def test_a_declared_authority_is_trusted_for_the_name_not_the_number(authority, ca_file) -> None:
    assert over_tls(tls(authority, "api.example.cn"), ca_file).content == b"[1]"


@pytest.mark.parametrize(
    ("names", "options", "trusted", "zh", "en"),
    [
        (
            ["api.example.cn"],
            {"not_after": datetime(2020, 1, 1, tzinfo=UTC)},
            True,
            "证书已过期",
            "has expired",
        ),
        (["b.example.cn"], {}, True, "证书属于另一域名", "for another name"),
        (["api.example.cn"], {}, False, "机构不受信任", "an authority we do not know"),
    ],
)
def test_a_certificate_that_cannot_be_trusted(authority, ca_file, names, options, trusted, zh, en) -> None:
    found = over_tls(tls(authority, *names, **options), ca_file if trusted else None)
    code, in_zh, in_en = said(found)
    assert code == "H-TLS" and zh in in_zh and en in in_en
    assert not found.retryable


def test_a_certificate_that_signs_itself(tmp_path: Path) -> None:
    alone = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    alone.cert_pem.write_to_path(str(tmp_path / "c.pem"))
    alone.private_key_pem.write_to_path(str(tmp_path / "k.pem"))
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    code, zh, en = said(over_tls(context, None))
    assert code == "H-TLS" and "证书为自签名" in zh and "signed by itself" in en


def test_plain_speech_on_a_secure_port(server: Hostile) -> None:
    found = fetched(f"https://{server.host}/x", reach(server.host), tries=3)
    assert said(found)[0] == "H-TLS"


def test_https_is_never_left_for_http(authority, ca_file) -> None:
    net = Net(resolve=lambda host, port: ["127.0.0.1"], wait=lambda _: None)
    with hostile.serving(tls(authority, "a.cn")) as secure, hostile.serving() as plain:
        plain.routes["/y"] = as_json([1])
        secure.routes["/x"] = redirect(f"http://a.cn:{plain.port}/y")
        allowed = reach(f"a.cn:{secure.port}", f"a.cn:{plain.port}")
        found = fetched(f"https://a.cn:{secure.port}/x", allowed, net=net, ca_file=ca_file)
        assert said(found)[0] == "H-REDIRECT"
        assert plain.asked == []


# --- credentials --------------------------------------------------------------------------------------------


def test_bearer_and_basic(server: Hostile, monkeypatch, tmp_path: Path) -> None:
    server.routes["/x"] = as_json([1])
    monkeypatch.setenv("SOURCE_KEY", " geheim\n")
    (tmp_path / "password").write_text("passwort\n")
    of(server, ask={"auth": Bearer(Secret(env="SOURCE_KEY"))})
    of(server, ask={"auth": Basic("沈阳", Secret(file=str(tmp_path / "password")))})
    sent = [a.headers["authorization"] for a in server.asked]
    assert sent[0] == "Bearer geheim"
    assert base64.b64decode(sent[1].removeprefix("Basic ")).decode() == "沈阳:passwort"


def test_a_signature_covers_method_place_query_date_and_body(
    server: Hostile, monkeypatch, now: datetime
) -> None:
    server.routes["/v1/x"] = as_json([1])
    monkeypatch.setenv("SOURCE_KEY", "geheim")
    auth = Signed("pd", Secret(env="SOURCE_KEY"))
    ask = {
        "auth": auth,
        "method": "POST",
        "body": b'{"page":"1"}',
        "parameters": (("城市", "沈阳 市"), ("a", "1")),
    }
    assert of(server, "/v1/x", now=now, ask=ask).content == b"[1]"
    (asked,) = server.asked
    date, digest = asked.headers["x-date"], asked.headers["x-content-sha256"]
    assert datetime.fromisoformat(date) - now < timedelta(seconds=5)
    assert digest == hashlib.sha256(asked.body).hexdigest()
    query = hashlib.sha256(asked.raw_query.encode()).hexdigest()
    text = "\n".join(("PD1-HMAC-SHA256", "POST", asked.headers["host"], "/v1/x", query, date, digest))
    signature = hmac.new(b"geheim", text.encode(), hashlib.sha256).hexdigest()
    assert asked.headers["authorization"] == f"PD1-HMAC-SHA256 KeyId=pd, Signature={signature}"


@pytest.mark.parametrize("content", [None, "", "  ", "zeile\nzwei", "schlüssel", "x" * 20_000])
def test_a_secret_that_cannot_be_used_is_named_by_its_place(server: Hostile, tmp_path: Path, content) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content, encoding="utf-8")
    place = str(tmp_path / "key")
    code, zh, en = said(of(server, ask={"auth": Bearer(Secret(file=place))}))
    assert code == "H-SECRET" and place in zh and place in en
    assert server.asked == [], "nothing is asked without credentials"


def test_a_secret_is_in_no_message_and_no_log(server: Hostile, monkeypatch, caplog) -> None:
    monkeypatch.setenv("SOURCE_KEY", "geheim-4711")
    caplog.set_level(logging.DEBUG)
    for answer in (
        reply(b"", 401),
        reply(b"", 500),
        hostile.reset(),
        redirect("https://b.cn/"),
        reply(b"geheim", 404),
    ):
        server.routes["/x"] = answer
        found = of(
            server, ask={"auth": Bearer(Secret(env="SOURCE_KEY")), "parameters": (("token", "geheim-0815"),)}
        )
        assert "geheim" not in str(said(found)) + repr(found)
    assert "geheim-4711" not in caplog.text
