// The element: it keeps room, asks, and shows.
class LuxeBrainWidget extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #settled = false;

  connectedCallback() {
    if (this.#root.adoptedStyleSheets.length) return;
    this.#root.adoptedStyleSheets = [SHEET];
    this.hidden = true;
    if (breakerIsOpen()) {
      moveNothing(this, () => this.#leave());
      return;
    }
    waiting.push(this);
    moveNothing(this, () => this.#reserve());
    const near = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      near.disconnect();
      for (const widget of waiting.splice(0, waiting.indexOf(this) + 1)) widget.#load();
    }, { rootMargin: "400px" });
    near.observe(this.parentElement);
  }

  #load() {
    const asked = ask(this.parentElement).catch(() => null);
    turn = turn.then(async () => this.#take(await asked)).catch(() => {});
  }

  async #take(answer) {
    this.#settled = true;
    const items = (answer?.items || []).filter((item) => !onPage.has(item.product_id)).slice(0, SHOWN);
    for (const item of items) onPage.add(item.product_id);
    const [shown, said] = items.length ? await Promise.all([asSold(items), words]) : [[], ENGLISH];
    timed(() => {
      if (shown.length) {
        moveNothing(this, () => this.#show(answer, shown, said));
        return;
      }
      this.style.visibility = "hidden"; // empty boxes are no sight; their room goes once nothing moves by it
      moveNothing(this, () => this.#leave());
    });
  }

  #leave() {
    this.hidden = true;
    this.setAttribute("empty", "");
  }

  // Empty boxes: what comes takes exactly their place.
  #reserve() {
    if (this.#settled) return;
    const cards = Array.from({ length: SHOWN }, () =>
      make("li", {}, make("span", { className: "picture" }), make("span", { className: "title" }), make("p", { className: "price" }),
        ...this.#isTogether() ? [make("span", { className: "choice" })] : [], make("span", { className: "room" })));
    const all = this.#isTogether() ? [make("div", { className: "all" }, make("span", { className: "room" }))] : [];
    this.#root.replaceChildren(make("div", { className: "heading" }), make("ul", {}, ...cards), ...all);
    this.setAttribute("aria-hidden", "true");
    this.hidden = false;
  }

  #isTogether() {
    return this.parentElement.dataset.luxebrainPlacement === "bought_together";
  }

  #show(answer, items, said) {
    const status = make("p", { className: "quiet", role: "status" });
    const heading = make("h2", { className: "heading", part: "heading", id: "heading",
      textContent: title(this.parentElement.dataset, answer) });
    const cards = items.map((item, position) => new Card(this, { ...item, position }, answer, said, status));
    const list = make("ul", { part: "list", role: "list" }, ...cards.map((card) => card.element));
    list.setAttribute("aria-labelledby", "heading");
    const all = this.#isTogether() ? [this.#addAll(cards, said, status)] : [];
    this.#root.replaceChildren(heading, list, ...all, status);
    this.removeAttribute("aria-hidden");
    this.hidden = false;
    whenSeen(list, () => track(this.parentElement, "impression", answer, items.map((item) => item.product_id)));
  }

  #addAll(cards, said, status) {
    const label = make("span", {});
    const total = () => cards.reduce((sum, card) => sum + Number(card.price), 0);
    const write = () => { label.textContent = said.addAll(cards.length, money(total(), cards[0].item.currency)); };
    for (const card of cards) card.onPrice = write;
    write();
    const button = make("button", { type: "button", part: "button all" }, label);
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true");
      let added = 0;
      for (const card of cards) added += await card.add({ isOneOfMany: true });
      if (added) {
        status.textContent = said.areIn(added);
        announce(this, cards.map((card) => card.item.product_id));
      }
      setTimeout(() => button.removeAttribute("aria-disabled"), 2500);
    });
    return make("div", { className: "all", part: "all" }, button);
  }
}
