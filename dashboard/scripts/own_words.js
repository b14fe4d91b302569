// Replaces what Streamlit says by itself (see own_words.py). TABLES: for each language whole texts and, where a text
// holds a value, pairs of pattern and replacement.
(() => {
  const TABLES = "{tables}";
  const ROOT = document.documentElement;
  const NAMES = ["aria-label", "title", "placeholder", "alt"];
  // What our own pages drew is in the reader's language already.
  const OURS = "[data-testid=stHtml],svg.marks,code,pre,script,style,textarea,#ahead";
  const DAY = /[A-Z][a-z]+ \d{1,2}, \d{4}$/;
  let last = null;

  const language = () => {
    const asked = new URLSearchParams(location.search).get("lang");
    if (asked || !last) last = (asked || ROOT.lang) === "en" ? "en" : "zh_CN";
    return last;
  };

  const day = said => new Date(said).toLocaleDateString("zh-CN", {dateStyle: "long"});

  // Our text for a text of Streamlit's; null where there is none.
  const say = text => {
    const said = text.trim(), [whole, parts] = TABLES[last];
    if (!said || said.length > 300) return null;
    if (Object.hasOwn(whole, said)) return whole[said];
    const [head] = said.split(/(?=: |, )/, 1);
    if (head.length < said.length && Object.hasOwn(whole, head))
      return whole[head] + said.slice(head.length).replace(DAY, day);
    for (const [shape, ours] of parts) if (shape.test(said)) return said.replace(shape, ours);
    return null;
  };

  const text = node => {
    const ours = say(node.nodeValue);
    if (ours !== null && ours !== node.nodeValue) node.nodeValue = ours;
  };

  const names = one => {
    for (const name of NAMES) {
      if (!one.hasAttribute(name)) continue;
      const ours = say(one.getAttribute(name));
      if (ours !== null && ours !== one.getAttribute(name)) one.setAttribute(name, ours);
    }
  };

  // Icons are called by their English names; a word stands beside each.
  const icon = one => {
    if (one.role !== "img" || !/ icon$/.test(one.ariaLabel || "")) return;
    one.ariaHidden = "true";
    one.removeAttribute("aria-label");
  };

  const walk = top => {
    if (top.nodeType === Node.TEXT_NODE) text(top);
    if (top.nodeType !== Node.ELEMENT_NODE || top.matches(OURS)) return;
    icon(top);
    names(top);
    for (const one of top.childNodes) walk(one);
  };

  const isOurs = node => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(OURS);

  const see = changes => {
    const before = last;
    if (language() !== before) {
      ROOT.lang = last === "en" ? "en" : "zh-CN";
      walk(document.body);
      return;
    }
    for (const {type, target, addedNodes} of changes) {
      if (isOurs(target)) continue;
      if (type === "childList") addedNodes.forEach(walk);
      else if (type === "attributes") names(target);
      else walk(target);
    }
  };

  for (const table of Object.values(TABLES))
    table[1] = table[1].map(([shape, ours]) => [new RegExp(shape), ours]);
  language();
  walk(document.body);
  new MutationObserver(see).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMES,
  });
})();
