// The habits that every page has. Streamlit calls this at the first drawing and whenever `data` changes, with the
// same elements: handlers are set, never added.

export default function ({ data, parentElement }) {
  const $ = (selector) => parentElement.querySelector(selector);
  links($, data);
}

// --- copy the link -------------------------------------------------------------------------------------------

function links($, { links, texts }) {
  const button = $("#copy"), panel = $("#copied"), pinned = $(".pinned");
  $("#copy .wide").textContent = button.ariaLabel = button.title = texts.copy;
  panel.ariaLabel = texts.copy;
  pinned.hidden = $("#copied .about").hidden = !links.pinned;
  pinned.textContent = texts.copy_pinned;
  $("#copied .about").textContent = texts.about_pinned;
  button.onclick = () => copy(address({ lang: links.lang }), texts.copied);
  pinned.onclick = () => copy(address({ lang: links.lang, ...links.pinned, live: null }), texts.copied_pinned);

  async function copy(text, said) {
    const field = $(".field");
    place(panel, button);
    field.hidden = false;
    field.value = text;
    field.ariaLabel = texts.copy;
    const done = await written(text, field);
    field.hidden = done;
    $("#copied .said").textContent = $("#aloud").textContent = done ? said : texts.by_hand;
    if (!done) { field.focus(); field.select(); }
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
  const at = button.getBoundingClientRect(), wide = panel.offsetWidth;
  panel.style.top = `${at.bottom + 4}px`;
  panel.style.left = `${Math.max(12, Math.min(at.left, innerWidth - wide - 12))}px`;
}
