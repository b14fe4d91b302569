// The habits that every page has. Streamlit calls this at the first drawing and whenever `data` changes, with the
// same elements: handlers are set anew, and what listened beyond the elements is stopped first.

const listening = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const $ = (selector) => parentElement.querySelector(selector);
  listening.get(parentElement)?.abort();
  const stop = new AbortController();
  listening.set(parentElement, stop);
  links($, data);
  leads($, data, stop.signal);
  keys($, data, stop.signal);
  news($, data, (why) => setTriggerValue("asked", why), stop.signal);
  return () => listening.get(parentElement)?.abort();
}

// --- copy the link -------------------------------------------------------------------------------------------

function links($, { links, texts }) {
  const button = $("#copy"), panel = $("#copied"), pinned = $("#copied .pinned");
  $("#copy .wide").textContent = button.ariaLabel = button.title = panel.ariaLabel = texts.copy;
  pinned.hidden = $("#copied .about").hidden = !links.pinned.known_at;
  pinned.textContent = texts.copy_pinned;
  $("#copied .about").textContent = texts.about_pinned;
  button.onclick = () => copy(address({ lang: links.lang }), texts.copied);
  pinned.onclick = () => copy(address({ lang: links.lang, ...links.pinned, live: null }), texts.copied_pinned);

  async function copy(text, said) {
    const field = $("#copied .field");
    place(panel, button);
    field.hidden = false;
    field.value = text;
    field.ariaLabel = texts.copy;
    const done = await written(text, field);
    field.hidden = done;
    $("#copied .said").textContent = $("#aloud").textContent = done ? said : texts.by_hand;
    if (!done) field.select();
  }
}

// This page's own address, with some parameters set; null drops one.
function address(params) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(params))
    value === null ? url.searchParams.delete(name) : url.searchParams.set(name, value);
  return url.href;
}

// Over plain HTTP browsers have no clipboard but the old command, and some refuse that too.
async function written(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}

// Show a popover under a button, within the window.
function place(panel, button) {
  panel.showPopover();
  const at = button.getBoundingClientRect();
  panel.style.top = `${at.bottom + 4}px`;
  panel.style.left = `${Math.max(12, Math.min(at.left, innerWidth - panel.offsetWidth - 12))}px`;
}

// --- following a link ------------------------------------------------------------------------------------------

const main = () => document.querySelector("[data-testid=stMain]");
const app = () => document.querySelector("[data-testid=stApp]")?.dataset ?? {};
let say = () => {};

// A link to another page is followed as one of the menu is: the figures change, the program in the browser stays.
// Streamlit does that for "back" and "forward" and for nothing else, so it is told of a step in the history.
function leads($, { pages }, signal) {
  const known = new Set(pages);
  say = (text) => { $("#aloud").textContent = text; };

  addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement && node.href);
    if (!link || !inThisTab(event, link) || app().testConnectionState !== "CONNECTED") return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.hash || !known.has(url.pathname.replace(/^\/|\/$/g, ""))) return;
    event.preventDefault();
    history.replaceState({ ...history.state, top: main().scrollTop }, "");
    history.pushState({}, "", url);
    dispatchEvent(new PopStateEvent("popstate", { state: { top: 0 } }));
  }, { signal });

  addEventListener("popstate", ({ state }) => returnTo(state?.top ?? 0), { signal });
}

function inThisTab(event, link) {
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  return plain && !event.defaultPrevented && ["", "_self"].includes(link.target) && !link.hasAttribute("download");
}

// Where the page was left, as soon as it is drawn and long enough again; the top of one that is entered. Whoever
// scrolls meanwhile is left alone.
function returnTo(top) {
  const until = performance.now() + 15000, moved = new AbortController();
  for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"])
    addEventListener(kind, () => moved.abort(), { capture: true, passive: true, signal: moved.signal });
  let ran = false;
  (function settle() {
    const running = app().testScriptState === "running";
    ran ||= running;
    if (moved.signal.aborted) return;
    main().scrollTop = top;
    const there = ran && !running && Math.abs(main().scrollTop - top) < 2;
    if (!there && performance.now() < until) return requestAnimationFrame(settle);
    moved.abort();
    say(document.title);
  })();
}

