"use strict";

/* En regard, in your page: <en-regard-retours article="…"><a href="…">…</a></en-regard-retours> shows testimonials in
   place of its link, which stays if they cannot be loaded. Our iframes get the height of their page. Nothing is stored,
   no cookie is sent, and visible content never shifts: reserve the height in your own style sheet
   (en-regard-retours { display: block; min-height: 54em }), or the element fills while it is off screen. */
{
  const ours = new URL(document.currentScript.src);
  const CHOICE = ["nombre", "articulation", "situation", "region", "partner", "cle"];
  const TAGS = /^(section|article|h[23]|p|a|blockquote)$/;
  const PATIENCE = 10_000; // milliseconds

  /* Font and colours are your page's. --en-regard-line, --en-regard-accent, --en-regard-quote-font change the rest. */
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; overflow-wrap: anywhere }
    :host([hidden]) { display: none }
    * { margin: 0; font: inherit }
    section { display: grid; gap: 1.25em; line-height: 1.5 }
    article { display: grid; gap: .5em; padding-block-start: 1.25em;
      border-block-start: 1px solid var(--en-regard-line, color-mix(in srgb, currentColor 25%, transparent)) }
    h2, h3 { font-weight: 600; line-height: 1.25; text-wrap: balance }
    h2 { font-size: 1.4em }
    h3 { font-size: 1.1em }
    blockquote { font-family: var(--en-regard-quote-font, inherit); font-size: 1.1em; font-style: italic; text-wrap: pretty }
    blockquote p { text-indent: -.55em; padding-inline-start: .55em }
    .cut { display: -webkit-box; -webkit-box-orient: vertical; overflow: hidden }
    a { color: inherit; text-decoration: underline 1px; text-underline-offset: .2em;
      text-decoration-color: var(--en-regard-accent, currentColor) }
    a:hover { text-decoration-thickness: 2px }
    a:focus-visible { outline: 3px solid var(--en-regard-accent, currentColor); outline-offset: 3px }
    .en-regard__facts, .en-regard__byline, .en-regard__about, .en-regard__credit { font-size: .9em }
    .en-regard__ways a { font-weight: 600 }
  `);

  /* Copies the response's allowed tags and attributes only: it is parsed, never run. */
  function copy(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (!TAGS.test(node.localName)) return "";
    const made = document.createElement(node.localName);
    for (const name of ["class", "lang"]) if (node.hasAttribute(name)) made.setAttribute(name, node.getAttribute(name));
    const address = node.getAttribute("href");
    if (/^https?:/.test(address)) made.href = address;
    made.append(...[...node.childNodes].map(copy));
    return made;
  }

  /* Clamps the first quote to the lines that fit: its own page has the whole. */
  function cut(shown, height) {
    const quote = shown.querySelector("blockquote p");
    const left = quote && quote.offsetHeight - (shown.offsetHeight - height);
    const lines = quote && Math.floor(left / parseFloat(getComputedStyle(quote).lineHeight));
    if (lines > 0) {
      quote.className = "cut";
      quote.style.webkitLineClamp = lines;
    } else quote?.parentNode.remove();
  }

  class Retours extends HTMLElement {
    async connectedCallback() {
      if (this.watch) return;
      const address = new URL(encodeURIComponent(this.getAttribute("article")), ours);
      for (const name of CHOICE) if (this.hasAttribute(name)) address.searchParams.set(name, this.getAttribute(name));
      const leaving = this.leaving = new AbortController();
      const late = setTimeout(() => leaving.abort(), PATIENCE);
      this.setAttribute("aria-busy", "true");
      try {
        const how = { signal: leaving.signal, credentials: "omit", referrerPolicy: "no-referrer" };
        const answer = await fetch(address, how);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (answer.ok) this.fill(copy(page.body.firstElementChild));
      } catch { /* The link stays. */ }
      clearTimeout(late);
      this.removeAttribute("aria-busy");
    }

    disconnectedCallback() {
      this.leaving.abort();
    }

    /* At once if it fits or is off screen, else as soon as it does or is. */
    fill(section) {
      const root = this.attachShadow({ mode: "open" });
      root.append(document.createElement("slot"));
      this.watch = new IntersectionObserver(() => {
        const { top, height } = this.getBoundingClientRect();
        const seen = this.getClientRects().length && top < innerHeight;
        const shown = section.cloneNode(true);
        root.adoptedStyleSheets = [sheet];
        root.replaceChildren(shown);
        const several = [...shown.querySelectorAll("article")];
        while (seen && shown.offsetHeight > height && several.length > 1) several.pop().remove();
        if (seen && shown.offsetHeight > height) cut(shown, height);
        if (!seen || shown.offsetHeight <= height) return this.watch.disconnect();
        root.adoptedStyleSheets = [];
        root.replaceChildren(document.createElement("slot"));
      });
      this.watch.observe(this);
    }
  }

  addEventListener("message", ({ data, origin, source }) => {
    if (origin !== ours.origin || !(data?.["en-regard"] > 0)) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow === source) frame.style.height = `${data["en-regard"]}px`;
    }
  });
  for (const frame of document.querySelectorAll("iframe")) {
    if (frame.src.startsWith(`${ours.origin}/integration/`)) frame.contentWindow.postMessage("en-regard", "*");
  }
  customElements.get("en-regard-retours") ?? customElements.define("en-regard-retours", Retours);
}
