"""The dispatch bulletin on a page: the same figures as its files, which three buttons give.

The address carries rhythm, day, knowledge, place and language, so that a copied or mailed link reproduces it; an
address without knowledge shows what the newest judgement knew and then says so itself. Refuses a place whose
cities the reader's scope does not cover all, and an instant that has not come.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from alerts.bulletin import rhythm as rhythms
from alerts.bulletin.compose import compose
from alerts.bulletin.files import FORMATS, written
from alerts.bulletin.reading import Asked, Material, read
from alerts.bulletin.shape import Bulletin, Section, Table
from alerts.day import default_programme
from dashboard import address, filters, parts, takeaway
from dashboard.parts import Safe, cell, joined, wrapped
from dashboard.visit import Visit
from models.db import Database
from models.kept import Kept
from models.places import NATION
from models.queries import bulletin as queries
from models.queries import places
from models.roster import PILOT
from models.vocabulary import Rhythm
from models.words import LANGUAGES, words

#: What was read and written lately: frames are large, files of other languages and endings rest on the same frames.
_MATERIALS, _BULLETINS, _FILES = Kept(4, seconds=600), Kept(64, seconds=600), Kept(16, seconds=600)

_LANGUAGES = {"zh_CN": "中文", "en": "English"}


@dataclass(frozen=True)
class _Wish:
    """What the address asks for. ``asked`` None: a place that is not the reader's, or none at all."""

    asked: Asked | None
    language: str
    notes: tuple[str, ...] = ()


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Bulletin"))
    wish = _wish(visit)
    if wish.asked is None:
        parts.outside(visit)
        return
    _controls(visit, wish)
    for note in wish.notes:
        st.warning(parts.escape(note), icon=":material/filter_alt_off:")
    bulletin = _composed(visit.db, wish.asked, wish.language)
    address.pin(_params(wish))
    _downloads(visit, wish, bulletin)
    parts.show(shown(bulletin))


def _wish(visit: Visit) -> _Wish:
    """The address, checked. What makes no sense is left out and said; a place out of scope is no bulletin."""
    t, params = visit.words, {name: st.query_params[name] for name in st.query_params}
    known = filters.Known(
        tuple(places.programmes(visit.db)), places.names(visit.db), visit.scope, visit.today
    )
    wished = filters.understand(
        {k: v for k, v in params.items() if k in ("programme", "on", "known_at")}, known
    )
    notes = [t("The address has a value that makes no sense; it was left out.")] if wished.refused else []
    rhythm, language = params.get("rhythm", Rhythm.DAILY), params.get("language", t.language)
    if rhythm not in set(Rhythm):
        rhythm = Rhythm.DAILY
    known_at = wished.known_at
    if known_at is not None and known_at > visit.now:
        notes.append(t("Nothing is known yet of an instant in the future; the newest knowledge is shown."))
        known_at = None
    place = params.get("place") or _own(visit)
    if place is None or place not in known.places or not _reaches(visit, place):
        return _Wish(None, t.language)
    asked = Asked(
        wished.on or rhythms.newest_day(Rhythm(rhythm), visit.today),
        known_at or min(queries.newest_knowledge(visit.db) or visit.now, visit.now),
        place,
        Rhythm(rhythm),
        wished.values.get("programme") or default_programme(visit.db) or PILOT,
    )
    return _Wish(asked, language if language in LANGUAGES else t.language, tuple(notes))


def _reaches(visit: Visit, place: str) -> bool:
    return queries.reaches(visit.scope, queries.cities_of(visit.db, place))


def _own(visit: Visit) -> str | None:
    """The reader's desk, or where that holds no bulletin, the first place that does."""
    if visit.scope.place and _reaches(visit, visit.scope.place):
        return visit.scope.place
    return next((place.code for place in places.cities(visit.db, visit.scope)), None)


def _choices(visit: Visit) -> dict[str, str]:
    """Code → name of every place whose bulletin this reader may see: nation, provinces, cities."""
    t, names = visit.words, places.names(visit.db)
    cities = places.cities(visit.db, visit.scope)
    held = sorted({city.province for city in cities})
    found = {NATION: names[NATION]} if visit.scope.cities is None else {}
    found |= {code: names[code] for code in held if code in names and _reaches(visit, code)}
    found |= {city.code: city for city in cities}
    return {code: t.pick(place.name_zh, place.name_en) for code, place in found.items()}