// --- keys ----------------------------------------------------------------------------------------------------

const OFF = "keys-off"; // in this browser's storage: somebody who dictates or leans on keys wants none of them

function keys($, { keys, texts }, signal) {
  const dialog = $("#keys"), button = $("#list"), on = $("#keys .on");
  const single = new Set(keys.map(([key]) => key).filter((key) => key.length === 1));
  const pressed = {
    L: () => $("#copy").click(),
    A: () => document.querySelector("[class*=st-key-note-] input")?.focus(),
    "/": () => document.querySelector(".st-key-find-box input")?.focus(),
    "?": () => dialog.showModal(),
  };
  button.ariaLabel = button.title = $("#keys-title").textContent = texts.keys;
  $("#keys thead tr").replaceChildren(...texts.keys_heads.map((text) => element("th", text)));
  $("#keys tbody").replaceChildren(...keys.map(row));
  $("#keys .note").textContent = texts.keys_note;
  $("#keys label span").textContent = texts.keys_on;
  $("#keys .close").textContent = texts.close;
  on.checked = !localStorage.getItem(OFF);
  on.onchange = () => (on.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
  button.onclick = () => dialog.showModal();
  $("#keys .close").onclick = () => dialog.close();

  // Ahead of everybody else, so that keys that are off press no button either.
  addEventListener("keydown", (event) => {
    const key = (event.key ?? "").toUpperCase();
    if (!single.has(key) || event.ctrlKey || event.altKey || event.metaKey || typing(event)) return;
    if (dialog.open || !on.checked) return event.stopImmediatePropagation();
    if (!pressed[key]) return;
    event.preventDefault();
    pressed[key]();
  }, { capture: true, signal });
}

function row([key, does, where]) {
  const line = element("tr"), cell = element("td");
  cell.append(element("kbd", key));
  line.append(cell, element("td", does), element("td", where));
  return line;
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

// Does a key go into a field, or into the cell of a grid?
function typing(event) {
  return event.isComposing || event.composedPath().some((node) => takesText(node) || node.matches?.("[role=grid], canvas"));
}

function takesText(node) {
  return node.isContentEditable || node.matches?.(
    "textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

// --- news ----------------------------------------------------------------------------------------------------

function news($, { news, texts }, ask, signal) {
  const notice = $("#news"), live = $("#live");
  let known = news?.edition, timer;
  live.hidden = !news?.live;
  live.ariaLabel = live.title = texts.still;
  $("#live .wide").textContent = texts.live;
  live.onclick = () => ask("still");
  notice.hidePopover();
  if (!news) return;
  timer = setInterval(look, news.seconds * 1000);
  document.addEventListener("visibilitychange", look, { signal });
  signal.addEventListener("abort", () => clearInterval(timer));

  // Whatever else is answered, or nothing at all: it is asked again next time.
  async function look() {
    if (document.hidden) return;
    const headers = { "if-none-match": `"${known}"` };
    const answer = await fetch("/news", { headers, cache: "no-store", signal }).catch(() => null);
    if (answer?.status === 401) {
      clearInterval(timer);
      return tell(texts.over, texts.sign_in, () => location.reload());
    }
    if (answer?.status !== 200) return;
    const newest = await answer.text();
    if (!news.live) {
      known = newest;
      tell(texts.news, texts.refresh, () => ask("refresh"));
    } else if (!takesText(document.activeElement)) ask("by itself");
  }

  function tell(said, label, act) {
    const button = $("#news .refresh"), goLive = $("#news .go-live"), later = $("#news .later");
    $("#news .said").textContent = $("#aloud").textContent = said;
    notice.ariaLabel = said;
    button.textContent = label;
    goLive.textContent = texts.go_live;
    later.textContent = texts.later;
    goLive.hidden = label !== texts.refresh;
    button.onclick = () => { notice.hidePopover(); act(); };
    goLive.onclick = () => ask("live");
    later.onclick = () => notice.hidePopover();
    notice.showPopover();
  }
}
