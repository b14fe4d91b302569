"""Robots of group chats (WeCom, DingTalk, Feishu) as recipients: one more sender beside the mail.

A robot is declared in a TOML file that an administrator keeps; its address holds a key, so address and secret
are named there and read from the environment. What it says is the letter's plain text, never markup: ``<`` is
written full-width, because two of the three read ``<at …>`` as an order to call somebody. A robot knows no
Message-ID; a second copy after a lost answer cannot be recognised, which is why the text says when it was
written. To add a kind: a class with ``body`` and ``url``, and its row in ``KINDS``.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote_plus, urlsplit

import requests

from alerts.mail import Answer, Letter, Outcome, Sender, in_a_run
from models.failpoint import failpoint
from models.words import mark, words

#: How a robot's recipient begins in the outbox; what follows is its name.
PREFIX = "robot:"

#: Seconds one message may take in all; the longest answer that is read, in bytes.
DEADLINE_S, _LONGEST = 20.0, 65_536

#: Characters of a text; the narrowest of the three takes 2,048 bytes, three a Chinese character.
_TEXT = 660

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_CUT = mark("… (cut; the whole is on the page)")


class RobotsError(ValueError):
    """The file declares no robots; says where and why in one line."""


class Kind(Protocol):
    """What a vendor's robot expects and answers."""

    host: str
    error: str  # the field that is 0 when all is well
    passing: frozenset[int]  # errors that a later attempt may not meet

    def url(self, url: str, secret: str, now: float) -> str:
        """The address to post to, signed where the vendor signs there."""

    def body(self, text: str, secret: str, now: float) -> dict[str, Any]:
        """The message, signed where the vendor signs there."""


class WeCom:
    """企业微信: the key in the address is the only secret. 45009 and 45033 are rates; −1 asks to come again."""

    host, error, passing = "qyapi.weixin.qq.com", "errcode", frozenset({-1, 45009, 45033})

    def url(self, url: str, secret: str, now: float) -> str:
        return url

    def body(self, text: str, secret: str, now: float) -> dict[str, Any]:
        return {"msgtype": "text", "text": {"content": text}}


class DingTalk:
    """钉钉: HMAC over milliseconds and secret, in the address. 130101 and 410100 are rates; −1 is "busy"."""

    host, error, passing = "oapi.dingtalk.com", "errcode", frozenset({-1, 130101, 410100})

    def url(self, url: str, secret: str, now: float) -> str:
        if not secret:
            return url
        moment = str(round(now * 1000))
        sign = quote_plus(_signed(secret, moment + "\n" + secret))
        return f"{url}&timestamp={moment}&sign={sign}"

    def body(self, text: str, secret: str, now: float) -> dict[str, Any]:
        return {"msgtype": "text", "text": {"content": text}}


class Feishu:
    """飞书: HMAC of nothing, keyed with seconds and secret, in the body. 9499 and 11232 are rates."""

    host, error, passing = "open.feishu.cn", "code", frozenset({9499, 11232})

    def url(self, url: str, secret: str, now: float) -> str:
        return url

    def body(self, text: str, secret: str, now: float) -> dict[str, Any]:
        message = {"msg_type": "text", "content": {"text": text}}
        if not secret:
            return message
        moment = str(round(now))
        return {"timestamp": moment, "sign": _signed(f"{moment}\n{secret}", "")} | message


KINDS: Mapping[str, Kind] = {"wecom": WeCom(), "dingtalk": DingTalk(), "feishu": Feishu()}