def _controls(visit: Visit, wish: _Wish) -> None:
    """What can be chosen: each writes itself to the address, and a new day or rhythm asks for the newest knowledge."""
    t, asked = visit.words, wish.asked
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _select("rhythm", t("Rhythm"), {str(r): t.label(r) for r in Rhythm}, str(asked.rhythm))
        st.session_state["bulletin-on"] = asked.on
        st.date_input(
            t("Day"),
            key="bulletin-on",
            format="YYYY-MM-DD",
            min_value=filters.EARLIEST,
            max_value=max(visit.today, asked.on),
            width=150,
            on_change=lambda: _write("on", st.session_state["bulletin-on"].isoformat()),
        )
        _select("place", t("Place"), _choices(visit), asked.place)
        _select("language", t("Language of the bulletin"), _LANGUAGES, wish.language)
        st.button(t("Newest knowledge"), on_click=lambda: _write("known_at", None))
    takeaway.note_pinned(**_params(wish))


def _select(name: str, label: str, choices: Mapping[str, str], current: str) -> None:
    key = f"bulletin-{name}"
    st.session_state[key] = current
    st.selectbox(
        label,
        list(choices),
        format_func=lambda code: choices.get(code, code),
        key=key,
        width=170,
        on_change=lambda: _write(name, st.session_state[key]),
    )


def _write(name: str, value: str | None) -> None:
    """One choice into the address; what no longer fits it goes."""
    if name in ("rhythm", "on", "known_at"):
        st.query_params.pop("known_at", None)
    if name == "rhythm":
        st.query_params.pop("on", None)
    if value:
        st.query_params[name] = value


def _params(wish: _Wish) -> dict[str, str]:
    asked = wish.asked
    return {
        "rhythm": str(asked.rhythm),
        "place": asked.place,
        "on": asked.on.isoformat(),
        "known_at": asked.known_at.isoformat(),
        "programme": asked.programme,
        "language": wish.language,
    }


def _downloads(visit: Visit, wish: _Wish, bulletin: Bulletin) -> None:
    """The files, each written when it is asked for."""
    t, asked, db = visit.words, wish.asked, visit.db
    with st.container(horizontal=True):
        for ending, form in FORMATS.items():
            st.download_button(
                t("Download {format}", format=ending[1:].upper()),
                data=lambda ending=ending: _file(db, asked, wish.language, ending),
                file_name=bulletin.file_stem + ending,
                mime=form.media_type,
                key=f"bulletin-file-{ending}",
                icon=":material/download:",
                on_click="ignore",
            )


def _material(db: Database, asked: Asked) -> Material:
    """Frames of a bulletin. What was known at an instant does not change, and the place is part of the key."""
    return _MATERIALS.get((db, asked), lambda: read(db, asked))


def _composed(db: Database, asked: Asked, language: str) -> Bulletin:
    return _BULLETINS.get((db, asked, language), lambda: compose(_material(db, asked), words(language)))


def _file(db: Database, asked: Asked, language: str, ending: str) -> bytes:
    """The bulletin as a file, by its ending."""
    return _FILES.get(
        (db, asked, language, ending), lambda: written(_material(db, asked), words(language), ending)
    )


# --- the bulletin as HTML ------------------------------------------------------------------------------------


def shown(bulletin: Bulletin) -> Safe:
    """The bulletin in the page's own tables; every text of it is escaped."""
    head = [
        wrapped("h2", bulletin.title, "pd-h2"),
        wrapped("div", f"{bulletin.issue} · {bulletin.dated}"),
        wrapped("div", bulletin.known, "pd-m"),
        *([wrapped("div", bulletin.notice, "pd-m")] if bulletin.notice else []),
    ]
    return wrapped("article", joined([*head, *(_section(one) for one in bulletin.sections)], ""), "pd-card")


def _section(section: Section) -> Safe:
    said = [wrapped("p", sentence) for sentence in section.sentences]
    table = [] if section.table is None else [_table(section.table)]
    return joined([wrapped("h3", section.title, "pd-h2 pd-sec"), *said, *table], "")


def _table(table: Table) -> Safe:
    heads = [
        (column.label, "pd-n" if column.number else "pd-w" if column.width >= 5 else "pd-s")
        for column in table.columns
    ]
    rows = [[cell(one.text) for one in row] for row in table.rows]
    more = [wrapped("div", table.more, "pd-m")] if table.more else []
    return joined([parts.table(heads, rows, table.unit), *more], "")
