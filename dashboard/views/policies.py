"""Which light rules are in force where, since when, by whom and why; and the desk where others are put in force.

A scope's rules are chosen from the presets, edited or uploaded; a text is put in force only after what it
changes was looked at (``policy_trial``). Cities see what judges them and decide nothing.
"""

from collections.abc import Sequence

import streamlit as st

from alerts.edges import PolicyError
from alerts.enacting import choices
from alerts.in_force import NATIONAL, Key, Policies, Standing, newest, policies_at, standings
from alerts.policy import CARRIED, Policy, read_policy
from alerts.presets import presets
from dashboard import parts
from dashboard.parts import joined, wrapped
from dashboard.views import policy_trial, rules
from dashboard.visit import Visit
from models.places import NATION, PlaceLevel
from models.queries import places
from models.vocabulary import PolicyScope
from models.words import mark

#: The largest text that is read, in bytes; the carried one has about 20 kB.
MOST_BYTES = 200_000

_EDIT, _FILE, _WIDER = "edit", "file", "wider"
_SOURCES = {
    _EDIT: mark("Edit the text in force here"),
    _FILE: mark("A file"),
    _WIDER: mark("No rules of its own: follow the next wider scope"),
}


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Light rules"))
    parts.show(
        wrapped(
            "p",
            t(
                "Thresholds are data. The narrowest scope that has rules of its own is judged by them: city, then "
                "province, then programme, then nation. Every light and alert names the version that judged it."
            ),
            "pd-m",
        )
    )
    with visit.db.ro.connect() as connection:
        rows, policies = standings(connection), policies_at(connection, visit.now)
    rows = [row for row in rows if rules.concerns(visit, row)]
    holding = newest(rows, visit.now)
    parts.show(_holding(visit, policies, holding))
    _history(visit, rows, holding)
    _texts(visit, policies, rows)
    offered = choices(visit.scope, _tree(visit), [one.code for one in places.programmes(visit.db)])
    if offered:
        _choose(visit, policies, offered)
    else:
        st.caption(t("A city does not decide on the rules that judge it; its province and the ministry do."))


def scope_name(visit: Visit, key: Key) -> str:
    """A scope in words: "City Shenyang"."""
    t, (scope, code) = visit.words, key
    if key == NATIONAL:
        return t.label(PolicyScope.NATION)
    if scope == PolicyScope.PROGRAMME:
        named = next((one for one in places.programmes(visit.db) if one.code == code), None)
    else:
        named = places.names(visit.db).get(code)
    name = t.pick(named.name_zh, named.name_en) if named else code
    return t("{kind} {name}", kind=t.label(scope), name=name)


def _tree(visit: Visit) -> list[tuple[str, PlaceLevel, str]]:
    cities = {place.code for place in places.cities(visit.db, visit.scope)}
    units = {place.code for place in places.provinces(visit.db)}
    return [
        (place.code, PlaceLevel.PROVINCE if place.code in units else PlaceLevel.CITY, place.province)
        for place in places.names(visit.db).values()
        if place.code != NATION and place.code in units | cities
    ]


def _holding(visit: Visit, policies: Policies, holding: dict[Key, Standing]) -> parts.Safe:
    t = visit.words
    heads = [
        (t("Scope"), "pd-w"),
        (t("Light rules"), "pd-w"),
        (t("In force since"), "pd-s"),
        (t("Put in force by"), ""),
        (t("Reason"), "pd-w"),
    ]
    found = [row for row in holding.values() if row.policy is not None]
    lines = [_line(visit, row, rules.policy(visit.db, row.policy)) for row in sorted(found, key=_order)]
    if not any(row.key == NATIONAL for row in found):
        nation = (t.label(PolicyScope.NATION), _versioned(visit, policies.nation), "—", "—", "—")
        lines = [nation, *lines]
    return parts.table(heads, lines)


def _order(row: Standing) -> tuple[int, str]:
    return list(PolicyScope).index(PolicyScope(row.scope)), row.place


def _line(visit: Visit, row: Standing, policy: Policy | None) -> Sequence[object]:
    t = visit.words
    ruled = _versioned(visit, policy) if policy else t("follows the next wider scope")
    return scope_name(visit, row.key), ruled, t.instant(row.from_at), row.set_by, row.reason


def _versioned(visit: Visit, policy: Policy) -> parts.Safe:
    t = visit.words
    version = t("policy version {n}", n=policy.version) if policy.version else t("policy as delivered")
    return joined([rules.called(policy, t), wrapped("span", version, "pd-m")])