def _signed(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class Robot:
    """A declared robot. ``url_env`` and ``secret_env`` name environment variables; "" means no secret."""

    name: str
    kind: str
    place: str
    url_env: str
    secret_env: str = ""
    language: str = "zh_CN"
    hosts: tuple[str, ...] = ()

    @property
    def recipient(self) -> str:
        return PREFIX + self.name


def read_robots(text: str) -> tuple[Robot, ...]:
    """The robots of a TOML text: ``[[robot]]`` tables with the fields of ``Robot``. Raises RobotsError."""
    try:
        tables = tomllib.loads(text).get("robot", [])
    except tomllib.TOMLDecodeError as error:
        raise RobotsError(str(error)) from None
    robots = tuple(_robot(table) for table in tables)
    if len({robot.name for robot in robots}) < len(robots):
        raise RobotsError("two robots have the same name")
    return robots


def _robot(table: dict[str, Any]) -> Robot:
    name = table.get("name", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RobotsError(f"a robot's name is small letters, digits, - and _, not {name!r}")
    odd = sorted(set(table) - set(Robot.__dataclass_fields__))
    if odd:
        raise RobotsError(f"{name}: unknown key {odd[0]}")
    if table.get("kind") not in KINDS:
        raise RobotsError(f"{name}: kind is one of {', '.join(KINDS)}")
    for key in ("url_env", "secret_env"):
        if not str(table.get(key, "ROBOT_")).startswith("ROBOT_"):
            raise RobotsError(f"{name}: {key} names a variable that begins with ROBOT_")
    try:
        return Robot(**table | {"hosts": tuple(table.get("hosts", ()))})
    except TypeError as error:
        raise RobotsError(f"{name}: {error}") from None


@dataclass(frozen=True)
class RobotSender:
    """Posts letters to robots; a letter to a name that is not declared (any more) is refused."""

    robots: Mapping[str, Robot]
    deadline_s: float = DEADLINE_S
    clock: Callable[[], float] = time.time

    def __call__(self, letter: Letter) -> Outcome:
        robot = self.robots.get(letter.recipient.removeprefix(PREFIX))
        if robot is None:
            return Outcome(Answer.REFUSED, "no such robot")
        url, secret = os.environ.get(robot.url_env, ""), os.environ.get(robot.secret_env, "")
        if not url or (robot.secret_env and not secret):
            return Outcome(Answer.LATER, f"{robot.url_env if not url else robot.secret_env} is not set")
        if (fault := _odd_address(url, robot)) is not None:
            return Outcome(Answer.REFUSED, fault)
        kind, now = KINDS[robot.kind], self.clock()
        text = said(letter, robot.language)
        ready = kind.url(url, secret, now), kind.body(text, secret, now)
        failpoint("before_data")
        outcome = _within(self.deadline_s, lambda: _posted(*ready, kind, self.deadline_s))
        failpoint("after_accept")
        return outcome


def said(letter: Letter, language: str) -> str:
    """What a robot says: subject and plain text, without anything a chat would take for an order."""
    text = f"{letter.subject}\n\n{letter.body_text}".replace("<", "＜").strip()
    if len(text) <= _TEXT:
        return text
    cut = words(language)(_CUT)
    return text[: _TEXT - len(cut)].rstrip() + cut


def _odd_address(url: str, robot: Robot) -> str | None:
    """Why this address is none of the vendor's, nor declared; None where it is. The key is never repeated."""
    parts, kind = urlsplit(url), KINDS[robot.kind]
    if parts.netloc in robot.hosts or (parts.scheme == "https" and parts.netloc == kind.host):
        return None
    return f"{robot.url_env} is no address of {kind.host}"


def _posted(url: str, body: dict[str, Any], kind: Kind, deadline_s: float) -> Outcome:
    """One request, no redirect, no proxy or password of the environment."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.post(
                url, json=body, timeout=(deadline_s / 2, deadline_s), allow_redirects=False, stream=True
            ) as answer:
                return _understood(answer.status_code, answer.raw.read(_LONGEST), kind)
        except requests.ConnectTimeout:
            return Outcome(Answer.LATER, "no connection in time")
        except (requests.RequestException, OSError) as error:
            refused = isinstance(error, requests.ConnectionError) and "NewConnectionError" in str(error)
            return Outcome(Answer.LATER if refused else Answer.DOUBT, type(error).__name__)


def _understood(status: int, content: bytes, kind: Kind) -> Outcome:
    """What the vendor's answer means: 2xx with error 0 is accepted; a rate or a fault of theirs passes."""
    try:
        told = json.loads(content)
        error = told[kind.error]
    except (ValueError, KeyError, TypeError):
        error = None
    detail = f"{status} {content[:200].decode('utf-8', 'replace')}"
    if 200 <= status < 300 and error == 0:
        return Outcome(Answer.ACCEPTED, detail)
    if status == 429 or status >= 500 or error in kind.passing:
        return Outcome(Answer.LATER, detail)
    return Outcome(Answer.DOUBT if 200 <= status < 300 and error is None else Answer.REFUSED, detail)


def _within(seconds: float, post: Callable[[], Outcome]) -> Outcome:
    """The outcome, or doubt when it takes longer: a server that drips its answer holds nobody else up."""
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(post()), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else Outcome(Answer.DOUBT, f"no answer within {seconds:g} s")


def with_robots(mail: Sender, robots: tuple[Robot, ...]) -> Sender:
    """Letters to robots go to robots, all others by mail."""
    if not robots:
        return mail
    return _Both(RobotSender({robot.name: robot for robot in robots}), mail)


@dataclass(frozen=True)
class _Both:
    """Robots and mail as one sender; in a run the mail keeps what it keeps open."""

    post: Sender
    mail: Sender

    def __call__(self, letter: Letter) -> Outcome:
        return (self.post if letter.recipient.startswith(PREFIX) else self.mail)(letter)

    @contextmanager
    def run(self) -> Iterator[Sender]:
        with in_a_run(self.mail) as mail:
            yield _Both(self.post, mail)


def robots_of(path: str) -> tuple[Robot, ...]:
    """The robots that a file declares; none for "". Raises RobotsError, OSError."""
    return read_robots(Path(path).read_text(encoding="utf-8")) if path else ()
