"""Every setting, read once at the doors and passed on as arguments.

A wrong value stops the start with one line that names the setting (``load_settings``). ``.env.example``
lists them all with unit and default; a test holds the two together. Nothing in ``models``, ``collectors``
or ``alerts`` imports this module.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent
INSECURE_SECRET = "change-me-before-use"  # refused outside development


class SettingsError(Exception):
    """A setting is wrong; the text is one line for the person who starts the program."""


class Settings(BaseSettings):
    """The whole configuration. Frozen."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    database_url: str = f"sqlite:///{ROOT / 'var' / 'dispatch.db'}"
    base_url: str = ""
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8501, ge=1, le=65535)
    secret_key: str = Field(default=INSECURE_SECRET, min_length=16)
    smtp_url: str = ""
    mail_from: str = "Pilot Dispatch <dispatch@localhost>"
    mail_folder: Path = ROOT / "var" / "mail"
    robots_file: str = ""
    default_language: Literal["zh_CN", "en"] = "zh_CN"
    administrator_email: str = "admin@localhost"
    upload_max_mb: int = Field(default=10, ge=1, le=200)
    upload_max_rows: int = Field(default=20_000, ge=1)
    import_max_mb: int = Field(default=2_000, ge=1)
    unpacked_max_mb: int = Field(default=500, ge=1)
    upload_unpacked_max_mb: int = Field(default=100, ge=1)
    evidence_max_mb: int = Field(default=10, ge=1, le=200)
    api_calls_per_minute: int = Field(default=120, ge=1)
    session_idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=12, ge=1)
    news_seconds: int = Field(default=60, ge=0, le=86_400)
    guesses_per_quarter_hour: int = Field(default=10, ge=1)
    one_time_password_hours: int = Field(default=72, ge=1, le=720)
    audit_anchors: str = ""
    evaluate_at: str = "07:30"
    digest_hour: int = Field(default=9, ge=0, le=23)
    office_opens: int = Field(default=8, ge=0, le=23)
    office_closes: int = Field(default=20, ge=1, le=24)
    at_once_minutes: int = Field(default=30, ge=0, le=1440)
    remind_workdays: int = Field(default=1, ge=0, le=20)
    bulletin_at: str = "09:30"
    bulletin_daily: str = "ministry"
    bulletin_weekly: str = "ministry,province"
    bulletin_monthly: str = "ministry,province,city"
    bulletin_monthly_workdays: int = Field(default=1, ge=0, le=20)
    watch_seconds: int = Field(default=60, ge=1)
    send_seconds: int = Field(default=15, ge=1)
    lease_seconds: int = Field(default=30, ge=3)
    pull_seconds: int = Field(default=15, ge=1)
    pull_concurrency: int = Field(default=16, ge=1, le=256)
    pull_per_host: int = Field(default=2, ge=1)
    source_tolerance_minutes: int = Field(default=30, ge=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("database_url")
    @classmethod
    def _file_beside_the_program(cls, value: str) -> str:
        """A relative SQLite path is meant from the program's folder, wherever it is started."""
        path = value.removeprefix("sqlite:///")
        return value if path == value or path.startswith("/") else f"sqlite:///{ROOT / path}"

    @field_validator("mail_folder")
    @classmethod
    def _folder_beside_the_program(cls, value: Path) -> Path:
        return ROOT / value

    @property
    def anchors(self) -> Path:
        """Where heads of the audit log are noted: the file that is named, else one that bears the database's name."""
        return ROOT / self.audit_anchors if self.audit_anchors else self._beside_the_database(".anchors")

    @property
    def demonstration_inbox(self) -> Path:
        """The folder into which the demonstration's city system puts its reports; it bears the database's name."""
        return self._beside_the_database(".inbox")

    def _beside_the_database(self, ending: str) -> Path:
        path = self.database_url.removeprefix("sqlite:///")
        if path != self.database_url:
            return Path(path).with_suffix(ending)
        return ROOT / "var" / f"{urlsplit(self.database_url).path.strip('/')}{ending}"

    @field_validator("mail_from", "administrator_email")
    @classmethod
    def _has_an_address(cls, value: str) -> str:
        if "@" not in value:
            raise ValueError("must hold an e-mail address")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_relay(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("smtp", "smtps") or not urlsplit(value).hostname):
            raise ValueError("must look like smtp://user:password@host:587 or smtps://host:465")
        return value

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must be an http(s) address")
        return value.rstrip("/")

    @field_validator("bulletin_daily", "bulletin_weekly", "bulletin_monthly")
    @classmethod
    def _reading_roles(cls, value: str) -> str:
        known = ("ministry", "province", "city")
        if not all(name.strip() in known for name in value.split(",") if name.strip()):
            raise ValueError("must be empty or list some of ministry,province,city")
        return value

    @field_validator("evaluate_at", "bulletin_at")
    @classmethod
    def _clock_time(cls, value: str) -> str:
        hour, _, minute = value.partition(":")
        if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
            raise ValueError("must be a time like 07:30")
        return value

    @model_validator(mode="after")
    def _address_follows_port(self) -> "Settings":
        if not self.base_url:
            object.__setattr__(self, "base_url", f"http://localhost:{self.port}")
        return self

    @model_validator(mode="after")
    def _own_secret_in_production(self) -> "Settings":
        if self.environment == "production" and self.secret_key == INSECURE_SECRET:
            raise ValueError("SECRET_KEY must be set to a secret of your own in production")
        return self


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the environment and ``.env``. Raises SettingsError with one clear line."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else ""
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}: {reason}".removeprefix(": ")) from None