def _history(visit: Visit, rows: list[Standing], holding: dict[Key, Standing]) -> None:
    """Everything that was ever put in force, newest first; rows are only added."""
    t = visit.words
    if not rows:
        return
    with st.expander(t("Everything that was ever put in force ({n})", n=len(rows))):
        heads = [t("Scope"), t("Light rules"), t("In force since"), t("Put in force by"), t("Reason"), ""]
        kinds = ("pd-w", "pd-w", "pd-s", "", "pd-w", "pd-s")
        lines = [
            (
                *_line(visit, row, rules.policy(visit.db, row.policy) if row.policy else None),
                t("in force") if holding.get(row.key) == row else t("ended"),
            )
            for row in reversed(rows)
        ]
        parts.show(parts.table(list(zip(heads, kinds, strict=True)), lines))


def _texts(visit: Visit, policies: Policies, rows: list[Standing]) -> None:
    """The texts themselves, to read and to take away: what is in force or was, and the presets."""
    t = visit.words
    found = {policies.nation.text: policies.nation}
    found |= {p.text: p for p in (rules.policy(visit.db, row.policy) for row in rows if row.policy)}
    found |= {text: read_policy(text) for text in presets().values() if text not in found}
    with st.expander(t("Texts of the rules (TOML)")):
        chosen = st.selectbox(
            t("Text"), list(found), format_func=lambda text: _text_name(visit, found[text]), key="rules-text"
        )
        st.download_button(
            t("Download"), chosen.encode(), "policy.toml", "application/toml", on_click="ignore"
        )
        st.code(chosen, language="toml", height=320)


def _text_name(visit: Visit, policy: Policy) -> str:
    version = f" · {visit.words('policy version {n}', n=policy.version)}" if policy.version else ""
    return rules.called(policy, visit.words) + version


def _choose(visit: Visit, policies: Policies, offered: list[tuple[PolicyScope, str]]) -> None:
    """Scope, text, and what it would change."""
    t = visit.words
    parts.heading(t("Put other rules in force"))
    keys = [(str(scope), place) for scope, place in offered]
    left, right = st.columns(2)
    with left:
        key = st.selectbox(
            t("For whom"), keys, format_func=lambda key: scope_name(visit, key), key="rules-scope"
        )
    own = policies.own.get(key) if key != NATIONAL else policies.nation
    sources = [*presets(), _EDIT, _FILE, *([_WIDER] if key in policies.own else [])]
    with right:
        source = st.selectbox(
            t("Which rules"), sources, format_func=lambda name: _source_name(visit, name), key="rules-source"
        )
    base = own or _wider(visit, policies, key)
    text = _text(visit, source, base)
    if source == _WIDER:
        policy_trial.draw(visit, key, None, policies)
    elif text is not None:
        _checked(visit, key, text, policies)


def _source_name(visit: Visit, name: str) -> str:
    if name in _SOURCES:
        return visit.words(_SOURCES[name])
    return visit.words("Preset: {name}", name=visit.words(read_policy(presets()[name]).name))


def _wider(visit: Visit, policies: Policies, key: Key) -> Policy:
    """What judges a scope that has no rules of its own."""
    scope, code = key
    if scope == PolicyScope.CITY:
        return policies.of(code, None)
    return policies.nation


def _text(visit: Visit, source: str, base: Policy) -> str | None:
    t = visit.words
    if source in presets():
        return presets()[source]
    if source == _EDIT:
        return st.text_area(
            t("Text (TOML)"), base.text or CARRIED, height=360, key=f"rules-edit-{base.version}"
        )
    if source == _FILE:
        st.caption(t('Start from one of the texts above. An optional line name = "…" names the rules.'))
        file = st.file_uploader(
            t("Text (TOML)"), type=["toml"], max_upload_size=1, key="rules-file", label_visibility="collapsed"
        )
        return None if file is None else _decoded(visit, file.getvalue())
    return None


def _decoded(visit: Visit, content: bytes) -> str | None:
    if len(content) > MOST_BYTES:
        st.error(visit.words("The file is too large for a policy: at most {n} kB.", n=MOST_BYTES // 1000))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        st.error(visit.words("The file is not UTF-8 text."))
        return None


def _checked(visit: Visit, key: Key, text: str, policies: Policies) -> None:
    try:
        policy = read_policy(text)
    except PolicyError as error:
        said = visit.words("This text cannot judge: {why}", why=error.told(visit.words))
        st.error(parts.escape(said))
        return
    policy_trial.draw(visit, key, policy, policies)
